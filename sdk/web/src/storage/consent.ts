// A person's answers stored on this device: OptanonConsent and OptanonAlertBoxClosed (web-sdk.md §9).
import { DAY } from '../consent/banner.ts';
import type { Choices } from '../consent/choices.ts';
import { type Site, isHost } from '../consent/site.ts';
import type { Memory, Visit } from '../consent/visit.ts';
import { type Optanon, readAnswers, readOptanon, writeAnswers, writeOptanon } from '../formats/optanon.ts';
import { uuid } from '../formats/uuid.ts';
import { page } from '../globals/page.ts';
import { FOREVER_DAYS, cookieJarFor } from './cookie_jar.ts';
import type { CookieJar } from '../globals/contracts.ts';

export const CONSENT = 'OptanonConsent';
export const CLOSED = 'OptanonAlertBoxClosed';

/** The browser's own opt-out signal, Global Privacy Control. */
export function signalled(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}

/** A new random identifier. */
export function newId(): string {
  return uuid((bytes) => crypto.getRandomValues(bytes));
}

export class KeptConsent {
  readonly #site: Site;
  readonly #jar: CookieJar;
  #values!: Optanon;
  /** The answers could not be kept: on the next page everything is off, and the person is asked again. */
  lost = false;
  /** When the answer was given that could not be kept (epoch ms). */
  lostAt = 0;

  constructor(site: Site, jar: CookieJar) {
    this.#site = site;
    this.#jar = jar;
    this.refresh();
  }

  /** Another tab may have written since. */
  refresh(): void {
    this.#values = strictest(this.#jar.all(CONSENT).map(readOptanon));
  }

  get(key: string): string {
    return this.#values.get(key) ?? '';
  }

  memory(): Memory {
    return {
      known: this.#values.has('groups'),
      groups: readAnswers(this.get('groups')),
      vendors: readAnswers(`${this.get('hosts')},${this.get('genVendors')}`),
      closedAt: this.closedAt(),
      answeredAt: Number(this.get('answeredAt')),
      landing: this.get('landingPath'),
      gpc: this.get('isGpcEnabled') === '1',
    };
  }

  /** When the person answered, in epoch ms; null when they have not. */
  closedAt(): number | null {
    return Math.max(0, ...this.#jar.all(CLOSED).map((text) => Date.parse(text) || 0)) || null;
  }

  /** Writes what a page's beginning found. */
  begin(visit: Visit): void {
    this.choose(visit.choices, {
      isGpcEnabled: visit.gpc ? '1' : '0',
      browserGpcFlag: signalled() ? '1' : '0',
      isIABGlobal: 'false',
      consentId: this.get('consentId') || newId(),
      interactionCount: this.get('interactionCount') || '0',
      isAnonUser: this.get('isAnonUser') || '1',
      landingPath: visit.landing,
      AwaitingReconsent: String(visit.awaiting),
    });
  }

  /**
   * Writes the answers, and `beside` them what else has changed: each write is a call to another process. Hosts and
   * general vendors have a key each; one that holds nothing of ours stays as it was.
   */
  choose({ groups, vendors }: Choices, beside: Readonly<Record<string, string>> = {}): void {
    const said = writeAnswers(vendors).split(',');
    const general = said.filter((answer) => !isHost(answer)).join();
    this.put({
      ...beside,
      groups: writeAnswers(groups),
      hosts: said.filter(isHost).join() || this.get('hosts'),
      ...(general && { genVendors: `${general},` }),
    });
  }

  /** Writes the cookie; its time and version are stamped anew each time. */
  put(changes: Readonly<Record<string, string>>): void {
    for (const [key, text] of Object.entries(changes)) this.#values.set(key, text);
    this.#values.set('datestamp', new Date()[this.#site.iso ? 'toISOString' : 'toString']());
    this.#values.set('version', this.#site.version);
    this.lost = !this.#write(this.#values) && !page.placet?.shrink?.(this.#values, (less) => this.#write(less));
    if (!this.lost) return;
    const off = this.get('groups').replace(/:1/g, ':0');
    this.#write(new Map(Object.entries({ datestamp: this.get('datestamp'), groups: off })));
    this.reopen();
  }

  /** The person has answered, at this time (epoch ms); `lasting` false forgets it when the browser closes. */
  close(at: number, lasting = true): void {
    this.lostAt = at;
    const left = this.#days() - (Date.now() - at) / DAY;
    if (!this.lost) this.#jar.write(CLOSED, new Date(at).toISOString(), lasting ? left : null);
  }

  reopen(): void {
    this.#jar.remove(CLOSED);
  }

  /** Nothing is remembered any more, here and in the browser. */
  forget(): void {
    this.#values = new Map();
    this.#jar.remove(CONSENT);
    this.#jar.remove(CLOSED);
  }

  #write(values: Optanon): boolean {
    return this.#jar.write(CONSENT, writeOptanon(values), this.#days());
  }

  #days(): number {
    return this.#site.rule.days || FOREVER_DAYS;
  }
}

/** Of several cookies the newest cannot be determined: what one of them refuses is refused. */
function strictest(found: Optanon[]): Optanon {
  const [first = new Map() as Optanon, twin] = found;
  if (twin)
    for (const key of ['groups', 'hosts', 'genVendors']) {
      const said = found.map((each) => each.get(key)).join().split(',');
      // The later answer to a question counts: each yes goes first.
      first.set(key, said.sort((one, other) => Number(other.endsWith('1')) - Number(one.endsWith('1'))).join());
    }
  return first;
}

/** This site's memory, where this browser keeps it. */
export function keptFor(site: Site): KeptConsent {
  return new KeptConsent(site, cookieJarFor(site));
}
