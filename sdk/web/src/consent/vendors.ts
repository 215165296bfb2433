// A person's answers about single vendors, and how an interaction changes them (the server's vendor_choices.py).
import { type Ids, runsOf } from '../formats/bits.ts';
import type { Restriction } from '../formats/tcf.ts';
import type { Answers } from '../formats/optanon.ts';
import { type Asked, type Choices, linkedTo, vendorsUnder } from './choices.ts';
import type { Effect } from './interactions.ts';
import { type Category, isHost } from './site.ts';

/** `rules.json`: of each disclosed vendor its id, then what it declares, as masks whose lowest bit is id 1. */
export interface RulesFile {
  readonly list: number;
  readonly policy: number;
  readonly vendors: readonly (readonly number[])[];
  readonly restrictions: readonly (readonly [purpose: number, kind: number, vendors: readonly number[]])[];
  readonly google: readonly number[];
}

/** Who declares what, by vendor. */
export interface Declared {
  readonly consent: number;
  readonly interest: number;
  readonly flexible: number;
  readonly special: number;
  readonly features: number;
  readonly specialFeatures: number;
}

/** The disclosed vendors, what they declare, and what the publisher restricts. */
export interface Rules {
  readonly list: number;
  readonly policy: number;
  readonly vendors: ReadonlyMap<number, Declared>;
  readonly restrictions: readonly Restriction[];
  readonly google: Ids;
}

/** Vendors with consent, vendors whose interest was not objected to, Google's providers with consent. */
export interface VendorChoices {
  readonly consents: Ids;
  readonly interests: Ids;
  readonly google: Ids;
}

/** What the string that was there says of vendors, and the answers about purposes in it. */
export interface HeldVendors extends VendorChoices {
  readonly said?: Pick<Choices, 'groups' | 'legitimate'>;
}

/** What was said of single vendors; only what is here was said. */
export interface StatedVendors {
  readonly consents?: ReadonlyMap<number, boolean>;
  readonly interests?: ReadonlyMap<number, boolean>;
  readonly google?: ReadonlyMap<number, boolean>;
}

const PURPOSE = 'IAB2V2_';
const SPECIAL_FEATURE = 'ISF2V2_';
const NONE: Ids = new Set();
const NOBODY: VendorChoices = { consents: NONE, interests: NONE, google: NONE };

export const [FORBIDDEN, BY_CONSENT, BY_INTEREST] = [0, 1, 2] as const;

/** Purposes that no vendor may base on legitimate interest (iab.md §1.1). */
export const NEVER_ON_INTEREST: Ids = new Set([1, 3, 4, 5, 6]);

/** Is this id in the mask? */
export function declares(mask: number, id: number): boolean {
  return (mask & (1 << (id - 1))) !== 0;
}

/** The ids in a mask, ascending. */
export function idsIn(mask: number): number[] {
  return Array.from({ length: 24 }, (_, at) => at + 1).filter((id) => declares(mask, id));
}

export function readRules(file: RulesFile): Rules {
  const vendors = file.vendors.map(([id = 0, consent = 0, interest = 0, flexible = 0, special = 0, features = 0, sf = 0]) => {
    return [id, { consent, interest, flexible, special, features, specialFeatures: sf }] as const;
  });
  const restrictions = file.restrictions.map(([purpose, kind, ids]) => ({ purpose, kind, vendors: new Set(ids) }));
  return { list: file.list, policy: file.policy, vendors: new Map(vendors), restrictions, google: new Set(file.google) };
}

/** Every disclosed vendor. */
export function everyone(rules: Rules): Ids {
  return new Set(rules.vendors.keys());
}

/** The vendors of which this holds. */
export function those(rules: Rules, holds: (declared: Declared, id: number) => boolean): Ids {
  return new Set([...rules.vendors].filter(([id, declared]) => holds(declared, id)).map(([id]) => id));
}

/** The numbers of the purposes (or special features) among these answers that are yes. */
export function purposesIn(answers: Readonly<Record<string, number>>, prefix = PURPOSE): Ids {
  const on = Object.keys(answers).filter((id) => id.startsWith(prefix) && answers[id]);
  return new Set(on.map((id) => Number(id.slice(prefix.length))));
}

export function specialFeaturesIn(answers: Readonly<Record<string, number>>): Ids {
  return purposesIn(answers, SPECIAL_FEATURE);
}

/** The purposes and special features that are asked about, by number. */
export function shownIn(groups: readonly Category[], prefix = PURPOSE): Ids {
  return purposesIn(Object.fromEntries(groups.map(({ id }) => [id, 1])), prefix);
}

export function shownFeaturesIn(groups: readonly Category[]): Ids {
  return shownIn(groups, SPECIAL_FEATURE);
}

