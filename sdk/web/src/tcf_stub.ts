// For pages whose vendors cannot wait for the settings: `__tcfapi` from the first line on (web-sdk.md §1.3).
import { hold } from './names/waiting.ts';

hold('__tcfapi');
