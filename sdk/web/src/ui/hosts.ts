// Third-party hosts in the preference centre: with their cookies, by category, some with a switch (web-sdk.md §13.2).
import type { Choices } from '../consent/choices.ts';
import { type Category, type Site, locked } from '../consent/site.ts';
import type { Answers } from '../formats/optanon.ts';
import { hostIds, hostsOf } from '../globals/domain_groups.ts';
import { cookieTable } from './cookie_table.ts';
import { CHEVRON, h, icon } from './dom.ts';
import { HostFilter } from './host_filter.ts';
import { turn, unfold } from './switches.ts';
import type { Words } from './host_words.ts';

/** A host in one category. Without an id it has no switch. */
interface Row {
  readonly category: Category;
  readonly host: string;
  readonly id: string;
  readonly item: HTMLElement;
  readonly input: HTMLInputElement | null;
}

export interface HostActions {
  /** The words of this list, which come when the preference centre is first opened; without them there is no list. */
  readonly words: Promise<Words>;
  /** What the switches of the categories say now. */
  readonly groups: () => Readonly<Answers>;
  readonly hostToggled: (host: string, id: string, on: boolean) => void;
}

export class Hosts {
  #root: HTMLElement | null = null;
  #rows: Row[] = [];
  #everybody: HTMLInputElement | null = null;
  #before: Choices | null = null;
  #cameFrom: Element | null = null;
  #aside: Element | null = null;
  readonly #said = new Map<string, boolean>();

  constructor(
    private readonly site: Site,
    private readonly actions: HostActions,
  ) {}

  /** The way to a category's hosts; nothing where it reaches none. */
  opener(category: Category): HTMLElement | null {
    const count = hostsOf(category).length;
    if (!count) return null;
    const place = h('p', { class: 'ot-tools' });
    const looks = { type: 'button', class: 'category-host-list-handler ot-link-btn' };
    void this.actions.words.then((words) => {
      if (!words['hosts']) return;
      const onclick = (event: Event): void => this.#open(event.currentTarget as Element, category, words);
      place.append(h('button', { ...looks, onclick }, `${words['hosts']} (${count})`));
    });
    return place;
  }

  /** The preference centre comes up with these answers: nothing was said yet. */
  show(choices: Choices): void {
    this.#before = choices;
    this.#said.clear();
    this.#close();
  }

