// Google Consent Mode v2: the default before any tag, the update after a choice (web-sdk.md §10.3, iab.md §9).
import { page } from './page.ts';
import type { Stub } from './contracts.ts';

export const TYPES = [
  'ad_storage',
  'ad_user_data',
  'ad_personalization',
  'analytics_storage',
  'functionality_storage',
  'personalization_storage',
];
export const WAIT_MS = 500;

/** The page's own function for commands to Google's tags, made where there is none. */
export function gtag(layer: string): (...args: unknown[]) => void {
  const queue = (page[layer] ??= []) as unknown[];
  page.gtag ??= function () {
    // Google's tags tell commands from events by the arguments object itself.
    // eslint-disable-next-line prefer-rest-params
    queue.push(arguments);
  };
  return page.gtag;
}

/** Everything denied until the first state; tags wait for it half a second. True: it was sent. */
export function tellDefault(layer: string): true {
  const denied = Object.fromEntries(TYPES.map((type) => [type, 'denied']));
  gtag(layer)('consent', 'default', { ...denied, security_storage: 'granted', wait_for_update: WAIT_MS });
  return true;
}

/** What the mapping makes of the active ids; a type without a category is not mentioned. */
export function storageOf(map: Readonly<Record<string, string>>, active: readonly string[]): Record<string, string> {
  const mapped = Object.entries(map).filter(([, id]) => id && id !== 'DNAC');
  return Object.fromEntries(mapped.map(([type, id]) => [type, active.includes(id) ? 'granted' : 'denied']));
}

export function tellUpdate(
  stub: Stub,
  map: Readonly<Record<string, string>>,
  regions: readonly string[],
  active: readonly string[],
): void {
  if (stub.layer === null) return;
  const region = regions.length ? { region: regions } : {};
  gtag(stub.layer)('consent', 'update', { ...storageOf(map, active), ...region });
}
