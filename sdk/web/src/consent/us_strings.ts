// The US strings that say what was opted out of: GPP sections and the US Privacy string (the server's us_strings.py).
import { type Said, encode, nothingSaid, writeSection } from '../formats/gpp.ts';
import { US_SECTIONS } from '../formats/gpp_sections.ts';
import * as usp from '../formats/usp.ts';
import type { Us } from './site.ts';

/** Each section's text, and what it says; the older string, or nothing. */
export interface UsStrings {
  readonly gpp: string;
  readonly sections: ReadonlyMap<number, string>;
  readonly said: ReadonlyMap<number, Said>;
  readonly usp: string;
}

const USP = 6;
const [GIVEN, NOT_GIVEN] = [1, 2];
const [OUT, NOT_OUT] = [1, 2];
const OPT_OUTS: Readonly<Record<string, 'sale' | 'sharing' | 'targeted'>> = {
  SaleOptOut: 'sale',
  SharingOptOut: 'sharing',
  TargetedAdvertisingOptOut: 'targeted',
};
const AGREEMENT = ['MspaCoveredTransaction', 'MspaOptOutOptionMode', 'MspaServiceProviderMode', 'MspaMode'];

type Groups = Readonly<Record<string, number>>;

/** The strings for these answers; `gpc` is the browser's own signal. */
export function usStrings(us: Us, groups: Groups, gpc: boolean): UsStrings {
  const covered = us.mspa[0] === GIVEN;
  const privacy = { notice: us.given, optedOut: Boolean(optedOut(us.sale, groups)), covered };
  const said = new Map(us.sections.filter((id) => id !== USP).map((id) => [id, sectionSaid(id, us, groups, gpc)]));
  const texts = us.sections.map((id) => [id, id === USP ? usp.encode(privacy) : writeSection(id, said.get(id) ?? {})] as const);
  const sections = new Map([...texts].sort(([one], [other]) => one - other));
  return {
    gpp: sections.size ? encode(sections) : '',
    sections,
    said,
    usp: us.usp ? usp.encode(privacy) : '',
  };
}

/** Was it opted out of? One category that is off is an opt-out; null where no category stands for it. */
function optedOut(categories: readonly string[], groups: Groups): boolean | null {
  return categories.length ? categories.some((id) => groups[id] === 0) : null;
}

/** An opt-out is said only where notice of it was given (iab.md §5.5, the logical tie). */
function sectionSaid(id: number, us: Us, groups: Groups, gpc: boolean): Said {
  const said = nothingSaid(id);
  for (const name of Object.keys(said)) said[name] = field(name, us, groups) ?? said[name] ?? 0;
  if (US_SECTIONS[id]?.second === 'gpc') Object.assign(said, { GpcSegmentType: 1, Gpc: gpc });
  return said;
}

/** What one field says; fields we say nothing about keep their value. */
function field(name: string, us: Us, groups: Groups): number | undefined {
  const given = us.given ? GIVEN : NOT_GIVEN;
  const about = OPT_OUTS[name];
  if (about) {
    const out = us.given ? optedOut(us[about], groups) : null;
    return out === null ? 0 : out ? OUT : NOT_OUT;
  }
  if (name === 'SharingNotice' || name === 'ProcessingNotice') return given;
  const topic = OPT_OUTS[name.replace(/Notice$/, '')];
  if (topic) return us[topic].length ? given : 0;
  const at = AGREEMENT.indexOf(name);
  return at < 0 ? undefined : us.mspa[at];
}
