// Asks the server to set the cookies, where browsers shorten the life of script cookies (web-sdk.md §9.3).
import { UPDATED_EVENT } from '../globals/announce.ts';
import type { Session } from '../session.ts';

/** Safari and Brave keep what a script wrote for seven days only; what the site's own server sets, as long as it says. */
function forgetful(): boolean {
  return navigator.vendor.startsWith('Apple') || 'brave' in navigator;
}

/** Is placet served under the site's own name? Only then are its cookies the site's. */
function ours({ site, stub }: Session): boolean {
  const { host, hostname } = new URL(stub.base, location.href);
  const shared = site.domain.split('/')[0] ?? '';
  return host === location.host || (shared.includes('.') && `.${hostname}`.endsWith(`.${shared}`) && !site.test);
}

/** Now, and after every change: each of our own writes starts the seven days anew. */
export function keepLong(current: () => Session): void {
  if (!forgetful() || !ours(current())) return;
  const ask = (): void => {
    const { kept, stub } = current();
    if (kept.closedAt() === null) return;
    const url = `${stub.base}/consent/${stub.id}/keep`;
    // Whether it worked or not, the page goes on; the next one asks again.
    fetch(url, { method: 'POST', credentials: 'include', keepalive: true }).catch(() => undefined);
  };
  ask();
  window.addEventListener(UPDATED_EVENT, ask);
}
