// The OptanonConsent cookie is read and written as the shared cases say.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readAnswers, readOptanon, writeAnswers, writeOptanon } from '../../src/formats/optanon.ts';
import { cases } from '../cases.ts';

interface Case {
  id: string;
  why: string;
  cookie: string;
  text: string;
  invalid?: boolean;
  canonical?: boolean;
  values?: Record<string, string>;
  groups?: Record<string, boolean>;
}

const VALID = cases<Case>('optanon.jsonl').filter((each) => each.cookie === 'OptanonConsent' && each.values);

for (const { id, why, text, values, groups } of VALID) {
  test(`${id} is read: ${why}`, () => assert.deepEqual(Object.fromEntries(readOptanon(text)), values));

  test(`${id} is written so that it reads the same`, () =>
    assert.deepEqual(readOptanon(writeOptanon(readOptanon(text))), readOptanon(text)));

  if (groups)
    test(`${id}: the groups`, () => {
      const numbers = Object.fromEntries(Object.entries(groups).map(([group, on]) => [group, on ? 1 : 0]));
      assert.deepEqual(readAnswers(values?.['groups']), numbers);
    });
}

test('the sample of the specification is written byte for byte', () => {
  const sample = VALID.find(({ id }) => id === 'o001');
  assert.equal(writeOptanon(readOptanon(sample?.text ?? '')), sample?.text);
});

test('answers go to text and back', () => {
  assert.equal(writeAnswers({ C0001: 1, C0002: 0 }), 'C0001:1,C0002:0');
  assert.deepEqual(readAnswers('C0001:1,,broken,C0002:2,V1:0,'), { C0001: 1, V1: 0 });
});
