// Identifiers are random UUIDs of version 4.
import assert from 'node:assert/strict';
import test from 'node:test';
import { uuid } from '../../src/formats/uuid.ts';

test('the version and variant stand where they should', () => {
  assert.equal(
    uuid((bytes) => bytes.fill(0xff)),
    'ffffffff-ffff-4fff-bfff-ffffffffffff',
  );
});
