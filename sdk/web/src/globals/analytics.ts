// Reports interactions with the banner to the page's analytics (web-sdk.md §6.4).
import { push } from './announce.ts';
import { page } from './page.ts';
import type { Stub } from './contracts.ts';

const CATEGORY = 'OneTrust Cookie Consent';

/** One event, by `gtag` where there is one, else by the data layer; nothing where the tag says so. */
export function trackEvent(stub: Stub, action: string, label = '', value?: unknown): void {
  if (stub.ignoreAnalytics) return;
  const event = { optanonCategory: CATEGORY, optanonAction: action, optanonLabel: label, optanonValue: value };
  if (typeof page.gtag === 'function') page.gtag('event', 'trackOptanonEvent', event);
  else push(stub, { event: 'trackOptanonEvent', ...event });
}
