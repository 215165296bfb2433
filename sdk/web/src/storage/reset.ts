// Deletes all stored state when the URL has `?otreset=true` (web-sdk.md §1.5).
import { STRING_COOKIES } from './strings.ts';
import { removeEverywhere } from './twins.ts';

const COOKIES = ['OptanonConsent', 'OptanonAlertBoxClosed', 'otpreview', 'OTVariant', ...STRING_COOKIES];

/** Deletes the SDK's cookies and begins the page anew, without the parameter. */
export function resetIfAsked(): void {
  const url = new URL(location.href);
  if (url.searchParams.get('otreset') !== 'true') return;
  COOKIES.forEach(removeEverywhere);
  url.searchParams.delete('otreset');
  location.replace(url);
}
