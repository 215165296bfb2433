// The decision whether to ask follows the shared cases, where no profile and no TC string take part.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Facts, mustAsk } from '../../src/consent/banner.ts';
import { cases } from '../cases.ts';

interface Case {
  name: string;
  given: Partial<Facts> & { sync?: string; iab?: boolean };
  value: { show: boolean; code: number; reset: boolean };
}

const OURS = cases<Case>('banner.jsonl').filter(({ given }) => !given.iab && (!given.sync || given.ruleShows === false));
const NOTHING: Facts = { now: 0, ruleShows: true, consentedAt: null, expiresAt: null, reconsentAt: 0, holdsFor: null };

test('half of the shared cases concern a web page', () => assert.ok(OURS.length >= 8, String(OURS.length)));

for (const { name, given, value } of OURS)
  test(name, () => {
    const { show, reason, reset } = mustAsk({ ...NOTHING, ...given });
    assert.deepEqual({ show, code: reason, reset }, { show: value.show, code: value.code, reset: value.reset });
  });
