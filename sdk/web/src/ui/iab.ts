// What TCF adds to the preference centre: examples, objections, and the link to the vendor list.
import type { StatedChoices } from '../consent/apply_interaction.ts';
import { type HeldVendors, type Rules, type VendorChoices, type VendorTexts, generalAfter, singledOut } from '../consent/vendors.ts';
import type { Answers } from '../formats/optanon.ts';
import { trackEvent } from '../globals/analytics.ts';
import type { Session } from '../session.ts';
import { h } from './dom.ts';
import type { Extension } from './deferred_screens.ts';
import type { Preferences } from './preferences.ts';
import css from './vendors.css';
import type { Drawing } from './vendor_details.ts';
import { type Objection, type Said, objection } from './vendor_rows.ts';
import { FRAMEWORK, type VendorList, buildVendorList, countFor } from './vendors.ts';
import { applyStyles } from './style.ts';

/** What the screens need to know of the page's strings. */
export interface Source {
  readonly session: Session;
  rules(): Promise<Rules>;
  texts(): Promise<VendorTexts>;
  /** The answers about single vendors that hold; null while there are none. */
  held(rules: Rules): HeldVendors | null;
  /** Who was refused singly, also while no string can say so. */
  refused(): VendorChoices;
  shown(visible: boolean): void;
}

let styled = false;

/** Brings the style of these screens into the page, once: the banner has a button of theirs. */
export function dress(nonce: string): void {
  if (!styled) applyStyles(css, nonce);
  styled = true;
}

export class IabScreens implements Extension {
  #list: VendorList | null = null;
  #preferences: Preferences | null = null;
  #drawing: Drawing | null = null;
  #cameFrom: Element | null = null;
  #wanted = false;
  #stated = emptyStatement();
  readonly #objections = new Map<string, Objection>();
  readonly #objected = new Map<string, boolean>();

  constructor(private readonly source: Source) {}

