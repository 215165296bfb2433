// Receipts on their way to the server: kept until it has answered, sent again after a failure (web-sdk.md §11).
import type { Site } from '../consent/site.ts';

/** A receipt as it is sent. `placet` says what was on the screen, and the id under which a repeat is recognised. */
export interface ReceiptBody {
  readonly placet: { readonly id: string; readonly at: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const KEY = 'placet.receipts';
const MOST_WAITING = 20;
const RETRY_MS = 15_000;
/** After this a server that says nothing is asked again later. */
const GIVE_UP_MS = 20_000;

function waiting(): ReceiptBody[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as ReceiptBody[];
  } catch {
    return [];
  }
}

function keep(bodies: readonly ReceiptBody[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(bodies.slice(-MOST_WAITING)));
  } catch {
    // Storage is full or forbidden: the receipt still goes out, it is only not repeated.
  }
}

function settle(id: string): void {
  keep(waiting().filter((body) => body.placet.id !== id));
}

/** Sends a receipt; resolves when the server has answered or cannot be reached. Never rejects. */
export async function send(site: Site, body: ReceiptBody, token = ''): Promise<void> {
  if (!site.collection) return;
  // A token is not for storage: such a receipt is not repeated after this page.
  if (!token) keep([...waiting().filter((other) => other.placet.id !== body.placet.id), body]);
  const accepted = await post(site.collection.url, body, token);
  if (accepted) settle(body.placet.id);
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
    for (const body of waiting()) await send(site, body);
  };
  if (waiting().length) void again();
  window.addEventListener('online', () => void again());
  setInterval(() => {
    if (waiting().length && navigator.onLine) void again();
  }, RETRY_MS);
}
