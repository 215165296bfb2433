// The effect of an interaction on each purpose, in receipt form (web-sdk.md §11).
import type { Choices } from './choices.ts';
import type { Effect, InteractionName } from './interactions.ts';
import { type Category, type Site, consentable, defaultOf, membersOf } from './site.ts';

export type Transaction = 'NO_CHOICE' | 'NOTGIVEN' | 'CONFIRMED' | 'OPT_OUT';

/** What happened to one category; the first line that fits answers. */
export function transaction(category: Category, value: number, effect: Effect): Transaction {
  const { status } = category;
  if (!consentable(category) || status === 'always active') return 'NO_CHOICE';
  if (status === 'always inactive' || effect === 'keep') return 'NOTGIVEN';
  if ((effect === 'default' || effect === 'decline') && !defaultOf(status)) return 'NOTGIVEN';
  return value ? 'CONFIRMED' : 'OPT_OUT';
}

/** One entry for each category that has its own answer. */
export function entries(
  site: Pick<Site, 'groups'>,
  choices: Choices,
  effect: Effect,
): { Id: string; TransactionType: Transaction }[] {
  return site.groups
    .filter((category) => !membersOf(site, category.id).length)
    .map((category) => ({
      Id: category.purpose,
      TransactionType: transaction(category, choices.groups[category.id] ?? 0, effect),
    }));
}

const SOURCES = { BANNER: 'Banner', PREFERENCE_CENTER: 'Preference Center', API: 'API' };
const ACTIONS = {
  ALLOW_ALL: 'Allow All',
  REJECT_ALL: 'Reject All',
  CLOSE: 'Close',
  CONTINUE_WITHOUT_ACCEPTING: 'Continue without Accepting',
  CONFIRM: 'Confirm',
};

/** The name of a press in receipts: `Banner - Allow All`. */
export function recordOf(name: InteractionName): string {
  if (name === 'GPC_CHANGED') return 'GPC value changed';
  const source = Object.keys(SOURCES).find((each) => name.startsWith(each)) as keyof typeof SOURCES;
  const action = name.slice(source.length + 1) as keyof typeof ACTIONS;
  return `${SOURCES[source]} - ${ACTIONS[action]}`;
}
