// A button is pressed: what becomes of the answers.
import type { Answers } from '../formats/optanon.ts';
import { type Asked, type Choices, couple, defaultChoices, lockedAnswers } from './choices.ts';
import type { Effect } from './interactions.ts';
import { membersOf } from './site.ts';

/** What was said, item by item; only what is here was said. */
export interface Stated {
  readonly groups?: Readonly<Answers>;
  readonly legitimate?: Readonly<Answers>;
  readonly vendors?: Readonly<Answers>;
}

/** The answers after the press. `objects`: refusing everything also objects to legitimate interest. */
export function pressed(site: Asked, now: Choices, effect: Effect, stated: Stated = {}, objects = false): Choices {
  switch (effect) {
    case 'grant':
      return sweep(site, now, 1, 1);
    case 'refuse':
      return sweep(site, now, 0, objects ? 0 : 1);
    case 'decline':
      return sweep(site, now, 0, null);
    case 'default':
      return defaultChoices(site);
    case 'state':
      return state(site, now, stated);
    case 'keep':
      return now;
  }
}

/** All answers set at once; `legitimate` null leaves legitimate interest as it is. */
function sweep(site: Asked, now: Choices, value: number, legitimate: number | null): Choices {
  const fixed = lockedAnswers(site);
  return {
    groups: { ...couple(site, { ...every(now.groups, value), ...fixed }), ...fixed },
    legitimate: legitimate === null ? now.legitimate : every(now.legitimate, legitimate),
    vendors: every(now.vendors, value),
  };
}

/** The stated answers over those that hold now; a stated parent speaks for those children that were not stated. */
function state(site: Asked, now: Choices, stated: Stated): Choices {
  const fixed = lockedAnswers(site);
  const groups = stated.groups ?? {};
  const spokenFor: Answers = {};
  for (const [parent, answer] of Object.entries(groups))
    for (const child of membersOf(site, parent)) spokenFor[child.id] = answer;
  const said = told(now.groups, { ...spokenFor, ...groups });
  return {
    groups: { ...couple(site, { ...said, ...fixed }), ...fixed },
    legitimate: told(now.legitimate, stated.legitimate),
    vendors: told(now.vendors, stated.vendors),
  };
}

/** Only keys that exist are answered. */
function told(now: Answers, said: Readonly<Answers> = {}): Answers {
  return Object.fromEntries(Object.entries(now).map(([id, value]) => [id, said[id] ?? value]));
}

function every(now: Answers, value: number): Answers {
  return Object.fromEntries(Object.keys(now).map((id) => [id, value]));
}
