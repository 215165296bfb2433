// Other tabs of the same site: a choice made in one applies to all.
import { cookies } from '../storage/document_cookie.ts';

export interface Tabs {
  /** Tells the others that the stored answers have changed. */
  tell(): void;
}

/** Listens for the others' changes; without BroadcastChannel every tab learns of them on its next page. */
export function joinTabs(id: string, changed: () => void): Tabs {
  if (typeof BroadcastChannel === 'undefined') return { tell: () => undefined };
  const channel = new BroadcastChannel(`placet:${id}`);
  channel.onmessage = changed;
  // A browser may write cookies behind the page's back: once they were read, others can read them, too.
  return { tell: () => channel.postMessage(cookies().length) };
}
