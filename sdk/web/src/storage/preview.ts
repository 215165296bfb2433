// Stores for a day that preview mode is on: `?otpreview=true` (web-sdk.md §1.5).
import { cookies, setCookie } from './document_cookie.ts';

const DAY_SECONDS = 86_400;

/** The pages of the next day show the test publication, too. */
export function rememberPreview(): void {
  const query = new URLSearchParams(location.search);
  if (query.get('otpreview') !== 'true') return;
  const expiry = new Date(Date.now() + DAY_SECONDS * 1000).toISOString();
  const text = `expiry=${expiry}&geo=${query.get('otgeo') ?? ''}`;
  setCookie(`otpreview=${text};path=/;max-age=${DAY_SECONDS};SameSite=Lax`);
  if (!cookies().includes(text)) console.warn('placet: otpreview could not be kept: only this page shows the test publication');
}
