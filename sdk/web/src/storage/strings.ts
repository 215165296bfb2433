// The cookies of the consent strings (web-sdk.md §9.2).
import type { CookieJar } from '../globals/contracts.ts';
import { removeEverywhere } from './twins.ts';

const TC = 'eupubconsent-v2';
const AC = 'OTAdditionalConsentString';
const GPP = 'OTGPPConsent';
const USP = 'usprivacy';
/** A cookie holds little more; longer strings are cut. */
const PIECE = 4000;
const MOST_PIECES = 9;

const PIECES = Array.from({ length: MOST_PIECES }, (_, at) => `${GPP}${at + 1}`);

/** Everything one may find here, to be forgotten together. */
export const STRING_COOKIES = [TC, AC, GPP, ...PIECES, USP];

export class KeptStrings {
  constructor(
    private readonly jar: CookieJar,
    private readonly days: number,
  ) {}

  get tc(): string {
    return this.#only(TC);
  }

  get ac(): string {
    return this.#only(AC);
  }

  keepTc(tc: string, ac: string): void {
    this.#keep(TC, tc);
    this.#keep(AC, ac);
  }

  /** Returns how many cookies it took; a string that does not fit into all of them leaves none. */
  keepGpp(text: string): number {
    const pieces = text.match(new RegExp(`.{1,${PIECE}}`, 'g')) ?? [];
    const names = pieces.length > 1 ? PIECES.slice(0, pieces.length) : [GPP];
    for (const name of [GPP, ...PIECES]) if (!names.includes(name)) this.#forget(name);
    const kept = names.map((name, at) => this.#keep(name, pieces[at] ?? ''));
    if (pieces.length <= MOST_PIECES && kept.every(Boolean)) return pieces.length;
    names.forEach((name) => this.#forget(name));
    return 0;
  }

  keepUsp(text: string): void {
    this.#keep(USP, text);
  }

  /** The only text under this name; none where there are several, since the newest cannot be determined. */
  #only(name: string): string {
    const [text = '', ...others] = new Set(this.jar.all(name));
    return others.length ? '' : text;
  }

  /** True when the text is read back. A string that cannot be kept leaves no older one: that might grant more. */
  #keep(name: string, text: string): boolean {
    if (!text) return this.#forget(name);
    if (this.jar.write(name, text, this.days)) return true;
    removeEverywhere(name);
    if (this.jar.write(name, text, this.days)) return true;
    console.warn(`placet: ${name} could not be kept (${text.length} characters)`);
    this.#forget(name);
    return false;
  }

  #forget(name: string): boolean {
    if (this.jar.all(name).length) this.jar.remove(name);
    return true;
  }
}
