// The list of vendors in the preference centre: search, a switch and an objection for each (web-sdk.md §13.2).
import { type VendorChoices, type VendorText, declares, mayAsk, mayClaim } from '../consent/vendors.ts';
import { CHEVRON, h, icon, linked } from './dom.ts';
import { turn, unfold } from './switches.ts';
import { type Drawing, vendorDetails } from './vendor_details.ts';

/** What becomes of a vendor: what was said, of whom, and the words analytics have for it. */
export interface VendorActions {
  readonly said: (kind: 'consents' | 'interests' | 'google', id: number, on: boolean, name: string) => void;
  readonly back: () => void;
}

/** The list, not yet in the page. */
export interface VendorList {
  readonly root: HTMLElement;
  /** Puts switches and objections where these answers say. */
  show(vendors: VendorChoices): void;
  /** Only the vendors that declare this purpose or feature; none given: all of them. */
  narrow(group?: string): void;
}

/** Its name, which no language translates: what belongs to it stands apart from a site's own (iab.md §12, 16). */
export const FRAMEWORK = 'IAB Transparency & Consent Framework';

interface Row {
  readonly item: HTMLElement;
  readonly text: string;
  readonly id: number;
  readonly google: boolean;
  readonly consent: HTMLInputElement | null;
  readonly objection: Objection | null;
}

/** A button that objects, and takes the objection back. */
export interface Objection {
  readonly button: HTMLButtonElement;
  set(objected: boolean): void;
}

export function objection(words: Drawing['texts']['words'], label: string, said: (objected: boolean) => void): Objection {
  const button = h('button', { type: 'button', 'aria-describedby': label });
  let objected = false;
  const set = (to: boolean): void => {
    objected = to;
    button.className = `ot-obj ${to ? 'ot-remove-objection-handler' : 'ot-obj-leg-btn-handler'}`;
    button.textContent = words[to ? 'undo' : 'object'] ?? '';
  };
  button.addEventListener('click', () => {
    set(!objected);
    said(objected);
  });
  set(false);
  return { button, set };
}

export function buildVendorList(drawing: Drawing, actions: VendorActions, announce: (text: string) => void): VendorList {
  const { texts } = drawing;
  const { words } = texts;
  const rows = [
    ...texts.vendors.map((vendor) => vendorRow(drawing, vendor, actions)),
    ...texts.google.map((provider) => googleRow(drawing, provider, actions)),
  ];
  const title = h('h3', { id: 'ot-lst-title', tabindex: -1 });
  const { search, narrow } = finder(drawing, rows, title, announce);
  const root = h(
    'section',
    { id: 'ot-pc-lst', hidden: true, 'aria-labelledby': title.id },
    h('button', { type: 'button', class: 'back-btn-handler ot-link-btn', onclick: actions.back }, words['back'] ?? ''),
    title,
    search,
    everybody(rows, words, actions),
    h('h4', { class: 'ot-iab-head' }, FRAMEWORK),
    listOf('ot-ven-lst', rows, false),
    texts.google.length > 0 && h('h4', { class: 'ot-iab-head' }, words['google'] ?? ''),
    texts.google.length > 0 && listOf('ot-addtl-venlst', rows, true),
  );
  return { root, show: (vendors) => rows.forEach((row) => showRow(row, vendors)), narrow };
}

function listOf(id: string, rows: readonly Row[], google: boolean): HTMLElement {
  return h('ul', { id, class: 'ot-ven-lst' }, ...rows.filter((row) => row.google === google).map(({ item }) => item));
}

