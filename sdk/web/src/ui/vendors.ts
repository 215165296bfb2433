// The list of vendors in the preference centre: search, and an answer for all that are listed (web-sdk.md §13.2).
import { type Declared, declares } from '../consent/vendors.ts';
import { h } from './dom.ts';
import { turn } from './switches.ts';
import type { Drawing } from './vendor_details.ts';
import { type Row, type Said, type VendorsNow, generalRow, googleRow, objection, vendorRow } from './vendor_rows.ts';

/** What becomes of the list: what was said, and the way back. */
export interface VendorActions {
  readonly said: Said;
  readonly back: () => void;
}

/** The list, not yet in the page. */
export interface VendorList {
  readonly root: HTMLElement;
  /** Puts switches and objections where these answers say. */
  show(now: VendorsNow): void;
  /** Only the vendors that declare this purpose or feature; none given: all of them. */
  narrow(group?: string): void;
}

/** Its name, which no language translates: what belongs to it stands apart from a site's own (iab.md §12, 16). */
export const FRAMEWORK = 'IAB Transparency & Consent Framework';

export function buildVendorList(drawing: Drawing, actions: VendorActions, announce: (text: string) => void): VendorList {
  const { texts } = drawing;
  const { words } = texts;
  const { said } = actions;
  const rows = [
    ...texts.vendors.map((vendor) => vendorRow(drawing, vendor, said)),
    ...texts.google.map((provider) => googleRow(drawing, provider, said)),
    ...texts.general.map((vendor) => generalRow(drawing, vendor, said)),
  ];
  const title = h('h3', { id: 'ot-lst-title', tabindex: -1 });
  const lists = [
    listOf('ot-ven-lst', FRAMEWORK, rows, 'consents', 'en'),
    listOf('ot-addtl-venlst', words['google'] ?? '', rows, 'google'),
    listOf('ot-gen-venlst', words['others'] ?? '', rows, 'general'),
  ];
  const { search, narrow } = finder(drawing, rows, lists, title, announce);
  const root = h(
    'section',
    { id: 'ot-pc-lst', hidden: true, 'aria-labelledby': title.id },
    h('button', { type: 'button', class: 'back-btn-handler ot-link-btn', onclick: actions.back }, words['back'] ?? ''),
    title,
    search,
    everybody(rows, words),
    ...lists,
  );
  return { root, show: (now) => rows.forEach((row) => row.show(now)), narrow };
}

/** The partners of one list under its name. */
function listOf(id: string, name: string, rows: readonly Row[], list: Row['list'], lang?: string): HTMLElement {
  const own = rows.filter((row) => row.list === list);
  const items = h('ul', { id, class: 'ot-ven-lst', 'aria-labelledby': `${id}-name` }, ...own.map(({ item }) => item));
  return h('div', {}, h('h4', { id: `${id}-name`, class: 'ot-iab-head', lang }, name), items);
}

/** The field one searches by; how many were found stands in the title and is said aloud. */
function finder(
  drawing: Drawing,
  rows: readonly Row[],
  lists: readonly HTMLElement[],
  title: HTMLElement,
  announce: (text: string) => void,
): { search: HTMLInputElement; narrow: (group?: string) => void } {
  const { words } = drawing.texts;
  let narrowed: string | undefined;
  const search = h('input', {
    id: 'vendor-search-handler',
    type: 'search',
    placeholder: words['search'],
    'aria-label': words['search'],
    autocomplete: 'off',
  });
  const look = (): void => {
    const wanted = search.value.trim().toLocaleLowerCase();
    for (const { item, name, vendor } of rows)
      item.hidden = !name.toLocaleLowerCase().includes(wanted) || !concerns(drawing, vendor, narrowed);
    // A name above an empty list would promise what is not there.
    for (const list of lists) list.hidden = !list.querySelector('li:not([hidden])');
    const found = listed(rows).length;
    const about = drawing.site.groups.find(({ id }) => id === narrowed)?.name;
    title.textContent = `${words['partners'] ?? ''} (${found})${about ? `: ${about}` : ''}`;
    announce((words['found'] ?? '').replace('{n}', String(found)));
  };
  search.addEventListener('input', look);
  const narrow = (group?: string): void => {
    narrowed = group;
    search.value = '';
    look();
  };
  return { search, narrow };
}

function listed(rows: readonly Row[]): Row[] {
  return rows.filter(({ item }) => !item.hidden);
}

/** One switch for all consents, one button for all objections; they speak of those that are listed now. */
function everybody(rows: readonly Row[], words: Drawing['texts']['words']): HTMLElement {
  const labels = 'ot-all-partners ot-word-consent';
  const all = h('input', { type: 'checkbox', role: 'switch', id: 'select-all-vendor-groups-handler', 'aria-labelledby': labels });
  turn(all, false);
  all.addEventListener('change', () => {
    turn(all, all.checked);
    for (const row of listed(rows)) row.consent(all.checked);
  });
  const objectToAll = objection(words, words['all'] ?? '', (objected) => {
    for (const row of listed(rows)) row.object(objected);
  });
  objectToAll.button.id = 'select-all-vendor-leg-handler';
  const claims = rows.some((row) => row.claims);
  return h(
    'div',
    { class: 'ot-row ot-all' },
    h('span', { id: 'ot-all-partners' }, words['all'] ?? ''),
    claims && h('div', { class: 'ot-answers' }, h('span', { id: 'ot-word-interest' }, words['interest'] ?? ''), objectToAll.button),
    h('div', { class: 'ot-answers' }, h('span', { id: 'ot-word-consent' }, words['consent'] ?? ''), all),
  );
}

/** Does a vendor declare this? Partners outside the framework declare nothing. */
function concerns({ rules }: Drawing, vendor: number, group?: string): boolean {
  const declared = rules.vendors.get(vendor);
  if (!group) return true;
  return declared !== undefined && among(declared, group, Number(group.replace(/^.*_/, '')));
}

function among(declared: Declared, group: string, number: number): boolean {
  if (group.startsWith('ISP2V2_')) return declares(declared.special, number);
  if (group.startsWith('IFE2V2_')) return declares(declared.features, number);
  if (group.startsWith('ISF2V2_')) return declares(declared.specialFeatures, number);
  return declares(declared.consent | declared.interest, number);
}

/** How many vendors declare it. */
export function countFor(drawing: Drawing, group: string): number {
  return [...drawing.rules.vendors.keys()].filter((vendor) => concerns(drawing, vendor, group)).length;
}
