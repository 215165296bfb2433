// A person's answers, and what is left of them under a rule.
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

/** Groups nobody can switch, with the value they always have. */
export function lockedAnswers(site: Asked): Answers {
  return answersFor(site.groups.filter(locked), (category) =>
    consentable(category) ? defaultOf(category.status) : 1,
  );
}

/** What holds before the person speaks. `off` lists categories that a browser's signal keeps off. */
export function defaultChoices(site: Asked, off: readonly string[] = []): Choices {
  const fixed = lockedAnswers(site);
  const own = answersFor(site.groups, ({ id, status }) => fixed[id] ?? (off.includes(id) ? 0 : defaultOf(status)));
  const groups = answersFor(site.groups, ({ id }) => {
    const members = id in fixed ? [] : membersOf(site, id);
    return members.length ? least(members.map((member) => own[member.id] ?? 0)) : (own[id] ?? 0);
  });
  return {
    groups,
    legitimate: answersFor(
      site.groups.filter((category) => category.legitimate),
      () => 1,
    ),
    vendors: Object.fromEntries(site.vendors.map((id) => [id, vendorDefault(site, id, own)])),
  };
}

/** What a device remembers, read under this rule: locked stays locked, the unanswered has its default. */
export function recall(site: Asked, remembered: Choices, defaults: Choices = defaultChoices(site)): Choices {
  return {
    groups: { ...overlaid(defaults.groups, remembered.groups), ...lockedAnswers(site) },
    legitimate: overlaid(defaults.legitimate, remembered.legitimate),
    vendors: overlaid(defaults.vendors, remembered.vendors),
  };
}

/** The defaults, with the answers to those same questions laid over them. */
export function overlaid(defaults: Answers, answers: Readonly<Answers>): Answers {
  return Object.fromEntries(Object.entries(defaults).map(([id, value]) => [id, answers[id] ?? value]));
}

/** Parents made true to their children: on when every child that can be on is on. */
export function couple(site: Asked, groups: Answers): Answers {
  const fixed = lockedAnswers(site);
  const coupled = { ...groups };
  for (const { id } of site.groups) {
    const members = membersOf(site, id);
    if (id in fixed || !members.length) continue;
    const able = members.filter((member) => member.status !== 'always inactive');
    coupled[id] = able.length ? least(able.map((member) => coupled[member.id] ?? 0)) : 0;
  }
  return coupled;
}

/** True when two sets of answers say the same. */
export function same(one: Readonly<Answers>, other: Readonly<Answers>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

function vendorDefault(site: Asked, vendor: string, own: Answers): number {
  const linked = site.groups.filter((category) => category.vendors?.includes(vendor));
  return linked.length ? least(linked.map(({ id }) => own[id] ?? 0)) : 0;
}

function answersFor(categories: readonly Category[], answer: (category: Category) => number): Answers {
  return Object.fromEntries(categories.map((category) => [category.id, answer(category)]));
}

function least(values: number[]): number {
  return values.every((value) => value === 1) ? 1 : 0;
}
