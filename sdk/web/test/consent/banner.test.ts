// Whether to ask follows the cases that the server runs too, where no profile and no TC string take part.
import assert from 'node:assert/strict';
import test from 'node:test';
import { DAY, holds } from '../../src/consent/banner.ts';
import { NOT_LANDING, begin } from '../../src/consent/visit.ts';
import { GROUPS, aSite, cases } from '../cases.ts';

interface Case {
  name: string;
  given: {
    now: number;
    ruleShows?: boolean;
    consentedAt?: number | null;
    expiresAt?: number | null;
    reconsentAt?: number;
    holdsFor?: number | null;
    sync?: string;
    iab?: boolean;
  };
  value: { show: boolean; code: number; reset: boolean };
}

const OURS = cases<Case>('banner.jsonl').filter(
  ({ given }) => !given.iab && !given.expiresAt && (!given.sync || given.ruleShows === false),
);
const YES = { C0001: 1, C0002: 1, C0004: 1 };

test('half of the shared cases concern a web page', () => assert.ok(OURS.length >= 8, String(OURS.length)));

for (const { name, given, value } of OURS)
  test(`${name}: ${value.show ? 'ask' : 'do not ask'}, ${value.reset ? 'and nothing' : 'and what'} was granted holds`, () => {
    const rule = { shows: given.ruleShows ?? true, reconsentAt: given.reconsentAt ?? 0, days: (given.holdsFor ?? 0) / DAY };
    const memory = { known: true, groups: YES, vendors: {}, closedAt: given.consentedAt ?? null, landing: NOT_LANDING, gpc: false };
    const visit = begin(aSite(GROUPS, rule), memory, { now: given.now, page: 'https://shop.test/', gpc: false });
    assert.deepEqual([visit.asks, visit.choices.groups['C0002']], [value.show, value.reset ? 0 : 1]);
  });

interface Answered {
  name: string;
  given: { now: number; at: number; holdsFor: number | null };
  value: boolean;
}

for (const { name, given, value } of cases<Answered>('answered.jsonl'))
  test(`does an answer count: ${name}`, () => assert.equal(holds(given.now, given.at, (given.holdsFor ?? 0) / DAY), value));
