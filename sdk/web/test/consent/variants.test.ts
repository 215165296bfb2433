// A notice on trial is drawn once and kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Site } from '../../src/consent/site.ts';
import { drawn, withVariant } from '../../src/consent/variants.ts';

const VARIANTS = [
  { id: 'a', share: 30, site: { layout: 'corner' } },
  { id: 'b', share: 20, site: { layout: 'top' } },
] as const;

test('the dice fall as the shares say', () => {
  for (const [dice, id] of [
    [0, 'a'],
    [0.299, 'a'],
    [0.3, 'b'],
    [0.499, 'b'],
    [0.5, 'own'],
    [0.999, 'own'],
  ] as const)
    assert.equal(drawn(VARIANTS, '', dice), id);
});

test('what was drawn is kept for as long as it is on trial', () => {
  assert.equal(drawn(VARIANTS, 'b', 0), 'b');
  assert.equal(drawn(VARIANTS, 'own', 0), 'own');
  assert.equal(drawn(VARIANTS, 'gone', 0), 'a');
});

test('a variant changes what it names, and nothing is left to draw', () => {
  const site = { layout: 'bottom', rtl: false, variants: VARIANTS } as unknown as Site;
  assert.deepEqual(withVariant(site, 'b'), { layout: 'top', rtl: false, variant: 'b' });
  assert.deepEqual(withVariant(site, 'own'), { layout: 'bottom', rtl: false, variant: 'own' });
});
