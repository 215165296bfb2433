// Which categories block a URL now, by the site's table of hosts (web-sdk.md §8.3).
import { readAnswers, readOptanon } from '../formats/optanon.ts';
import { readCookie } from '../storage/cookie_jar.ts';

export interface Row {
  readonly Tag: string;
  readonly CategoryId: readonly string[];
}

/** An address, or the start of one, and what it waits for. */
export interface Table {
  readonly rows: readonly Row[];
  /** The category of unlisted hosts, such as C0004; empty lets them pass. */
  readonly unknown: string;
  /** Hosts that are never unknown: the page's own, and placet's. */
  readonly own: readonly string[];
}

/** The categories that keep this address back now; nothing when it may pass. */
export function heldBack(table: Table, url: string): readonly string[] {
  const address = bare(url);
  const listed = table.rows.filter(({ Tag }) => address.includes(bare(Tag))).flatMap(({ CategoryId }) => CategoryId);
  const ids = listed.length || !isForeign(url, table.own) ? listed : [table.unknown].filter(Boolean);
  return ids.every(isActive) ? [] : ids;
}

/** Are a visitor's answers known at all? On a first page they are not until the SDK has begun. */
export function isKnown(): boolean {
  return stored('groups') !== undefined;
}

function stored(key: string): string | undefined {
  return readOptanon(readCookie('OptanonConsent') ?? '').get(key);
}

/** The cookie is asked, not the globals: when tags are let go, those still say what was before. */
function isActive(id: string): boolean {
  return readAnswers(`${stored('groups')},${stored('hosts')}`)[id] === 1;
}

function bare(url: string): string {
  return url.replace(/^(https?:)?\/\//, '').replace(/[?#].*$/, '');
}

/** Is it a third-party host? A name's last two labels are taken for the owner. */
function isForeign(url: string, own: readonly string[]): boolean {
  try {
    const { hostname, protocol } = new URL(url, location.href);
    return protocol.startsWith('http') && !own.some((host) => owner(host) === owner(hostname));
  } catch {
    return false;
  }
}

function owner(hostname: string): string {
  return hostname.split('.').slice(-2).join('.');
}
