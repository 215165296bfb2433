// A number of days reads as words in each of our languages, on the screen as on the server's pages.
import assert from 'node:assert/strict';
import test from 'node:test';
import words from '../../../../src/placet/api/web/words.json' with { type: 'json' };
import days from '../../../../src/placet/api/web/pages/days.json' with { type: 'json' };
import { inDays } from '../../src/ui/days.ts';

const LANGUAGES = Object.keys(words).filter((language) => language !== 'keys');
const TABLE = days as unknown as Readonly<Record<string, { texts: string[]; marks: string }>>;

test('no language has a bare "d"', () => {
  assert.equal(LANGUAGES.length, 43);
  for (const language of LANGUAGES) assert.doesNotMatch(inDays(400, language), /\d\s*d$/, language);
});

test('the server says what the browser says', () => {
  for (const language of LANGUAGES)
    for (const count of [1, 2, 3, 5, 11, 15, 21, 30, 90, 101, 103, 365, 400, 902]) {
      const row = TABLE[language];
      const text = row?.texts[Number(row.marks[count < 200 ? count : 100 + (count % 100)])]?.replace('{}', String(count));
      const latin = inDays(count, `${language}-u-nu-latn`);
      assert.equal(text, latin, language);
    }
});

test('some of them', () => {
  const said = ['de', 'fr', 'cs', 'mt', 'xx-invalid-tag-'].map((language) => inDays(3, language).replace(/\s/gu, ' '));
  assert.deepEqual(said, ['3 Tage', '3 jours', '3 dny', '3 jiem', '3 days']);
});
