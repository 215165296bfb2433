// Google's Additional Consent string: ad technology providers outside the vendor list (iab.md §3).
import { Malformed } from './bits.ts';

/** Provider ids: consented to, and shown but not consented to; version 1 cannot say what was shown (null). */
export interface AdditionalConsent {
  readonly consented: readonly number[];
  readonly disclosed: readonly number[] | null;
}

const FORM = /^(?:1~([\d.]*)|2~([\d.]*)~dv(?:\.([\d.]*))?)$/;
const LIST = /^(?:\d{1,9}(?:\.\d{1,9})*)?$/;

/** The value of `1~1.35`, or `2~41~dv.9`; raises Malformed. */
export function decode(text: string): AdditionalConsent {
  const found = FORM.exec(text);
  if (!found) throw new Malformed('is no Additional Consent string');
  const [, one, two, shown = ''] = found;
  const consented = list(one ?? two ?? '');
  const disclosed = one === undefined ? list(shown) : null;
  if (disclosed?.some((id) => consented.includes(id))) throw new Malformed('has an id in both lists');
  return { consented, disclosed };
}

/** The string, ids ascending. */
export function encode({ consented, disclosed }: AdditionalConsent): string {
  return disclosed ? `2~${dotted(consented)}~dv.${dotted(disclosed)}` : `1~${dotted(consented)}`;
}

function list(text: string): number[] {
  if (!LIST.test(text)) throw new Malformed('is not a list of ids');
  return [...new Set(text.split('.').filter(Boolean).map(Number))];
}

function dotted(ids: readonly number[]): string {
  return [...new Set(ids)].sort((a, b) => a - b).join('.');
}