/** Answers under the ids of purposes. */
export function asAnswers(shown: Ids, yes: Ids, prefix = PURPOSE): Record<string, number> {
  return Object.fromEntries([...shown].map((number) => [prefix + String(number), yes.has(number) ? 1 : 0]));
}

export function asFeatureAnswers(shown: Ids, yes: Ids): Record<string, number> {
  return asAnswers(shown, yes, SPECIAL_FEATURE);
}

/** What holds before anything was pressed: no consent, no objection. */
export function untouched(rules: Rules): VendorChoices {
  return { consents: NONE, interests: everyone(rules), google: NONE };
}

/** The vendors as the purposes have them. */
export function following(rules: Rules, choices: Choices): VendorChoices {
  const yes = [...purposesIn(choices.groups)];
  const weighed = weighedIn(choices.legitimate);
  const left = [...purposesIn(choices.legitimate)];
  return {
    consents: those(rules, ({ consent, interest }) => yes.some((purpose) => declares(consent | interest, purpose))),
    interests: those(rules, (_, id) => !claims(rules, id, weighed) || claims(rules, id, left)),
    google: yes.includes(1) ? rules.google : NONE,
  };
}

function weighedIn(legitimate: Answers): number[] {
  return Object.keys(legitimate).map((id) => Number(id.slice(PURPOSE.length)));
}

function claims(rules: Rules, id: number, purposes: readonly number[]): boolean {
  return purposes.some((purpose) => mayClaim(rules, id, purpose));
}

/** May the vendor rest on legitimate interest for this purpose, the publisher's restrictions heeded? */
export function mayClaim(rules: Rules, id: number, purpose: number): boolean {
  const declared = rules.vendors.get(id);
  if (!declared || NEVER_ON_INTEREST.has(purpose)) return false;
  const flexible = declares(declared.flexible, purpose);
  const kinds = kindsFor(rules, id, purpose);
  if (kinds.includes(FORBIDDEN) || (flexible && kinds.includes(BY_CONSENT))) return false;
  return declares(declared.interest, purpose) || (flexible && kinds.includes(BY_INTEREST));
}

/** May the vendor ask for consent to this purpose, the publisher's restrictions heeded? */
export function mayAsk(rules: Rules, id: number, purpose: number): boolean {
  const declared = rules.vendors.get(id);
  if (!declared) return false;
  const flexible = declares(declared.flexible, purpose);
  const kinds = kindsFor(rules, id, purpose);
  const turned = flexible && kinds.includes(BY_INTEREST) && !NEVER_ON_INTEREST.has(purpose);
  if (kinds.includes(FORBIDDEN) || (turned && !kinds.includes(BY_CONSENT))) return false;
  return declares(declared.consent, purpose) || (flexible && kinds.includes(BY_CONSENT));
}

function kindsFor(rules: Rules, id: number, purpose: number): number[] {
  const found = rules.restrictions.filter((each) => each.purpose === purpose && each.vendors.has(id));
  return found.map(({ kind }) => kind);
}

/** The vendors once a button was pressed; `held` are those of the string that was there, `choices` the new answers. */
export function afterPress(
  rules: Rules,
  effect: Effect,
  stated: StatedVendors,
  held: HeldVendors | null,
  choices: Choices,
  objects: boolean,
  refused = NOBODY,
): VendorChoices {
  const before = held ?? untouched(rules);
  switch (effect) {
    case 'grant':
      return { consents: everyone(rules), interests: everyone(rules), google: rules.google };
    case 'refuse':
      return { consents: NONE, interests: objects ? NONE : before.interests, google: NONE };
    case 'default':
    case 'decline':
      return { consents: NONE, interests: before.interests, google: NONE };
    case 'state':
      return told(rules, singledOut(rules, held, choices, refused), stated);
    case 'keep':
      return before;
  }
}

/**
 * The answers about single vendors that there were; where there are none, the purposes'. None of them has
 * consent although the purposes said with them would give it: all were refused singly. Who was `refused` singly while
 * the purposes were off stays refused.
 */
export function singledOut(rules: Rules, held: HeldVendors | null, choices: Choices, refused = NOBODY): VendorChoices {
  const all = following(rules, choices);
  const follows = {
    consents: without(all.consents, refused.consents),
    interests: without(all.interests, refused.interests),
    google: without(all.google, refused.google),
  };
  if (!held) return follows;
  const { said } = held;
  const gave = said && following(rules, { ...choices, ...said });
  const { legitimate = {} } = said ?? {};
  const left = weighedIn(choices.legitimate).filter((purpose) => legitimate[PURPOSE + String(purpose)] !== 0);
  const claimed = those(rules, (_, id) => Object.keys(legitimate).length > 0 && claims(rules, id, left));
  const or = (one: Ids, given: Ids | undefined, other: Ids): Ids => (one.size || given?.size ? one : other);
  return {
    consents: or(held.consents, gave?.consents, follows.consents),
    interests: or(held.interests, claimed, follows.interests),
    google: or(held.google, gave?.google, follows.google),
  };
}