  /** What every switch comes to beside these answers: off with its category, else as it was said, else as it was. */
  said(groups: Readonly<Answers>): Answers {
    const answers: Answers = {};
    for (const category of this.site.groups)
      for (const id of hostIds(category)) {
        const was = this.#before?.groups[category.id] ? this.#before.vendors[id] : 1;
        const on = this.#said.get(id) ?? was !== 0;
        answers[id] = Number((groups[category.id] ?? this.#before?.groups[category.id]) && on);
      }
    return answers;
  }

  #open(from: Element, category: Category, words: Words): void {
    const content = from.closest('#ot-pc-content');
    if (!content) return;
    this.#cameFrom = from;
    // A list of vendors has the same ids: one of the two is in the page.
    this.#aside = content.querySelector('#ot-pc-lst');
    this.#aside?.remove();
    this.#root = this.#build(category, words, content.parentElement?.querySelector('.ot-scrn-rdr[aria-live]') ?? null);
    content.append(this.#root);
    content.parentElement?.classList.add('ot-in-list');
    content.scrollTo(0, 0);
    this.#root.querySelector<HTMLElement>('#ot-lst-title')?.focus();
  }

  #close(): void {
    if (!this.#root) return;
    const content = this.#root.parentElement;
    this.#root.remove();
    this.#root = null;
    content?.parentElement?.classList.remove('ot-in-list');
    if (this.#aside) content?.append(this.#aside);
    if (this.#cameFrom instanceof HTMLElement) this.#cameFrom.focus();
  }

  #build(first: Category, words: Words, live: Element | null): HTMLElement {
    const { site } = this;
    this.#rows = site.groups.flatMap((category) => hostsOf(category).map((host, at) => this.#row(category, host, at)));
    const title = h('h3', { id: 'ot-lst-title', tabindex: -1 });
    const filter = new HostFilter(site, words, first.id, () => {
      const shown = this.#rows.filter(({ item, host, category }) => !(item.hidden = !filter.passes(category.id, host)));
      title.textContent = `${words['hosts'] ?? ''} (${shown.length})`;
      live?.replaceChildren((words['found'] ?? '').replace('{n}', String(shown.length)));
      this.#count();
    });
    const root = h(
      'section',
      { id: 'ot-pc-lst', 'aria-labelledby': title.id },
      h('button', { type: 'button', class: 'back-btn-handler ot-link-btn', onclick: () => this.#close() }, words['back'] ?? ''),
      title,
      filter.root,
      this.#rows.some(({ input }) => input) && this.#all(words['all'] ?? ''),
      h('ul', { id: 'ot-host-lst', class: 'ot-ven-lst' }, ...this.#rows.map(({ item }) => item)),
    );
    filter.look();
    return root;
  }

  #row(category: Category, host: string, at: number): Row {
    const id = hostIds(category)[at] ?? '';
    const key = `${category.id}-${at}`;
    const cookies = (category.cookies ?? []).filter((cookie) => cookie.host === host);
    const table = cookieTable(cookies, this.site.words);
    const details = h('div', { id: `ot-host-txt-${key}`, class: 'ot-acc-txt', hidden: true }, table);
    const name = h('span', { id: `ot-host-name-${key}` }, host, h('small', {}, category.name));
    const opener = h(
      'button',
      { type: 'button', 'aria-expanded': 'false', 'aria-controls': details.id, onclick: () => unfold(opener, details) },
      icon(CHEVRON),
      name,
    );
    const input = id && !locked(category) ? this.#switch(category, host, id, name.id) : null;
    const always = locked(category) && h('span', { class: 'ot-always-active' }, this.site.words['always'] ?? '');
    const head = h('h4', {}, table ? opener : name);
    const row = h('div', { class: table ? 'ot-row' : 'ot-row ot-plain' }, head, input ?? always);
    return { category, host, id, input, item: h('li', { class: 'ot-ven-item ot-host-item' }, row, table && details) };
  }

  #switch(category: Category, host: string, id: string, label: string): HTMLInputElement {
    const looks = { type: 'checkbox', role: 'switch', id: `ot-host-id-${id}`, class: 'host-checkbox-handler' };
    const groups = this.actions.groups();
    const input = h('input', { ...looks, 'aria-labelledby': label, disabled: !groups[category.id] });
    turn(input, Boolean(this.said(groups)[id]));
    input.addEventListener('change', () => {
      turn(input, input.checked);
      this.#said.set(id, input.checked);
      this.#count();
      this.actions.hostToggled(host, id, input.checked);
    });
    return input;
  }

  /** Those that are listed now and can be switched. */
  #able(): Row[] {
    return this.#rows.filter(({ input, item }) => input && !input.disabled && !item.hidden);
  }

  /** The switch for all of them says what they say. */
  #count(): void {
    const able = this.#able();
    if (!this.#everybody) return;
    this.#everybody.disabled = !able.length;
    turn(this.#everybody, able.length > 0 && able.every(({ input }) => input?.checked));
  }

  /** One switch for all that are listed now. */
  #all(text: string): HTMLElement {
    const looks = { type: 'checkbox', role: 'switch', id: 'select-all-hosts-groups-handler' };
    const all = h('input', { ...looks, 'aria-labelledby': 'ot-all-hosts' });
    this.#everybody = all;
    all.addEventListener('change', () => {
      turn(all, all.checked);
      for (const { input, id } of this.#able()) {
        if (input) turn(input, all.checked);
        this.#said.set(id, all.checked);
      }
    });
    return h('div', { class: 'ot-row ot-all' }, h('span', { id: 'ot-all-hosts' }, text), all);
  }
}