/** The field one searches by; how many were found stands in the title and is said aloud. */
function finder(
  drawing: Drawing,
  rows: readonly Row[],
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
    let found = 0;
    for (const row of rows) {
      const shown = row.text.includes(wanted) && concerns(drawing, row, narrowed);
      row.item.hidden = !shown;
      found += Number(shown);
    }
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

/** One switch for all consents, one button for all objections; they speak of those that are listed now. */
function everybody(rows: readonly Row[], words: Drawing['texts']['words'], actions: VendorActions): HTMLElement {
  const listed = (): Row[] => rows.filter(({ item }) => !item.hidden);
  const all = h('input', {
    type: 'checkbox',
    role: 'switch',
    id: 'select-all-vendor-groups-handler',
    'aria-labelledby': 'ot-all-partners ot-word-consent',
    'aria-checked': 'false',
  });
  all.addEventListener('change', () => {
    turn(all, all.checked);
    for (const row of listed()) if (row.consent) flip(row, all.checked, actions);
  });
  const objectToAll = objection(words, 'ot-all-partners', (objected) => {
    for (const row of listed()) {
      row.objection?.set(objected);
      if (row.objection) actions.said('interests', row.id, !objected, row.text);
    }
  });
  objectToAll.button.id = 'select-all-vendor-leg-handler';
  const claims = rows.some((row) => row.objection);
  return h(
    'div',
    { class: 'ot-row ot-all' },
    h('span', { id: 'ot-all-partners' }, words['all'] ?? ''),
    h('span', { id: 'ot-word-interest', class: claims ? 'ot-word' : 'ot-scrn-rdr' }, words['interest'] ?? ''),
    claims && objectToAll.button,
    h('span', { id: 'ot-word-consent', class: 'ot-word' }, words['consent'] ?? ''),
    all,
  );
}

function flip(row: Row, on: boolean, actions: VendorActions): void {
  if (!row.consent) return;
  turn(row.consent, on);
  actions.said(row.google ? 'google' : 'consents', row.id, on, row.text);
}

function vendorRow(drawing: Drawing, vendor: VendorText, actions: VendorActions): Row {
  const { rules, texts } = drawing;
  const { id, name } = vendor;
  const label = `ot-ven-name-${id}`;
  const details = h('div', { id: `ot-ven-txt-${id}`, class: 'ot-acc-txt', hidden: true });
  const open = (): void => {
    if (!details.hasChildNodes()) details.append(vendorDetails(drawing, vendor));
    unfold(opener, details);
  };
  const opener = h(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-controls': details.id, onclick: open },
    icon(CHEVRON),
    h('span', { id: label }, name),
  );
  const shown = purposesShown(drawing);
  const asks = shown.some((purpose) => mayAsk(rules, id, purpose));
  const claims = shown.some((purpose) => mayClaim(rules, id, purpose));
  const objecting = claims
    ? objection(texts.words, `${label} ot-word-interest`, (objected) => actions.said('interests', id, !objected, name))
    : null;
  const consent = asks ? vendorSwitch(`ot-vendor-id-${id}`, 'vendor-checkbox-handler', label) : null;
  consent?.addEventListener('change', () => {
    turn(consent, consent.checked);
    actions.said('consents', id, consent.checked, name);
  });
  const item = h(
    'li',
    { class: 'ot-ven-item', 'data-vendor': id },
    h('div', { class: 'ot-row' }, h('h4', {}, opener), objecting?.button, consent),
    details,
  );
  return { item, text: name.toLocaleLowerCase(), id, google: false, consent, objection: objecting };
}

function googleRow({ site }: Drawing, [id, name, policy]: readonly [number, string, string], actions: VendorActions): Row {
  const label = `ot-addtl-name-${id}`;
  const consent = vendorSwitch(`ot-addtl-ven-id-${id}`, 'addtl-vendor-checkbox-handler', label);
  consent.addEventListener('change', () => {
    turn(consent, consent.checked);
    actions.said('google', id, consent.checked, name);
  });
  const link = linked(h('a', { id: label }, name), policy, site.words['opens'] ?? '');
  const item = h('li', { class: 'ot-ven-item' }, h('div', { class: 'ot-row ot-plain' }, h('h5', {}, link), consent));
  return { item, text: name.toLocaleLowerCase(), id, google: true, consent, objection: null };
}

function vendorSwitch(id: string, name: string, label: string): HTMLInputElement {
  const labels = `${label} ot-word-consent`;
  return h('input', { type: 'checkbox', role: 'switch', id, class: name, 'aria-labelledby': labels, 'aria-checked': 'false' });
}

function showRow({ id, google, consent, objection: objecting }: Row, vendors: VendorChoices): void {
  if (consent) turn(consent, (google ? vendors.google : vendors.consents).has(id));
  objecting?.set(!vendors.interests.has(id));
}

function purposesShown({ site }: Drawing): number[] {
  return site.groups.filter(({ kind }) => /_PURPOSE$/.test(kind) && !/_SPL_/.test(kind)).map(({ id }) => Number(id.slice(7)));
}

/** Does the row's vendor declare this? Google's providers are asked about purpose 1 alone. */
function concerns({ rules }: Drawing, row: Row, group?: string): boolean {
  if (!group) return true;
  if (row.google) return false;
  const declared = rules.vendors.get(row.id);
  const number = Number(group.replace(/^.*_/, ''));
  if (!declared) return false;
  if (group.startsWith('ISP2V2_')) return declares(declared.special, number);
  if (group.startsWith('IFE2V2_')) return declares(declared.features, number);
  if (group.startsWith('ISF2V2_')) return declares(declared.specialFeatures, number);
  return declares(declared.consent | declared.interest, number);
}

/** How many vendors declare it. */
export function countFor(drawing: Drawing, group: string): number {
  const row = (id: number): Row => ({ id, google: false }) as Row;
  return [...drawing.rules.vendors.keys()].filter((id) => concerns(drawing, row(id), group)).length;
}
