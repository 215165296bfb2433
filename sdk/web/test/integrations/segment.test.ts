// Which destinations an event may go to: the `integrations` object out of answers, list and mapping (segment.md §5).
import assert from 'node:assert/strict';
import test from 'node:test';
import { type SegmentOptions, consentPlugin, preferences, switches } from '../../src/integrations/segment.ts';
import type { Listed } from '../../src/integrations/segment_list.ts';
import { readAnswers } from '../../src/formats/optanon.ts';

const LISTED: Listed[] = [
  { name: 'Amplitude', creationName: 'Amplitude', category: 'Analytics' },
  { name: 'Pixel Demo', category: 'Advertising' },
  { name: 'Chat (shown)', creationName: 'Chat', category: 'Live Chat' },
];
const BOTH = 'C0002:1,C0004:1';

const ROWS: [why: string, text: string, options: SegmentOptions, made: Record<string, boolean>][] = [
  ['granted is on', BOTH, {}, { Amplitude: true, 'Pixel Demo': true }],
  ['refused is off', 'C0002:1,C0004:0', {}, { Amplitude: true, 'Pixel Demo': false }],
  ['nothing known is off', '', {}, { Amplitude: false, 'Pixel Demo': false }],
  ['nobody mapped it, closed', BOTH, { unmapped: 'off' }, { Amplitude: true, 'Pixel Demo': true, Chat: false, All: false }],
  ['several must all be on', 'C0002:1,C0004:0', { categories: { 'Live Chat': ['C0002', 'C0004'] } }, { Chat: false }],
  ['a single one by its other name', BOTH, { destinations: { 'Chat (shown)': 'C0004' }, categories: {} }, { 'Chat (shown)': true, Chat: true }],
  ['an id that only ends alike is another', 'XC0002:1', {}, { Amplitude: false, 'Pixel Demo': false }],
];

for (const [why, text, options, made] of ROWS)
  test(why, () => {
    const now = { text, answers: readAnswers(text), at: '' };
    assert.deepEqual(switches(options, LISTED, now), { ...made, 'Segment.io': true });
  });

test('without a list the fallback holds, and single destinations stay decided', () => {
  const now = { text: BOTH, answers: readAnswers(BOTH), at: '' };
  assert.deepEqual(switches({ destinations: { Chat: 'C0003' } }, null, now), { Chat: false, All: false, 'Segment.io': true });
  assert.deepEqual(switches({ fallback: true, segment: false }, null, now), { All: true, 'Segment.io': false });
});

test('answers become booleans', () =>
  assert.deepEqual(preferences({ text: '', answers: { C0001: 1, C0002: 0 }, at: '' }), { C0001: true, C0002: false }));

test('on a server an event is stamped as nobody’s', async () => {
  const stamped = await consentPlugin().track?.({ event: { context: { locale: 'en' } } });
  assert.deepEqual(stamped?.event.context, { locale: 'en', consent: { categoryPreferences: {} } });
});
