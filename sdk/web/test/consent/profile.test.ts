// Two memories of one person become one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Standing, asksForMore, joinProfile } from '../../src/consent/profile.ts';
import type { Category, Site, Status } from '../../src/consent/site.ts';

const category = (id: string, status: Status = 'inactive', more: Partial<Category> = {}): Category => ({
  id,
  purpose: `P-${id}`,
  name: id,
  description: [],
  status,
  kind: 'COOKIE',
  parent: '',
  gpc: false,
  ...more,
});
const SITE: Pick<Site, 'groups'> = {
  groups: [
    category('C1', 'always active'),
    category('C2'),
    category('B', 'inactive', { kind: 'BRANCH' }),
    category('C3', 'inactive', { parent: 'B' }),
    category('I1', 'inactive', { kind: 'IAB2V2_PURPOSE' }),
  ],
};
const NOBODY = { groups: {}, closedAt: null };
const standing = (id: string, status: string, at = 0): Standing => ({ id: `p-${id.toLowerCase()}`, status, at });
const PROFILE = [standing('c1', 'ALWAYS_ACTIVE'), standing('c2', 'ACTIVE', 50), standing('c3', 'OPT_OUT', 60)];

test('a complete profile answers everything, since its last answer', () => {
  const joined = joinProfile(SITE, NOBODY, PROFILE, false);
  assert.deepEqual(joined, { groups: { C2: 1, C3: 0 }, closedAt: 60, bring: false });
});

test('an open purpose is asked', () => {
  for (const open of [standing('c3', 'NO_CONSENT'), standing('other', 'ACTIVE', 5), standing('c3', 'SOMETHING_NEW', 5)]) {
    const joined = joinProfile(SITE, { groups: { C2: 0, C3: 1 }, closedAt: 90 }, [standing('c2', 'ACTIVE', 50), open], false);
    assert.deepEqual(joined, { groups: { C2: 1 }, closedAt: null, bring: false });
  }
});

for (const status of ['EXPIRED', 'OPT_OUT', 'PENDING', 'WITHDRAWN', 'HARD_OPT_OUT'])
  test(`${status} is no`, () => {
    assert.equal(joinProfile(SITE, NOBODY, [standing('c2', status, 1)], false).groups['C2'], 0);
  });

test('a profile without a real answer is none: the device brings its own', () => {
  const device = { groups: { C2: 1, C3: 1 }, closedAt: 10 };
  for (const profile of [[], [standing('c1', 'ALWAYS_ACTIVE'), standing('c2', 'NO_CONSENT')]])
    assert.deepEqual(joinProfile(SITE, device, profile, false), { ...device, bring: true });
  assert.equal(joinProfile(SITE, NOBODY, [], false).bring, false);
});

test('with the toggle the newer answer holds, category by category', () => {
  const device = { groups: { C2: 0, C3: 1, I1: 1 }, closedAt: 55 };
  const joined = joinProfile(SITE, device, PROFILE, true);
  assert.deepEqual(joined, { groups: { I1: 1, C2: 0, C3: 0 }, closedAt: 60, bring: true });
  assert.equal(joinProfile(SITE, { groups: { C2: 1, C3: 0 }, closedAt: 99 }, PROFILE, true).bring, false);
});

test('a site of a group asks again when a category is new to this device', () => {
  const profiles = { url: '', tenant: '', group: '', newest: false };
  const rows: readonly [Record<string, number>, Pick<Site, 'groups' | 'profiles'>, boolean][] = [
    [{ C2: 1 }, { ...SITE, profiles }, true],
    [{ C2: 1, C3: 0 }, { ...SITE, profiles }, false], // what is locked, a bundle or the IAB's is no question of its own
    [{ C2: 1 }, SITE, false],
  ];
  for (const [known, site, again] of rows) assert.equal(asksForMore(site, known), again);
});
