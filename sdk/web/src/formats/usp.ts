// The four characters of the retired US Privacy string, which is still widely read (iab.md §4).
import { Malformed } from './bits.ts';

/** Was notice given, the sale of data opted out of, the transaction covered? null: not applicable. */
export interface UsPrivacy {
  readonly notice: boolean | null;
  readonly optedOut: boolean | null;
  readonly covered: boolean | null;
}

const ANSWERS: Readonly<Record<string, boolean | null>> = { Y: true, N: false, '-': null };

/** The value of a string in either case; raises Malformed. */
export function decode(text: string): UsPrivacy {
  const [, ...said] = /^1([YN-])([YN-])([YN-])$/i.exec(text) ?? [];
  if (!said.length) throw new Malformed('is no US Privacy string');
  const [notice = null, optedOut = null, covered = null] = said.map((letter) => ANSWERS[letter.toUpperCase()]);
  return { notice, optedOut, covered };
}

/** The string, in upper case. */
export function encode({ notice, optedOut, covered }: UsPrivacy): string {
  const letter = (answer: boolean | null): string => (answer === null ? '-' : answer ? 'Y' : 'N');
  return `1${letter(notice)}${letter(optedOut)}${letter(covered)}`;
}