/**
 * Who was refused singly, after a press. A string without any vendor consent cannot say it, so it is stored separately.
 * Only consent for this vendor, or for all vendors, takes a refusal back.
 */
export function refusedAfter(effect: Effect, before: VendorChoices, stated: StatedVendors): VendorChoices {
  if (effect === 'grant') return NOBODY;
  if (effect !== 'state') return before;
  const after = (ids: Ids, single: ReadonlyMap<number, boolean> = new Map()): Ids => {
    const off = [...single].filter(([, answer]) => !answer).map(([id]) => id);
    return new Set([...ids, ...off].filter((id) => !single.get(id)));
  };
  return {
    consents: after(before.consents, stated.consents),
    interests: after(before.interests, stated.interests),
    google: after(before.google, stated.google),
  };
}

function without(ids: Ids, off: Ids): Ids {
  return new Set([...ids].filter((id) => !off.has(id)));
}

const LISTS = ['consents', 'interests', 'google'] as const;

/** `c2_8.i755.g89`: who was refused singly, as the consent cookie keeps it. */
export function writeRefused(refused: VendorChoices): string {
  const told = LISTS.map((list) => (refused[list].size ? list.charAt(0) + [...refused[list]].join('_') : ''));
  return told.filter(Boolean).join('.');
}

export function readRefused(text: string): VendorChoices {
  const told = (list: string): Ids => {
    const part = text.split('.').find((each) => each.startsWith(list.charAt(0))) ?? '';
    return new Set(part.slice(1).split('_').filter(Boolean).map(Number));
  };
  return { consents: told('consents'), interests: told('interests'), google: told('google') };
}

function told(rules: Rules, now: VendorChoices, stated: StatedVendors): VendorChoices {
  const shown = everyone(rules);
  return {
    consents: changed(now.consents, shown, stated.consents),
    interests: changed(now.interests, shown, stated.interests),
    google: changed(now.google, rules.google, stated.google),
  };
}

/**
 * Partners outside the lists once these categories are answered: as was said of each alone, else with its categories
 * where one of them is answered anew, else as before.
 */
export function generalAfter(site: Asked, before: Choices, groups: Answers, said: ReadonlyMap<string, boolean>): Answers {
  const now = { ...before.groups, ...groups };
  const follows = vendorsUnder(site, now);
  const answer = (id: string): number | undefined => {
    const moved = linkedTo(site, id).some((category) => now[category.id] !== before.groups[category.id]);
    return moved ? follows[id] : before.vendors[id];
  };
  const own = site.vendors.filter((id) => !isHost(id));
  return Object.fromEntries(own.map((id) => [id, Number(said.get(id) ?? answer(id))]));
}

/** The ids after statements about single vendors; an id that is not shown changes nothing. */
function changed(now: Ids, shown: Ids, single: ReadonlyMap<number, boolean> = new Map()): Ids {
  const after = new Set(now);
  for (const [id, answer] of single) {
    if (!answer) after.delete(id);
    else if (shown.has(id)) after.add(id);
  }
  return after;
}

/** `"0110"`: index 0 is id 1, as long as the highest id. */
export function bitText(ids: Ids): string {
  const highest = runsOf(ids).pop()?.[1] ?? 0;
  return Array.from({ length: highest }, (_, at) => (ids.has(at + 1) ? '1' : '0')).join('');
}

/** What the vendor screen says of a vendor; what is empty is left out. Days and seconds as the vendor declares them. */
export interface VendorText {
  readonly id: number;
  readonly name: string;
  readonly privacy?: string;
  readonly claim?: string;
  readonly cookies?: boolean;
  readonly seconds?: number;
  readonly refresh?: boolean;
  readonly other?: boolean;
  readonly days?: number;
  readonly by?: Readonly<Record<string, number>>;
  readonly bySpecial?: Readonly<Record<string, number>>;
  readonly data?: readonly number[];
  readonly storage?: string;
}

/**
 * The vendor screen's file: its own words, illustrations by group id, data categories; vendors, Google's providers and
 * partners outside both lists.
 */
export interface VendorTexts {
  readonly words: Readonly<Record<string, string>>;
  readonly examples: Readonly<Record<string, readonly string[]>>;
  readonly data: Readonly<Record<string, string>>;
  readonly vendors: readonly VendorText[];
  readonly google: readonly (readonly [id: number, name: string, policy: string])[];
  readonly general: readonly (readonly [id: string, name: string, policy: string, text: string])[];
}
