// Writes the cookie list into the page's cookie policy (web-sdk.md §1.4).
import type { Site } from '../consent/site.ts';
import { cookieTable } from './cookie_table.ts';
import { h, rich } from './dom.ts';
import { foreign } from './foreign.ts';

const PLACES = '#ot-sdk-cookie-policy,#ot-sdk-cookie-policy-v2,#optanon-cookie-policy';

/** Fills every place the page has for the list; `again` replaces what stands there. */
export function fillPolicy(site: Site, again = false): void {
  const dir = site.rtl ? 'rtl' : 'ltr';
  for (const place of document.querySelectorAll(PLACES)) {
    if (place.childElementCount && !again) continue;
    place.replaceChildren(
      ...site.groups.map((category) =>
        h(
          'section',
          { class: 'ot-sdk-cookie-policy-group', 'data-optanongroupid': category.id, lang: site.language, dir },
          h('h3', { class: 'ot-sdk-cookie-policy-group-name', ...foreign(category.nameLang) }, category.name),
          h('div', foreign(category.textLang), rich(category.description, site.words['opens'] ?? '')),
          cookieTable(category.cookies ?? [], site.words),
        ),
      ),
    );
  }
}
