// The queue of receipts: stored until the server has responded, resent after a failure (web-sdk.md §11).
import type { Site } from '../consent/site.ts';
import { writeJson } from '../formats/json.ts';
import { discard, keysFrom, store, stored } from '../storage/storage.ts';

/** A receipt as it is sent. `placet` says what was on the screen, and the id under which a repeat is recognised. */
export interface ReceiptBody {
  readonly placet: { readonly id: string; readonly at: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Each under a separate key, so that two tabs cannot overwrite each other's; in the order of their times. */
const KEY = 'placet.receipt.';
const MOST_WAITING = 20;
const RETRY_MS = 15_000;
/** Stands for the status where no whole answer came. */
const NO_ANSWER = 599;
/** After this a server that says nothing is asked again later. */
const GIVE_UP_MS = 20_000;

const keyOf = ({ placet: { at, id } }: ReceiptBody): string => `${KEY}${at}.${id}`;

function keep(key: string, text: string): void {
  if (!store(key, text)) console.warn('placet: the receipt could not be stored; it is sent by this page only');
  for (const old of keysFrom(KEY).slice(0, -MOST_WAITING)) discard(old);
}

/**
 * Sends a receipt; resolves when the server has answered or cannot be reached, with true unless the server takes no
 * receipts from this page's origin: then the answer is nothing anybody could prove. Never rejects.
 */
export async function send(site: Site, body: ReceiptBody, token = ''): Promise<boolean> {
  if (!site.collection) return true;
  const key = keyOf(body);
  const text = writeJson(body);
  // A token is not for storage: such a receipt is not repeated after this page.
  if (!token) keep(key, text);
  return sendText(site.id, site.collection.url, key, text, token);
}

async function sendText(site: string, url: string, key: string, text: string, token = ''): Promise<boolean> {
  const status = await post(url, text, idIn(key), token);
  const strange = status === NO_ANSWER && (await isStrange(site, url));
  if (strange || (status < 500 && status !== 429 && status !== 408)) discard(key);
  return !strange;
}

let told = false;

/** Does the server take no receipts from this page's origin? A browser does not tell that from a broken network. */
async function isStrange(site: string, url: string): Promise<boolean> {
  try {
    const answer = await fetch(url.replace(/\/request\/v1\/.*$/, `/consent/${site}/origin.json`), { credentials: 'omit', cache: 'no-store' });
    if (!answer.ok || !(await answer.text()).includes('"registered":false')) return false;
  } catch {
    return false;
  }
  if (!told) console.warn(`placet: answers given on ${location.origin} are not recorded; add it to the site's origins and publish. Visitors will be asked again`);
  told = true;
  return true;
}

const idIn = (key: string): string => key.slice(key.lastIndexOf('.') + 1);

/** The status of a whole answer; NO_ANSWER for none. Only a receipt counts as taken: what stands between also says 200. */
async function post(url: string, text: string, id: string, token: string): Promise<number> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': id, ...(token && { Authorization: token }) };
  const given = new AbortController();
  const late = setTimeout(() => given.abort(), GIVE_UP_MS);
  try {
    const sent = { method: 'POST', body: text, headers, keepalive: true };
    const answer = await fetch(url, { ...sent, credentials: 'omit', signal: given.signal });
    if (answer.ok && !(await answer.text()).includes('"receipt"')) return NO_ANSWER;
    return answer.status || NO_ANSWER;
  } catch {
    // A page may have replaced `fetch` by a function that behaves differently.
    return given.signal.aborted || isNative(fetch) ? NO_ANSWER : await byRequest(url, text, headers);
  } finally {
    clearTimeout(late);
  }
}

function isNative(run: unknown): boolean {
  return typeof run === 'function' && Function.prototype.toString.call(run).includes('[native code]');
}

/** The same by the older way. */
function byRequest(url: string, text: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((done) => {
    try {
      const request = new XMLHttpRequest();
      request.open('POST', url);
      request.timeout = GIVE_UP_MS;
      for (const name of Object.keys(headers)) request.setRequestHeader(name, headers[name] ?? '');
      request.onloadend = () => done(request.status === 200 && !request.responseText.includes('"receipt"') ? NO_ANSWER : request.status || NO_ANSWER);
      request.send(text);
    } catch {
      done(NO_ANSWER);
    }
  });
}

/** Sends what an earlier page could not, now and when the network comes back. */
export function retry(site: Site): void {
  const again = async (): Promise<void> => {
    for (const key of keysFrom(KEY)) {
      const text = stored(key) ?? '';
      if (!text.startsWith('{"')) discard(key);
      else if (site.collection) await sendText(site.id, site.collection.url, key, text);
    }
  };
  void again();
  window.addEventListener('online', () => void again());
  setInterval(() => {
    if (navigator.onLine) void again();
  }, RETRY_MS);
}
