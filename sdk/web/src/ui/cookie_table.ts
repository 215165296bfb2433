// The cookies of a category as a table.
import type { Cookie } from '../consent/site.ts';
import { inDays } from './days.ts';
import { h } from './dom.ts';
import { foreign } from './foreign.ts';

/** The table, or nothing when no cookies are listed. What names no host is set by the page's own. */
export function cookieTable(cookies: readonly Cookie[], words: Readonly<Record<string, string>>): HTMLElement | null {
  if (!cookies.length) return null;
  const heads = ['cookie', 'host', 'lifespan', 'purpose'].map((word) => h('th', { scope: 'col' }, words[word] ?? word));
  const rows = cookies.map(({ name, host, days, purpose, lang }) =>
    h('tr', {}, h('td', {}, name), h('td', {}, host || location.hostname), h('td', {}, h('bdi', {}, lifespan(days, words))), h('td', foreign(lang), purpose)),
  );
  return h('table', { class: 'ot-table' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
}

function lifespan(days: number, words: Readonly<Record<string, string>>): string {
  return days ? inDays(days, words['tag']) : (words['session'] ?? '');
}
