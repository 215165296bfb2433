// The answers after an interaction.
import type { Answers } from '../formats/optanon.ts';
import { type Asked, type Choices, couple, defaultChoices, linkedTo, mapped, overlaid, vendorsUnder } from './choices.ts';
import type { Effect } from './interactions.ts';
import { membersOf } from './site.ts';
import type { StatedVendors } from './vendors.ts';

/** What was said, item by item; only what is here was said. */
export interface StatedChoices {
  readonly groups?: Readonly<Answers>;
  readonly legitimate?: Readonly<Answers>;
  readonly vendors?: Readonly<Answers>;
  readonly iab?: StatedVendors;
}

/** The answers after the press. `objects`: refusing everything also objects to legitimate interest. */
export function applyInteraction(site: Asked, now: Choices, effect: Effect, stated: StatedChoices = {}, objects = false): Choices {
  switch (effect) {
    case 'grant':
      return sweep(site, now, 1, 1);
    case 'refuse':
      return sweep(site, now, 0, objects ? 0 : null);
    case 'decline':
      return sweep(site, now, 0, null);
    case 'default':
      return stricter(site, now, defaultChoices(site));
    case 'state':
      return state(site, now, stated);
    case 'keep':
      return now;
  }
}

/** All answers set at once; `legitimate` null leaves it as it is: refusing more must not withdraw an objection. */
function sweep(site: Asked, now: Choices, value: number, legitimate: number | null): Choices {
  const all = (answers: Answers): Answers => mapped(answers, () => value);
  const groups = couple(site, all(now.groups));
  return {
    groups,
    legitimate: legitimate === null ? now.legitimate : mapped(now.legitimate, () => legitimate),
    vendors: vendorsUnder(site, groups, all(now.vendors)),
  };
}

/** Only what both allow: closing a banner records the defaults, but takes back no refusal given before. */
function stricter(site: Asked, one: Choices, other: Choices): Choices {
  const both = (a: Answers, b: Answers): Answers => mapped(a, (value, id) => value & (b[id] ?? 0));
  return {
    groups: couple(site, both(one.groups, other.groups)),
    legitimate: both(one.legitimate, other.legitimate),
    vendors: both(one.vendors, other.vendors),
  };
}

/** The stated answers over those that hold now; vendors follow the categories that were spoken of. */
function state(site: Asked, now: Choices, stated: StatedChoices): Choices {
  const said = spoken(site, stated.groups ?? {});
  const groups = couple(site, overlaid(now.groups, said));
  const touched = (id: string): boolean => id in said || groups[id] !== now.groups[id];
  const kept = Object.entries(now.vendors).filter(([vendor]) => !linkedTo(site, vendor).some(({ id }) => touched(id)));
  return {
    groups,
    legitimate: overlaid(now.legitimate, stated.legitimate),
    vendors: vendorsUnder(site, groups, { ...Object.fromEntries(kept), ...stated.vendors }),
  };
}

/** The stated categories; a parent speaks for its children when none of them was stated. */
function spoken(site: Asked, groups: Readonly<Answers>): Answers {
  const said = { ...groups };
  for (const [parent, answer] of Object.entries(groups)) {
    const members = membersOf(site, parent);
    if (!members.some(({ id }) => id in groups)) for (const { id } of members) said[id] = answer;
  }
  return said;
}
