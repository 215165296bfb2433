// Stands before Google's own script: consent by region at once, and after that every answer in words that tags can read.
import { agreed } from './agreed.ts';
import { ownTag, truth } from './tag.ts';
import { TYPES, WAIT_MS, gtag } from '../globals/google.ts';
import { page } from '../globals/page.ts';

interface Default {
  readonly region?: readonly string[];
  readonly granted?: readonly string[];
  readonly gpc?: readonly string[];
}

/** The server puts the site's defaults here. */
const DEFAULTS = JSON.parse('%DEFAULTS%') as readonly Default[];

function tell({ dataset }: HTMLScriptElement): void {
  const layer = dataset['dlayerName'] ?? 'dataLayer';
  const signalled = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
  const tags = gtag(layer);
  for (const one of DEFAULTS) tags('consent', 'default', told(one, signalled));
  if (truth(dataset['redact'])) tags('set', 'ads_data_redaction', true);
  if (truth(dataset['passthrough'])) tags('set', 'url_passthrough', true);
  // The SDK brings this up to date as soon as it knows where the visitor is, and what was answered before.
  page.placet = { ...page.placet, googleDefault: true };
  window.addEventListener('OneTrustGroupsUpdated', () => push(layer));
}

/** What holds in a region before anybody speaks, in Google's words; tags wait for us half a second. */
function told({ region, granted = [], gpc = [] }: Default, signalled: boolean): Record<string, unknown> {
  const on = (type: string): boolean => granted.includes(type) && !(signalled && gpc.includes(type));
  return {
    ...Object.fromEntries(TYPES.map((type) => [type, on(type) ? 'granted' : 'denied'])),
    security_storage: 'granted',
    wait_for_update: WAIT_MS,
    ...(region && { region }),
  };
}

/** `{event: 'placet.consent', placet: {decided, categories: {C0002: 'granted'}}}`, behind OneTrust's own events. */
function push(layer: string): void {
  const { answers, at } = agreed();
  const categories = Object.fromEntries(
    Object.entries(answers).map(([id, answer]) => [id, answer ? 'granted' : 'denied']),
  );
  const queue = (page[layer] ??= []);
  if (Array.isArray(queue)) queue.push({ event: 'placet.consent', placet: { decided: at !== '', categories } });
}

const tag = ownTag('google.js');
if (tag) tell(tag);
