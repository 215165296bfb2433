// Meta hears of limited data use in its own words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metaOptions } from '../../src/formats/meta.ts';
import { cases } from '../cases.ts';

interface Case {
  id: string;
  kind: string;
  given: { limited: boolean; region: string };
  wanted: unknown[];
}

for (const { id, given, wanted } of cases<Case>('signals.jsonl').filter(({ kind }) => kind === 'meta'))
  test(`${id}: limited data use`, () => assert.deepEqual(metaOptions(given.limited, given.region), wanted));
