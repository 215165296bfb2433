// The page makes of a press what the server makes of it: vendors, TC string, AC string.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Choices } from '../../src/consent/choices.ts';
import { compose } from '../../src/consent/compose.ts';
import type { Effect } from '../../src/consent/interactions.ts';
import type { Category, Iab } from '../../src/consent/site.ts';
import { type RulesFile, type VendorChoices, afterPress, bitText, everyone, generalAfter, readRefused, readRules, refusedAfter, singledOut, writeRefused } from '../../src/consent/vendors.ts';
import * as additional from '../../src/formats/additional.ts';
import type { Ids } from '../../src/formats/bits.ts';
import * as tcf from '../../src/formats/tcf.ts';
import { cases } from '../cases.ts';

type Lists = Record<keyof VendorChoices, number[]>;

interface Case {
  name: string;
  rules: RulesFile;
  iab: Iab;
  language: string;
  groups: Category[];
  now: number;
  effect: Effect;
  objects: boolean;
  held: Lists | null;
  said: Pick<Choices, 'groups' | 'legitimate'>;
  stated: Record<string, Record<string, boolean>>;
  choices: Choices;
  value: Lists & { tc: string; ac: string };
}

const list = (ids: Ids): number[] => [...ids].sort((a, b) => a - b);
const said = (stated: Record<string, boolean> = {}): ReadonlyMap<number, boolean> =>
  new Map(Object.entries(stated).map(([id, answer]) => [Number(id), answer]));
const sets = ({ consents, interests, google }: Lists): VendorChoices => ({
  consents: new Set(consents),
  interests: new Set(interests),
  google: new Set(google),
});

/** A restriction may span ids of nobody; the page, which knows only whom it shows, does not bridge them. */
function shown(tc: tcf.TcString, disclosed: Ids): tcf.TcString {
  const narrowed = tc.restrictions.map((each) => ({
    ...each,
    vendors: new Set(list(each.vendors).filter((id) => disclosed.has(id))),
  }));
  return { ...tc, restrictions: narrowed };
}

for (const row of cases<Case>('vendors.jsonl'))
  test(row.name, () => {
    const rules = readRules(row.rules);
    const stated = {
      consents: said(row.stated['iab_vendors']),
      interests: said(row.stated['iab_vendors_legitimate']),
      google: said(row.stated['google_vendors']),
    };
    const held = row.held && { ...sets(row.held), said: row.said };
    const vendors = afterPress(rules, row.effect, stated, held, row.choices, row.objects);
    for (const name of ['consents', 'interests', 'google'] as const)
      assert.deepEqual(list(vendors[name]), row.value[name], name);
    const asking = { iab: row.iab, language: row.language, groups: row.groups };
    const tc = compose(rules, asking, row.choices, vendors, row.now);
    assert.deepEqual(tcf.decode(tcf.encode(tc)), tc);
    const wanted = tcf.decode(row.value.tc);
    assert.deepEqual(shown(tc, everyone(rules)), shown(wanted, everyone(rules)));
    if (!wanted.restrictions.length) assert.equal(tcf.encode(tc), row.value.tc);
    if (!row.value.ac) return;
    const disclosed = list(rules.google).filter((id) => !vendors.google.has(id));
    assert.equal(additional.encode({ consented: list(vendors.google), disclosed }), row.value.ac);
  });

const SITE = {
  groups: [
    { id: 'C2', status: 'inactive', kind: 'COOKIE', parent: '', vendors: ['V1'] },
    { id: 'C4', status: 'inactive', kind: 'COOKIE', parent: '', vendors: ['V1', 'V2'] },
  ] as unknown as Category[],
  vendors: ['H0000000001', 'V1', 'V2', 'V3'],
};

for (const [name, before, groups, stated, after] of [
  ['a partner comes with its categories', {}, { C2: 1, C4: 1 }, [], { V1: 1, V2: 1, V3: 0 }],
  ['and stays away with any of them', {}, { C2: 0, C4: 1 }, [], { V1: 0, V2: 1, V3: 0 }],
  ['one that was refused alone stays refused', { C4: 1 }, { C4: 1 }, [], { V1: 0, V2: 0, V3: 0 }],
  ['until its category is answered anew', { C4: 1 }, { C4: 0 }, [], { V1: 0, V2: 0, V3: 0 }],
  ['what is said of it alone holds', {}, { C4: 0 }, [['V2', true], ['V3', true]], { V1: 0, V2: 1, V3: 1 }],
  ['a refusal of one alone, too', {}, { C2: 1, C4: 1 }, [['V1', false]], { V1: 0, V2: 1, V3: 0 }],
] as [string, Record<string, number>, Record<string, number>, [string, boolean][], Record<string, number>][])
  test(`partners outside the lists: ${name}`, () => {
    const was = { groups: { C2: 0, C4: 0, ...before }, legitimate: {}, vendors: { V1: 0, V2: 0, V3: 0 } };
    assert.deepEqual(generalAfter(SITE, was, groups, new Map(stated)), after);
  });

test('vendors as digits, the first one being vendor 1', () => {
  assert.equal(bitText(new Set([2, 5])), '01001');
  assert.equal(bitText(new Set()), '');
});

const NOBODY = { consents: new Set<number>(), interests: new Set<number>(), google: new Set<number>() };
const [FIRST] = cases<Case>('vendors.jsonl');

test('who was refused while the purposes were off stays refused when they come on', () => {
  assert.ok(FIRST);
  const rules = readRules(FIRST.rules);
  const on: Choices = { groups: { IAB2V2_1: 1 }, legitimate: {}, vendors: {} };
  const none = { ...NOBODY, said: { groups: { IAB2V2_1: 0 }, legitimate: {} } };
  const stated = { consents: new Map([[8, false]]), google: new Map([[89, false]]) };
  const refused = refusedAfter('state', NOBODY, stated);
  for (const held of [null, none]) {
    const { consents, google } = afterPress(rules, 'state', {}, held, on, false, readRefused(writeRefused(refused)));
    assert.deepEqual([list(consents), list(google)], [[2, 25, 755], [108]]);
  }
});

test('a refusal outlives "reject all", and ends with a yes to this vendor or to everybody', () => {
  const refused = refusedAfter('state', NOBODY, { interests: new Map([[8, false], [755, false]]) });
  const after = (effect: Effect, stated = {}): number[] => list(refusedAfter(effect, refused, stated).interests);
  assert.deepEqual([after('refuse'), after('decline'), after('state'), after('grant')], [[8, 755], [8, 755], [8, 755], []]);
  assert.deepEqual(after('state', { interests: new Map([[755, true]]) }), [8]);
});

test('refusals are written as they are read', () => {
  assert.equal(writeRefused(NOBODY), '');
  const some = { consents: new Set([2, 8]), interests: new Set<number>(), google: new Set([89]) };
  assert.equal(writeRefused(some), 'c2_8.g89');
  assert.deepEqual([readRefused('c2_8.g89'), readRefused('')], [some, NOBODY]);
});

test('vendors that were all refused singly stay refused', () => {
  assert.ok(FIRST);
  const rules = readRules(FIRST.rules);
  const on = { IAB2V2_1: 1, IAB2V2_2: 1 };
  const held = { ...NOBODY, said: { groups: { IAB2V2_1: 1 }, legitimate: {} } };
  const { consents, google } = singledOut(rules, held, { groups: on, legitimate: {}, vendors: {} });
  assert.deepEqual([list(consents), list(google)], [[], []]);
});
