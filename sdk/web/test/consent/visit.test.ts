// A page begins: memory, landing page, signals and re-consent.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Browser, type Memory, NOT_LANDING, activeIds, begin } from '../../src/consent/visit.ts';
import { GROUPS, aCategory, aSite } from '../cases.ts';

const NOW = 1_795_000_000_000;
const NOBODY: Memory = { known: false, groups: {}, vendors: {}, closedAt: null, landing: '', gpc: false };
const KNOWN: Memory = {
  known: true,
  groups: { C0001: 1, C0002: 1, C0004: 1 },
  vendors: {},
  closedAt: NOW - 1000,
  landing: NOT_LANDING,
  gpc: false,
};
const HERE: Browser = { now: NOW, page: 'https://shop.test/a', gpc: false };
const IMPLIED = [aCategory('C0001', { status: 'always active' }), aCategory('C0002', { status: 'inactive landingpage' })];

test('nobody is known: the defaults hold and the banner asks', () => {
  const visit = begin(aSite(), NOBODY, HERE);
  assert.deepEqual(visit.choices.groups, { C0001: 1, C0002: 0, C0004: 0 });
  assert.equal(visit.asks, true);
  assert.equal(visit.landing, HERE.page);
});

test('somebody who answered is not asked again', () => {
  const visit = begin(aSite(), KNOWN, HERE);
  assert.deepEqual([visit.asks, activeIds(aSite(), visit.choices)], [false, ['C0001', 'C0002', 'C0004']]);
});

test('an answer without its answers is no answer', () => {
  assert.equal(begin(aSite(), { ...KNOWN, known: false, groups: {} }, HERE).asks, true);
});

test('a new category has its default, a vanished one is gone, and listeners hear of it', () => {
  const site = aSite([...GROUPS, aCategory('C0009')]);
  const visit = begin(site, { ...KNOWN, groups: { ...KNOWN.groups, C0007: 1 } }, HERE);
  assert.deepEqual(visit.choices.groups, { C0001: 1, C0002: 1, C0004: 1, C0009: 0 });
  assert.equal(visit.changed, true);
});

test('re-consent is asked for only beyond the recorded landing page', () => {
  const site = aSite(GROUPS, { reconsentAt: NOW - 500 });
  assert.equal(begin(site, { ...KNOWN, landing: HERE.page }, HERE).asks, false);
  assert.equal(begin(site, KNOWN, HERE).asks, true);
});

test('a choice that has run out is asked for again', () => {
  assert.equal(begin(aSite(GROUPS, { days: 1 }), { ...KNOWN, closedAt: NOW - 86_400_000 }, HERE).asks, true);
});

test('implied consent is given by leaving the landing page', () => {
  const site = aSite(IMPLIED);
  const first = begin(site, NOBODY, HERE);
  assert.deepEqual([first.choices.groups['C0002'], first.asks], [0, true]);
  const memory = { ...NOBODY, known: true, groups: first.choices.groups, landing: first.landing };
  const second = begin(site, memory, { ...HERE, page: 'https://shop.test/b' });
  assert.deepEqual([second.choices.groups['C0002'], second.asks, second.closedAt], [1, false, NOW]);
});

test('a signal that came on takes back what it covers, once', () => {
  const signal = { ...HERE, gpc: true };
  const first = begin(aSite(), KNOWN, signal);
  assert.deepEqual([first.choices.groups['C0004'], first.gpcWithdrew, first.closedAt], [0, true, NOW]);
  const agreed = begin(aSite(), { ...KNOWN, gpc: true }, signal);
  assert.deepEqual([agreed.choices.groups['C0004'], agreed.gpcWithdrew], [1, false]);
});

test('on a first visit the signal keeps off what would be on', () => {
  const site = aSite([aCategory('C0004', { status: 'active', gpc: true })]);
  const visit = begin(site, NOBODY, { ...HERE, gpc: true });
  assert.deepEqual([visit.choices.groups['C0004'], visit.gpcWithdrew, visit.gpc], [0, false, true]);
});

