// What one vendor declares, in words: purposes with their retention, features, data, storage, links (iab.md §12, 11, 15).
import { inDays } from './days.ts';
import { type Declared, type Rules, type VendorText, type VendorTexts, idsIn, mayAsk, mayClaim } from '../consent/vendors.ts';
import type { Site } from '../consent/site.ts';
import { h, linked } from './dom.ts';

const DAY_SECONDS = 86_400;

/** What all details are drawn from. */
export interface Drawing {
  readonly site: Site;
  readonly rules: Rules;
  readonly texts: VendorTexts;
}

/** A vendor's details, rendered when they are opened. */
export function vendorDetails(drawing: Drawing, vendor: VendorText): HTMLElement {
  const { site, rules, texts } = drawing;
  const { words } = texts;
  const declared = rules.vendors.get(vendor.id);
  const purposes = declared ? idsIn(declared.consent | declared.interest) : [];
  const asked = purposes.filter((purpose) => mayAsk(rules, vendor.id, purpose));
  const claimed = purposes.filter((purpose) => mayClaim(rules, vendor.id, purpose));
  return h(
    'div',
    { class: 'ot-ven-details' },
    links(site, vendor, words),
    section(`${words['purposes']} · ${words['consent']}`, timed(drawing, asked, 'IAB2V2_', vendor.by, vendor.days)),
    section(`${words['purposes']} · ${words['interest']}`, timed(drawing, claimed, 'IAB2V2_', vendor.by, vendor.days)),
    ...(declared ? unasked(drawing, declared, vendor) : []),
    section(words['data'], (vendor.data ?? []).map((id) => [texts.data[id] ?? ''])),
    section(words['storage'], storage(drawing, vendor).map((text) => [text])),
    vendor.storage ? disclosure(drawing, vendor.storage) : null,
  );
}

function links(site: Site, { privacy, claim }: VendorText, words: Readonly<Record<string, string>>): HTMLElement {
  const opens = site.words['opens'] ?? '';
  const link = (text: string | undefined, url: string | undefined): Node | null =>
    url ? linked(h('a', {}, text ?? ''), url, opens) : null;
  return h('p', { class: 'ot-ven-links' }, link(words['privacy'], privacy), link(words['claim'], claim));
}

/** Items that need no consent. */
function unasked(drawing: Drawing, { special, features, specialFeatures }: Declared, vendor: VendorText): (Node | null)[] {
  const { words } = drawing.texts;
  return [
    section(words['special'], timed(drawing, idsIn(special), 'ISP2V2_', vendor.bySpecial, vendor.days)),
    section(words['features'], timed(drawing, idsIn(features), 'IFE2V2_')),
    section(words['specialFeatures'], timed(drawing, idsIn(specialFeatures), 'ISF2V2_')),
  ];
}

/** Names of purposes or features, with how long data is kept for each where that was declared. */
function timed(
  { site, texts }: Drawing,
  ids: readonly number[],
  prefix: string,
  by: Readonly<Record<string, number>> = {},
  usual?: number,
): (string | Node)[][] {
  const kept = (id: number): (string | Node)[] => {
    const days = by[id] ?? usual;
    // Set apart: its language may run the other way than the name's.
    return days ? [' ', h('bdi', {}, `(${texts.words['retention']}: ${inDays(days, site.language)})`)] : [];
  };
  return ids.map((id) => [nameOf(site, prefix + String(id)), ...kept(id)]);
}

function nameOf({ groups }: Site, id: string): string {
  return groups.find((each) => each.id === id)?.name ?? id;
}

function storage({ site, texts }: Drawing, { cookies, seconds = 0, refresh, other }: VendorText): string[] {
  const { words } = texts;
  const lasts = seconds > 0 ? inDays(Math.ceil(seconds / DAY_SECONDS), site.language) : (site.words['session'] ?? '');
  const renewed = refresh ? `, ${words['renewed']}` : '';
  return [...(cookies ? [`${words['lifetime']}: ${lasts}${renewed}`] : []), ...(other ? [words['other'] ?? ''] : [])];
}

function section(title: string | undefined, rows: readonly (readonly (string | Node)[])[]): HTMLElement | null {
  if (!rows.length) return null;
  return h('div', {}, h('h6', {}, title ?? ''), h('ul', {}, ...rows.map((row) => h('li', {}, ...row))));
}

interface Disclosed {
  readonly identifier?: string;
  readonly type?: string;
  readonly maxAgeSeconds?: number | null;
  readonly domains?: readonly string[];
  readonly domain?: string;
  readonly purposes?: readonly number[];
}

/** The vendor's own list of what it stores, asked for when the person wants to see it (iab.md §2). */
function disclosure(drawing: Drawing, url: string): HTMLElement {
  const { words } = drawing.texts;
  const place = h('div', { 'aria-live': 'polite' });
  const show = async (): Promise<void> => {
    try {
      const answer = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer' });
      const { disclosures = [] } = (await answer.json()) as { disclosures?: Disclosed[] };
      place.replaceChildren(h('ul', {}, ...disclosures.map((each) => h('li', {}, disclosed(drawing, each)))));
    } catch {
      place.replaceChildren(linked(h('a', {}, url), url, drawing.site.words['opens'] ?? ''));
    }
  };
  const button = h('button', { type: 'button', class: 'ot-link-btn', onclick: () => void show() }, words['details'] ?? '');
  return h('div', {}, button, place);
}

function disclosed({ site }: Drawing, each: Disclosed): string {
  const days = each.maxAgeSeconds ? inDays(Math.ceil(each.maxAgeSeconds / DAY_SECONDS), site.language) : '';
  const purposes = (each.purposes ?? []).map((id) => nameOf(site, `IAB2V2_${id}`)).join(', ');
  const where = (each.domains ?? [each.domain ?? '']).join(', ');
  return [each.identifier, each.type, days, where, purposes].filter(Boolean).join(' · ');
}
