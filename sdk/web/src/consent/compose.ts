// Builds the value of a TC string from a person's answers and the vendors, for encoding (iab.md §1.9).
import type { Ids } from '../formats/bits.ts';
import type { Restriction, TcString } from '../formats/tcf.ts';
import type { Choices } from './choices.ts';
import type { Iab, Site } from './site.ts';
import { BY_CONSENT, BY_INTEREST, type Declared, FORBIDDEN, NEVER_ON_INTEREST, type Rules, type VendorChoices, declares, everyone, purposesIn, specialFeaturesIn, those } from './vendors.ts';

const DAY = 86_400_000;
const VERSION = 2;

/** Where a string is made: who makes it, and in which language it was asked (iab.md §1.3). */
export interface Asking {
  readonly iab: Iab;
  readonly language: string;
  readonly groups: Site['groups'];
}

/**
 * The value of the string that says this, made at `now` (epoch ms): what no vendor declares, no publisher shows or no
 * law allows has no signal, whatever was answered.
 */
export function compose(rules: Rules, asking: Asking, choices: Choices, vendors: VendorChoices, now: number): TcString {
  const { iab } = asking;
  const today = now - (now % DAY);
  const restrictions = thatMatter(rules);
  const { consents, interests } = entitled(rules, restrictions, vendors, iab.specialInterest);
  return {
    version: VERSION,
    created: today,
    updated: today,
    cmpId: iab.cmp,
    cmpVersion: iab.cmpVersion,
    screen: 0,
    language: asking.language.slice(0, 2).toUpperCase(),
    listVersion: rules.list,
    policyVersion: rules.policy,
    serviceSpecific: true,
    nonStandardTexts: iab.nonStandard,
    ...purposes(iab, choices),
    purposeOneTreatment: iab.purposeOne,
    country: iab.country,
    vendorConsents: consents,
    vendorInterests: interests,
    restrictions: signalled(restrictions, consents, interests),
    disclosed: everyone(rules),
    unknown: [],
  };
}

type Purposes = Pick<TcString, 'specialFeatures' | 'purposeConsents' | 'purposeInterests' | 'publisher'>;

/** The signals of purposes and special features, for vendors and for the publisher itself. */
function purposes(iab: Iab, { groups, legitimate }: Choices): Purposes {
  const hidden: Ids = new Set(iab.purposeOne ? [1] : []);
  const [agreed, weighed] = [purposesIn(groups), purposesIn(legitimate)];
  const own = iab.own.map((id, at) => (groups[id] ? at + 1 : 0)).filter(Boolean);
  return {
    specialFeatures: specialFeaturesIn(groups),
    purposeConsents: without(agreed, hidden),
    purposeInterests: without(without(weighed, hidden), NEVER_ON_INTEREST),
    publisher: {
      purposeConsents: agreed,
      purposeInterests: weighed,
      custom: { count: iab.own.length, consents: new Set(own), interests: new Set() },
    },
  };
}

/** The vendors that may have their signal: they declare a purpose on that basis, or a restriction turns one to it. */
function entitled(
  rules: Rules,
  restrictions: readonly Restriction[],
  vendors: VendorChoices,
  specialInterest: boolean,
): Omit<VendorChoices, 'google'> {
  const turned = (id: number, kind: number): boolean =>
    restrictions.some((each) => each.kind === kind && each.vendors.has(id));
  return {
    consents: those(
      rules,
      ({ consent }, id) => vendors.consents.has(id) && (consent > 0 || turned(id, BY_CONSENT)),
    ),
    interests: those(
      rules,
      (declared, id) =>
        (vendors.interests.has(id) && (declared.interest > 0 || turned(id, BY_INTEREST))) ||
        (specialInterest && isSpecialOnly(declared)),
    ),
  };
}

/** One restriction per purpose and kind, for the vendors whose outcome it changes (iab.md §1.5). */
function thatMatter(rules: Rules): Restriction[] {
  const byPair = new Map<string, Restriction>();
  for (const { purpose, kind, vendors } of rules.restrictions) {
    const known = byPair.get(`${purpose} ${kind}`)?.vendors ?? [];
    const matter = those(rules, (declared, id) => vendors.has(id) && changes(declared, purpose, kind));
    byPair.set(`${purpose} ${kind}`, { purpose, kind, vendors: new Set([...known, ...matter]) });
  }
  const rows = [...byPair.values()].filter(({ vendors }) => vendors.size);
  return rows.sort((a, b) => a.purpose - b.purpose || a.kind - b.kind);
}

function changes({ consent, interest, flexible }: Declared, purpose: number, kind: number): boolean {
  const turnable = declares(flexible, purpose);
  if (kind === FORBIDDEN) return declares(consent | interest, purpose);
  if (kind === BY_CONSENT) return turnable && declares(interest, purpose);
  return kind === BY_INTEREST && !NEVER_ON_INTEREST.has(purpose) && turnable && declares(consent, purpose);
}

/** Without vendors that get no signal anyway. Gaps are not bridged: the page knows only the vendors it shows. */
function signalled(restrictions: readonly Restriction[], consents: Ids, interests: Ids): Restriction[] {
  const kept = restrictions.map((each) => ({
    ...each,
    vendors: new Set([...each.vendors].filter((id) => consents.has(id) || interests.has(id))),
  }));
  return kept.filter(({ vendors }) => vendors.size);
}

function isSpecialOnly({ consent, interest, special }: Declared): boolean {
  return special > 0 && !consent && !interest;
}

function without(ids: Ids, gone: Ids): Ids {
  return new Set([...ids].filter((id) => !gone.has(id)));
}
