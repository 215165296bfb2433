// The cookies of the consent strings (web-sdk.md §9.2).
import type { Jar } from './jar.ts';

const TC = 'eupubconsent-v2';
const AC = 'OTAdditionalConsentString';
const GPP = 'OTGPPConsent';
const USP = 'usprivacy';
/** A cookie holds little more; longer strings are cut. */
const PIECE = 4000;

/** Everything one may find here, to be forgotten together. */
export const STRING_COOKIES = [TC, AC, GPP, `${GPP}1`, `${GPP}2`, USP];

export class KeptStrings {
  constructor(
    private readonly jar: Jar,
    private readonly days: number,
  ) {}

  get tc(): string {
    return this.jar.read(TC) ?? '';
  }

  get ac(): string {
    return this.jar.read(AC) ?? '';
  }

  keepTc(tc: string, ac: string): void {
    this.jar.write(TC, tc, this.days);
    if (ac) this.jar.write(AC, ac, this.days);
  }

  /** Returns how many cookies it took. */
  keepGpp(text: string): number {
    const pieces = text.match(new RegExp(`.{1,${PIECE}}`, 'g')) ?? [];
    const name = (at: number): string => (pieces.length > 1 ? `${GPP}${at + 1}` : GPP);
    pieces.forEach((piece, at) => this.jar.write(name(at), piece, this.days));
    return pieces.length;
  }

  keepUsp(text: string): void {
    this.jar.write(USP, text, this.days);
  }
}
