// What a receipt says happened to a purpose (web-sdk.md §11).
import assert from 'node:assert/strict';
import test from 'node:test';
import { entries, recordOf, transaction } from '../../src/consent/receipt.ts';
import type { Status } from '../../src/consent/site.ts';
import { aCategory } from '../cases.ts';

const ROWS: [Status, number, 'grant' | 'refuse' | 'default' | 'decline', string][] = [
  ['always active', 1, 'refuse', 'NO_CHOICE'],
  ['always inactive', 0, 'grant', 'NOTGIVEN'],
  ['inactive', 0, 'default', 'NOTGIVEN'],
  ['inactive', 0, 'decline', 'NOTGIVEN'],
  ['active', 1, 'default', 'CONFIRMED'],
  ['inactive', 0, 'refuse', 'OPT_OUT'],
  ['inactive', 1, 'grant', 'CONFIRMED'],
];

for (const [status, value, effect, told] of ROWS)
  test(`${status}, ${value} after ${effect} is ${told}`, () =>
    assert.equal(transaction(aCategory('C1', { status }), value, effect), told));

test('a bundle has no entry of its own', () => {
  const groups = [aCategory('BG'), aCategory('A', { parent: 'BG' })];
  const choices = { groups: { BG: 1, A: 1 }, legitimate: {}, vendors: {} };
  assert.deepEqual(entries({ groups }, choices, 'grant'), [{ Id: 'p-A', TransactionType: 'CONFIRMED' }]);
});

test('a press goes by the name the server knows', () => {
  assert.equal(recordOf('BANNER_ALLOW_ALL'), 'Banner - Allow All');
  assert.equal(recordOf('PREFERENCE_CENTER_CONFIRM'), 'Preference Center - Confirm');
  assert.equal(recordOf('BANNER_CONTINUE_WITHOUT_ACCEPTING'), 'Banner - Continue without Accepting');
  assert.equal(recordOf('API_CLOSE'), 'API - Close');
  assert.equal(recordOf('GPC_CHANGED'), 'GPC value changed');
});