  built(preferences: Preferences): void {
    this.#preferences = preferences;
    const { session } = this.source;
    Promise.all([this.source.rules(), this.source.texts()])
      .then(([rules, texts]) => this.#draw({ site: session.site, rules, texts }, preferences))
      .catch((why: unknown) => console.warn('placet:', why));
  }

  opened(): void {
    this.#stated = emptyStatement();
    this.#objected.clear();
    this.#show();
    this.source.shown(true);
  }

  hidden(): void {
    this.#toList(false);
  }

  left(): void {
    this.source.shown(false);
  }

  said(groups: Readonly<Answers>): StatedChoices {
    return { legitimate: this.#interests(), vendors: this.#general(groups), iab: this.#stated };
  }

  #interests(): Answers {
    return Object.fromEntries([...this.#objected].map(([id, objected]) => [id, objected ? 0 : 1]));
  }

  #general(groups: Readonly<Answers>): Answers {
    const { site, choices } = this.source.session;
    return generalAfter(site, choices, groups, this.#stated.general);
  }

  /** The list of vendors, now or as soon as it has come. */
  openList(group?: string): void {
    const list = this.#vendorList();
    if (!list) {
      this.#wanted = true;
      return;
    }
    this.#cameFrom = document.activeElement;
    this.#showVendors();
    list.narrow(group);
    this.#toList(true);
    list.root.querySelector<HTMLElement>('#ot-lst-title')?.focus();
  }

  /** Drawn when it is first wanted: it may hold a thousand rows. */
  #vendorList(): VendorList | null {
    const { root } = this.#preferences ?? {};
    if (this.#list || !this.#drawing || !root) return this.#list;
    const live = root.querySelector('.ot-scrn-rdr[aria-live]');
    const actions = { said: this.#said, back: () => this.#back() };
    this.#list = buildVendorList(this.#drawing, actions, (text) => live?.replaceChildren(text));
    root.querySelector('#ot-pc-content')?.append(this.#list.root);
    return this.#list;
  }

  #draw(drawing: Drawing, preferences: Preferences): void {
    this.#drawing = drawing;
    this.#list = null;
    const { root } = preferences;
    const { words } = drawing.texts;
    const all = this.#opener(`${words['partners']} (${drawing.site.iab?.partners ?? 0})`, 'onetrust-vendors-list-handler');
    root.querySelector('#ot-pc-desc')?.append(' ', all);
    const first = drawing.site.groups.find(({ kind }) => kind.startsWith('IAB'));
    const row = root.querySelector(`.ot-cat-grp > [data-optanongroupid="${first?.id}"]`);
    row?.previousElementSibling?.classList.add('ot-last');
    row?.before(h('h3', { class: 'ot-iab-head', lang: 'en' }, FRAMEWORK));
    for (const { id, legitimate } of drawing.site.groups) this.#drawGroup(drawing, root, id, legitimate === true);
    this.#show();
    if (this.#wanted) this.openList();
    this.#wanted = false;
  }

  /** A purpose's or feature's examples, its objection, and who relies on it. */
  #drawGroup(drawing: Drawing, root: HTMLElement, id: string, legitimate: boolean): void {
    const { words, examples } = drawing.texts;
    const place = root.querySelector(`#ot-desc-id-${id}`) ?? root.querySelector(`[data-optanongroupid="${id}"] div`);
    if (!place || !/^I[A-Z]+2V2_/.test(id)) return;
    if (id.startsWith('ISP2V2_')) place.append(h('p', {}, words['fixed'] ?? ''));
    const told = examples[id] ?? [];
    if (told.length)
      place.append(
        h('h5', {}, words['examples'] ?? ''),
        h('ul', { class: 'ot-examples' }, ...told.map((text) => h('li', {}, text))),
      );
    const tools = h('p', { class: 'ot-tools' });
    if (legitimate) tools.append(this.#objecting(id, words));
    const count = countFor(drawing, id);
    tools.append(this.#opener(`${words['partners']} (${count})`, 'category-vendors-list-handler', id));
    place.append(tools);
  }

  #objecting(id: string, words: VendorTexts['words']): Node {
    const { session } = this.source;
    const { name = '' } = session.site.groups.find((each) => each.id === id) ?? {};
    const made = objection(words, name, (objected) => {
      this.#objected.set(id, objected);
      const what = objected ? 'Objection' : 'Remove Objection';
      trackEvent(session.stub, `Preferences Legitimate Interest ${what}`, `${name}: ${id}`);
    });
    this.#objections.set(id, made);
    return h('span', { class: 'ot-claim' }, `${words['interest'] ?? ''} `, made.button);
  }

  #opener(text: string, name: string, group?: string): HTMLElement {
    const onclick = (): void => this.openList(group);
    return h('button', { type: 'button', class: `${name} ot-link-btn`, onclick }, text);
  }

  readonly #said: Said = (kind, id, on, name) => {
    if (kind === 'general') this.#stated.general.set(String(id), on);
    else this.#stated[kind].set(Number(id), on);
    const [action, prefix] = TOLD[kind](on);
    trackEvent(this.source.session.stub, action, `${name}: ${prefix}${id}`);
  };

  /** Objections as they stand. */
  #show(): void {
    const { legitimate } = this.source.session.choices;
    this.#objections.forEach((made, id) => made.set(legitimate[id] === 0));
  }

  /** Vendors as they stand, as the switches for purposes would have them, and as was said here. */
  #showVendors(): void {
    const { session } = this.source;
    if (!this.#drawing || !this.#list || !this.#preferences) return;
    const { rules } = this.#drawing;
    const said = this.#preferences.said().groups ?? {};
    const groups = { ...session.choices.groups, ...said };
    const legitimate = { ...session.choices.legitimate, ...this.#interests() };
    const asked = { ...session.choices, groups, legitimate };
    const now = singledOut(rules, this.source.held(rules), asked, this.source.refused());
    this.#list.show({
      consents: overlaid(now.consents, this.#stated.consents),
      interests: overlaid(now.interests, this.#stated.interests),
      google: overlaid(now.google, this.#stated.google),
      general: this.#general(said),
    });
  }

  #back(): void {
    this.#toList(false);
    const back = this.#cameFrom;
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  }

  #toList(open: boolean): void {
    this.#preferences?.root.classList.toggle('ot-in-list', open);
    if (this.#list) this.#list.root.hidden = !open;
    if (open) this.#preferences?.root.querySelector('#ot-pc-content')?.scrollTo(0, 0);
  }
}

/** How analytics tools are notified (web-sdk.md §6.4). */
const TOLD: Readonly<Record<Parameters<Said>[0], (on: boolean) => readonly [action: string, prefix: string]>> = {
  consents: (on) => [`IAB Vendor Toggle ${on ? 'ON' : 'Off'}`, 'IAB2V2_'],
  interests: (on) => [`IAB Vendor Legitimate Interest ${on ? 'Remove Objection' : 'Objection'}`, 'IAB2V2_'],
  google: (on) => [`IAB Vendor Toggle ${on ? 'ON' : 'Off'}`, 'IAB2V2_'],
  general: (on) => [`General Vendor Toggle ${on ? 'On' : 'Off'}`, 'VEN_'],
};

interface Statement extends Record<'consents' | 'interests' | 'google', Map<number, boolean>> {
  readonly general: Map<string, boolean>;
}

function emptyStatement(): Statement {
  return { consents: new Map(), interests: new Map(), google: new Map(), general: new Map() };
}

function overlaid(ids: ReadonlySet<number>, said: ReadonlyMap<number, boolean>): Set<number> {
  const now = new Set(ids);
  for (const [id, on] of said) {
    if (on) now.add(id);
    else now.delete(id);
  }
  return now;
}
