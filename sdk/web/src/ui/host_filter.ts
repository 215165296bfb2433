// Search and filter above the list of hosts: by name, and by category (web-sdk.md §13.2).
import type { Site } from '../consent/site.ts';
import { hostsOf } from '../globals/domain_groups.ts';
import { h } from './dom.ts';
import type { Words } from './host_words.ts';
import { unfold } from './switches.ts';

export class HostFilter {
  readonly root: HTMLElement;
  readonly #search: HTMLInputElement;
  readonly #boxes = new Map<string, HTMLInputElement>();
  /** The categories that were applied; none of them: all. */
  #chosen: ReadonlySet<string>;

  constructor(
    site: Site,
    words: Words,
    first: string,
    private readonly changed: () => void,
  ) {
    this.#chosen = new Set([first]);
    this.#search = h('input', {
      id: 'vendor-search-handler',
      type: 'search',
      placeholder: words['search'],
      'aria-label': words['search'],
      autocomplete: 'off',
    });
    this.#search.addEventListener('input', () => this.look());
    const panel = this.#panel(site, words);
    const toggle = (): void => this.#fold(opener, panel, panel.hidden === true);
    const opener: HTMLElement = h(
      'button',
      { type: 'button', id: 'filter-btn-handler', class: 'ot-btn ot-quiet', 'aria-expanded': 'false', 'aria-controls': panel.id, onclick: toggle },
      words['filter'] ?? '',
    );
    const fold = (): void => this.#fold(opener, panel, false);
    panel.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLButtonElement) fold();
    });
    this.root = h('div', { class: 'ot-lst-tools' }, this.#search, opener, panel);
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || panel.hidden) return;
      event.stopPropagation();
      fold();
    });
  }

  /** Is this host of this category among those that are looked for? */
  passes(category: string, host: string): boolean {
    const wanted = this.#search.value.trim().toLocaleLowerCase();
    return host.toLocaleLowerCase().includes(wanted) && (!this.#chosen.size || this.#chosen.has(category));
  }

  look(): void {
    this.changed();
  }

  #panel(site: Site, words: Words): HTMLElement {
    const labels = site.groups
      .filter((category) => hostsOf(category).length)
      .map(({ id, name }) => {
        const box = h('input', { type: 'checkbox', class: 'category-filter-handler' });
        this.#boxes.set(id, box);
        return h('label', {}, box, h('span', {}, name));
      });
    const choose = (ids: Iterable<string>): void => {
      this.#chosen = new Set(ids);
      this.look();
    };
    const checked = (): string[] => [...this.#boxes].filter(([, { checked }]) => checked).map(([id]) => id);
    const button = (id: string, text = '', onclick?: () => void): HTMLElement =>
      h('button', { type: 'button', id, class: 'ot-btn ot-quiet', onclick }, text);
    return h(
      'fieldset',
      { id: 'ot-fltr-modal', hidden: true },
      h('legend', { class: 'ot-scrn-rdr' }, words['filter'] ?? ''),
      ...labels,
      h(
        'div',
        { class: 'ot-fltr-btns' },
        button('filter-apply-handler', words['apply'], () => choose(checked())),
        button('clear-filters-handler', words['clear'], () => choose([])),
        button('filter-cancel-handler', site.words['close']),
      ),
    );
  }

  /** What was not applied is forgotten; the keyboard goes back to the button. */
  #fold(opener: HTMLElement, panel: HTMLElement, open: boolean): void {
    for (const [id, box] of this.#boxes) box.checked = this.#chosen.has(id);
    unfold(opener, panel, open);
    if (!open) opener.focus();
  }
}