test('IAB purposes do not stand among the active groups', () => {
  const site = aSite([aCategory('IAB2V2_1', { kind: 'IAB2V2_PURPOSE' }), aCategory('V2STACK42', { kind: 'IAB2V2_STACK' })]);
  const choices = { groups: { IAB2V2_1: 1, V2STACK42: 1 }, legitimate: {}, vendors: { V1: 1, V2: 0 } };
  assert.deepEqual(activeIds(site, choices), ['V2STACK42', 'V1']);
});

const OLD = NOW - 200 * 86_400_000;
const NINETY = { days: 90 };

test('an answer that has run out grants nothing: categories are off, and the person is asked', () => {
  const visit = begin(aSite(GROUPS, NINETY), { ...KNOWN, closedAt: OLD }, HERE);
  assert.deepEqual([visit.choices.groups, visit.closedAt, visit.asks], [{ C0001: 1, C0002: 0, C0004: 0 }, null, true]);
});

test('an answer from the future counts as run out', () => {
  const visit = begin(aSite(), { ...KNOWN, closedAt: NOW + 3 * 86_400_000 }, HERE);
  assert.deepEqual([visit.choices.groups, visit.closedAt, visit.asks], [{ C0001: 1, C0002: 0, C0004: 0 }, null, true]);
});

test('an answer that has run out grants nothing where the rule shows no banner either', () => {
  const visit = begin(aSite(GROUPS, { ...NINETY, shows: false }), { ...KNOWN, closedAt: OLD }, HERE);
  assert.deepEqual([visit.choices.groups, visit.asks], [{ C0001: 1, C0002: 0, C0004: 0 }, false]);
});

test('a refusal that has run out stays a refusal where categories are on by default', () => {
  const site = aSite([aCategory('C0002', { status: 'active' }), aCategory('C0004', { status: 'active' })], NINETY);
  const visit = begin(site, { ...KNOWN, groups: { C0002: 0, C0004: 1 }, closedAt: OLD }, HERE);
  assert.deepEqual([visit.choices.groups, visit.asks], [{ C0002: 0, C0004: 1 }, true]);
});

test('an answer whose closing cookie has gone with its time has run out all the same', () => {
  const visit = begin(aSite(GROUPS, NINETY), { ...KNOWN, closedAt: null, answeredAt: OLD }, HERE);
  assert.deepEqual([visit.choices.groups, visit.asks], [{ C0001: 1, C0002: 0, C0004: 0 }, true]);
  const deleted = begin(aSite(GROUPS, NINETY), { ...KNOWN, closedAt: null, answeredAt: NOW - 1000 }, HERE);
  assert.deepEqual([deleted.choices.groups, deleted.asks], [KNOWN.groups, true]);
});

test('an answer from before a call for new ones grants nothing beyond the landing page', () => {
  const visit = begin(aSite(GROUPS, { reconsentAt: NOW - 500 }), KNOWN, HERE);
  assert.deepEqual([visit.choices.groups, visit.asks], [{ C0001: 1, C0002: 0, C0004: 0 }, true]);
});

test('a signal does not renew an answer that has run out', () => {
  const site = aSite([aCategory('C0004', { status: 'active', gpc: true })], NINETY);
  const visit = begin(site, { ...KNOWN, groups: { C0004: 1 }, closedAt: OLD }, { ...HERE, gpc: true });
  assert.deepEqual([visit.choices.groups, visit.closedAt, visit.asks], [{ C0004: 0 }, null, true]);
});

test('a landing page with a long address is recognised, and not taken for a page beyond it', () => {
  const page = `https://shop.test/${'a'.repeat(4200)}`;
  const first = begin(aSite(IMPLIED), NOBODY, { ...HERE, page });
  assert.equal(first.landing.length, 512);
  for (const landing of [first.landing, page])
    assert.equal(begin(aSite(IMPLIED), { ...NOBODY, known: true, landing }, { ...HERE, page }).onLanding, true);
});
