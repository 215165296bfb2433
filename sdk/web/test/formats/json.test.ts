// JSON is written as the standard says, whatever a page has done to its own tools.
import assert from 'node:assert/strict';
import test from 'node:test';
import { writeJson } from '../../src/formats/json.ts';

const RECEIPT = {
  identifier: 'a "quoted" \\ name\n\u2028 \ud83d\ude00',
  purposes: [{ Id: 'p1', TransactionType: 'CONFIRMED' }, { Id: 'p2', TransactionType: 'OPT_OUT' }],
  test: false,
  count: 3,
  left: undefined,
  none: null,
  nested: { list: [[], [undefined, 1.5]], half: '\ud83d' },
};

test('what is written is what was meant', () => {
  const meant = JSON.parse(JSON.stringify(RECEIPT)) as unknown;
  assert.deepEqual(JSON.parse(writeJson(RECEIPT)), meant);
});

for (const kind of [Array, Object, String, Date, Number, Boolean] as const)
  test(`a page that gives every ${kind.name} a toJSON changes nothing`, () => {
    const usual = writeJson(RECEIPT);
    const prototype = kind.prototype as { toJSON?: unknown };
    const own = Object.getOwnPropertyDescriptor(prototype, 'toJSON');
    Object.defineProperty(prototype, 'toJSON', { value: () => 'broken', configurable: true, writable: true });
    try {
      assert.equal(writeJson(RECEIPT), usual);
    } finally {
      delete prototype.toJSON;
      if (own) Object.defineProperty(prototype, 'toJSON', own);
    }
  });

test('numbers that JSON does not know are null', () => assert.equal(writeJson([NaN, Infinity, -1]), '[null,null,-1]'));
