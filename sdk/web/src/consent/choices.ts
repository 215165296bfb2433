// A person's answers, and their effect under a rule.
import type { Answers } from '../formats/optanon.ts';
import { type Category, type Site, consentable, defaultOf, locked, membersOf } from './site.ts';

/** Answers as they stand: by group id (consent; legitimate interest not objected to) and by general vendor id. */
export interface Choices {
  readonly groups: Answers;
  readonly legitimate: Answers;
  readonly vendors: Answers;
}

export const NO_CHOICES: Choices = { groups: {}, legitimate: {}, vendors: {} };

/** What a choice is made about: the part of a site that decisions read. */
export type Asked = Pick<Site, 'groups' | 'vendors'>;

/** Groups that cannot be switched, with their fixed value. */
export function lockedAnswers(site: Asked): Answers {
  return answersFor(site.groups.filter(locked), (category) =>
    consentable(category) ? defaultOf(category.status) : 1,
  );
}

/** What holds before the person speaks. `told` says it for some categories: a browser's signal, a page beyond the first. */
export function defaultChoices(site: Asked, told: Readonly<Answers> = {}): Choices {
  const groups = couple(
    site,
    answersFor(site.groups, ({ id, status }) => told[id] ?? defaultOf(status)),
  );
  const weighed = site.groups.filter(({ legitimate, status }) => legitimate && status !== 'always inactive');
  return { groups, legitimate: answersFor(weighed, () => 1), vendors: vendorsUnder(site, groups) };
}

/** What a device remembers, read under this rule: locked stays locked, the unanswered has its default. */
export function recall(site: Asked, remembered: Choices, defaults: Choices = defaultChoices(site)): Choices {
  const groups = couple(site, overlaid(defaults.groups, remembered.groups));
  return {
    groups,
    legitimate: overlaid(defaults.legitimate, remembered.legitimate),
    vendors: vendorsUnder(site, groups, remembered.vendors),
  };
}

/** The defaults, with the answers to those same questions laid over them. */
export function overlaid(defaults: Answers, answers: Readonly<Answers> = {}): Answers {
  return mapped(defaults, (value, id) => answers[id] ?? value);
}

/** What is locked put back, then parents made true to their children: on when every child that can be on is on. */
export function couple(site: Asked, groups: Answers): Answers {
  const fixed = lockedAnswers(site);
  const coupled = { ...groups, ...fixed };
  for (const { id } of site.groups) {
    const members = membersOf(site, id);
    if (id in fixed || !members.length) continue;
    const able = members.filter(({ status }) => status !== 'always inactive');
    coupled[id] = least(able.map((member) => coupled[member.id]));
  }
  return coupled;
}

/** Every general vendor: its own answer, else on when all its categories are on; locked when they all are. */
export function vendorsUnder(site: Asked, groups: Answers, own: Readonly<Answers> = {}): Answers {
  return Object.fromEntries(
    site.vendors.map((vendor) => {
      const linked = linkedTo(site, vendor);
      const answer = linked.length && linked.every(locked) ? undefined : own[vendor];
      return [vendor, answer ?? least(linked.map(({ id }) => groups[id]))];
    }),
  );
}

/** The categories a general vendor works for. */
export function linkedTo(site: Asked, vendor: string): Category[] {
  return site.groups.filter(({ vendors }) => vendors?.includes(vendor));
}

/** True when two sets of answers say the same. */
export function same(one: Readonly<Answers>, other: Readonly<Answers>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** The same questions, answered anew. */
export function mapped(answers: Readonly<Answers>, answer: (value: number, id: string) => number): Answers {
  return Object.fromEntries(Object.entries(answers).map(([id, value]) => [id, answer(value, id)]));
}

function answersFor(categories: readonly Category[], answer: (category: Category) => number): Answers {
  return Object.fromEntries(categories.map((category) => [category.id, answer(category)]));
}

/** 1 when there are answers and all of them are yes. */
function least(values: (number | undefined)[]): number {
  return values.length && values.every(Boolean) ? 1 : 0;
}
