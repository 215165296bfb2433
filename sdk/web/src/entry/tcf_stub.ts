// For pages whose vendors cannot wait for the settings: `__tcfapi` from the first line on (web-sdk.md §1.3).
import { hold } from '../globals/iab_queue.ts';

hold('__tcfapi');
