// The libraries as a page would have them: `window.iab`.
import { CmpApi as GppApi, GppModel } from '@iabgpp/cmpapi';
import { CmpApi } from '@iabtechlabtcf/cmpapi';
import * as core from '@iabtechlabtcf/core';

window.iab = { CmpApi, GppApi, GppModel, core };
