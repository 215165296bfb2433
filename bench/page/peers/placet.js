// Our own npm package: what a site bundles is small, and fetches the rest.
import { load } from '../../../sdk/web/dist/api.js';

const { base, site } = document.currentScript.dataset;
load({ base, site });
