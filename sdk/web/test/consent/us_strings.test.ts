// The page says of American opt-outs what the server says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Us } from '../../src/consent/site.ts';
import { usStrings } from '../../src/consent/us_strings.ts';
import { cases } from '../cases.ts';

interface Case {
  name: string;
  us: Us;
  groups: Record<string, number>;
  gpc: boolean;
  value: { gpp: string; usp: string };
}

for (const { name, us, groups, gpc, value } of cases<Case>('us.jsonl'))
  test(name, () => {
    const made = usStrings(us, groups, gpc);
    assert.deepEqual({ gpp: made.gpp, usp: made.usp }, value);
  });
