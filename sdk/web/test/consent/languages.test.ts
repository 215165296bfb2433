import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/consent/languages.ts';
import { cases } from '../cases.ts';

interface Case {
  readonly name: string;
  readonly given: { readonly wanted: string; readonly published: readonly string[] };
  readonly value: string | null;
}

for (const { name, given, value } of cases<Case>('languages.jsonl'))
  test(name, () => assert.equal(nearest(given.wanted, given.published), value));
