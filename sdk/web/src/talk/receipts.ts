// Receipts on their way to the server: kept until it has answered, sent again after a failure (web-sdk.md §11).
import type { Site } from '../consent/site.ts';

/** A receipt as it is sent. `placet` says what was on the screen, and the id under which a repeat is recognised. */
export interface ReceiptBody {
  readonly placet: { readonly id: string; readonly at: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Each under a key of its own, so that two tabs cannot write over one another's; in the order of their times. */
const KEY = 'placet.receipt.';
const MOST_WAITING = 20;
const RETRY_MS = 15_000;
/** After this a server that says nothing is asked again later. */
const GIVE_UP_MS = 20_000;

const keyOf = (body: ReceiptBody): string => `${KEY}${body.placet.at}.${body.placet.id}`;

/** Does something with the storage, which may be full or forbidden: the receipt still goes out, it is only not repeated. */
function stored<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function keys(): string[] {
  return stored(() => Object.keys(localStorage).filter((key) => key.startsWith(KEY)).sort()) ?? [];
}

function read(key: string): ReceiptBody | undefined {
  return stored(() => JSON.parse(localStorage.getItem(key) ?? '') as ReceiptBody);
}

function keep(body: ReceiptBody): void {
  stored(() => localStorage.setItem(keyOf(body), JSON.stringify(body)));
  for (const key of keys().slice(0, -MOST_WAITING)) forget(key);
}

function forget(key: string): void {
  stored(() => localStorage.removeItem(key));
}

/** Sends a receipt; resolves when the server has answered or cannot be reached. Never rejects. */
export async function send(site: Site, body: ReceiptBody, token = ''): Promise<void> {
  if (!site.collection) return;
  // A token is not for storage: such a receipt is not repeated after this page.
  if (!token) keep(body);
  const accepted = await post(site.collection.url, body, token);
  if (accepted) forget(keyOf(body));
}

/**
 * True when there is no sense in sending it again: taken, or refused for what it says. Only a whole answer counts as
 * taken: what stands between (a proxy, a hotel's log-in page) also says 200.
 */
async function post(url: string, body: ReceiptBody, token: string): Promise<boolean> {
  const given = new AbortController();
  const late = setTimeout(() => given.abort(), GIVE_UP_MS);
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': body.placet.id, ...(token && { Authorization: token }) };
  try {
    const sent = { method: 'POST', body: JSON.stringify(body), headers, keepalive: true };
    const answer = await fetch(url, { ...sent, credentials: 'omit', signal: given.signal });
    if (answer.ok) await answer.json();
    return answer.status < 500 && answer.status !== 429 && answer.status !== 408;
  } catch {
    return false;
  } finally {
    clearTimeout(late);
  }
}

/** Sends what an earlier page could not, now and when the network comes back. */
export function retry(site: Site): void {
  const again = async (): Promise<void> => {
    for (const key of keys()) {
      const body = read(key);
      if (body?.placet) await send(site, body);
      else forget(key);
    }
  };
  void again();
  window.addEventListener('online', () => void again());
  setInterval(() => {
    if (navigator.onLine) void again();
  }, RETRY_MS);
}
