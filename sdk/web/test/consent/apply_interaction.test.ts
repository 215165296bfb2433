// Every press that a web page knows does what the shared cases say.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Choices, NO_CHOICES, recall } from '../../src/consent/choices.ts';
import { INTERACTIONS, type InteractionName } from '../../src/consent/interactions.ts';
import { applyInteraction } from '../../src/consent/apply_interaction.ts';
import type { Category } from '../../src/consent/site.ts';
import { aCategory, cases } from '../cases.ts';

interface Case {
  name: string;
  given: {
    categories: (Partial<Category> & { id: string; sdks?: string[] })[];
    vendors?: string[];
    now?: Partial<Choices>;
    interaction: string;
    rejectAll?: string;
    stated?: { bulk?: object; sdks?: object; groups?: Record<string, boolean> };
  };
  value: Partial<Choices>;
}

/** A web page has neither SDKs nor bulk statements, and no list of vendors with buttons of its own yet. */
const OURS = cases<Case>('press.jsonl').filter(
  ({ given }) => given.interaction in INTERACTIONS && !given.stated?.bulk && !given.categories.some(({ sdks }) => sdks),
);

test('most of the shared cases concern a web page', () => assert.ok(OURS.length >= 24, String(OURS.length)));

const asNumbers = (said: Record<string, boolean> = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(said).map(([id, yes]) => [id, yes ? 1 : 0]));

for (const { name, given, value } of OURS)
  test(name, () => {
    const site = { groups: given.categories.map((each) => aCategory(each.id, each)), vendors: given.vendors ?? [] };
    const [effect] = INTERACTIONS[given.interaction as InteractionName];
    const stated = Object.fromEntries(
      Object.entries(given.stated ?? {}).map(([part, said]) => [part, asNumbers(said as Record<string, boolean>)]),
    );
    const now = recall(site, { ...NO_CHOICES, ...given.now });
    const after = applyInteraction(site, now, effect, stated, given.rejectAll === 'LIInactive');
    assert.deepEqual({ ...after }, { ...after, ...value });
  });
