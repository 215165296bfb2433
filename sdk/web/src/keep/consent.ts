// What this device remembers of a person's answers: OptanonConsent and OptanonAlertBoxClosed (web-sdk.md §9).
import type { Choices } from '../consent/choices.ts';
import { type Site, isHost } from '../consent/site.ts';
import type { Memory, Visit } from '../consent/visit.ts';
import { type Optanon, readAnswers, readOptanon, writeAnswers, writeOptanon } from '../formats/optanon.ts';
import { uuid } from '../formats/uuid.ts';
import { FOREVER_DAYS, type Jar, jarOf } from './jar.ts';

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
  readonly #jar: Jar;
  #values: Optanon;

  constructor(site: Site, jar: Jar) {
    this.#site = site;
    this.#jar = jar;
    this.#values = readOptanon(jar.read(CONSENT) ?? '');
  }

  /** Another tab may have written since. */
  refresh(): void {
    this.#values = readOptanon(this.#jar.read(CONSENT) ?? '');
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
      landing: this.get('landingPath'),
      gpc: this.get('isGpcEnabled') === '1',
    };
  }

  /** When the person answered, in epoch ms; null when they have not. */
  closedAt(): number | null {
    const at = Date.parse(this.#jar.read(CLOSED) ?? '');
    return Number.isNaN(at) ? null : at;
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
    this.#jar.write(CONSENT, writeOptanon(this.#values), this.#days());
  }

  /** The person has answered, at this time (epoch ms); `lasting` false forgets it when the browser closes. */
  close(at: number, lasting = true): void {
    const left = this.#days() - (Date.now() - at) / 86_400_000;
    this.#jar.write(CLOSED, new Date(at).toISOString(), lasting ? left : null);
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

  #days(): number {
    return this.#site.rule.days || FOREVER_DAYS;
  }
}

/** This site's memory, where this browser keeps it. */
export function keptFor(site: Site): KeptConsent {
  return new KeptConsent(site, jarOf(site));
}
