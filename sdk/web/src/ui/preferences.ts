// The preference centre: each category with its explanation and its switch (web-sdk.md §13.2).
import type { Choices } from '../consent/choices.ts';
import type { InteractionName } from '../consent/interactions.ts';
import type { StatedChoices } from '../consent/apply_interaction.ts';
import { type Category, type Site, locked, membersOf } from '../consent/site.ts';
import type { Answers } from '../formats/optanon.ts';
import { meaning } from './banner.ts';
import { cookieTable } from './cookie_table.ts';
import { CHEVRON, CROSS, h, icon, linked, rich } from './dom.ts';
import { foreign } from './foreign.ts';
import { trap } from './focus.ts';
import { Hosts } from './hosts.ts';
import type { Words } from './host_words.ts';
import { turn, unfold } from './switches.ts';

/** How it looks; its elements are the same in all of them. */
const LAYOUTS = { center: 'otPcCenter', list: 'otPcList', panel: 'otPcPanel', popup: 'otPcPopup', tab: 'otPcTab' };

export interface PreferenceActions {
  readonly press: (name: InteractionName, stated?: StatedChoices) => void;
  readonly toggled: (category: Category, on: boolean) => void;
  readonly hostToggled: (host: string, id: string, on: boolean) => void;
  readonly hostWords: Promise<Words>;
  readonly close: () => void;
}

/** The preference centre, not yet in the page, and the answers that stand in it. */
export interface Preferences {
  readonly root: HTMLElement;
  /** Puts the switches where these answers say. */
  show(choices: Choices): void;
  /** What the switches say now. */
  said(): StatedChoices;
}

type Switches = Map<string, HTMLInputElement>;

/** What the parts of the preference centre are made with. */
interface Drawing {
  readonly site: Site;
  readonly switches: Switches;
  readonly hosts: Hosts;
  readonly actions: PreferenceActions;
}

export function buildPreferences(site: Site, actions: PreferenceActions, gpc: boolean): Preferences {
  const switches: Switches = new Map();
  const { hostWords, hostToggled } = actions;
  const hosts = new Hosts(site, { words: hostWords, groups: () => answered(switches), hostToggled });
  const said = (): StatedChoices => {
    const groups = answered(switches);
    return { groups, vendors: hosts.said(groups) };
  };
  const drawing = { site, switches, hosts, actions };
  const root = h(
    'div',
    {
      id: 'onetrust-pc-sdk',
      class: `${LAYOUTS[site.preferencesLayout ?? 'center']} ot-hide`,
      role: 'dialog',
      'aria-modal': 'true',
      'aria-labelledby': 'ot-pc-title',
      lang: site.language,
    },
    header(site, actions.close),
    content(drawing, gpc),
    footer(site, actions, said),
    h('div', { class: 'ot-scrn-rdr', 'aria-live': 'polite' }),
  );
  root.addEventListener('keydown', (event) => {
    trap(root, event);
    // There is always a way out that answers nothing.
    if (event.key === 'Escape') actions.close();
  });
  unfoldFirst(root, site.preferencesLayout);
  return {
    root,
    show: (choices) => {
      switches.forEach((input, id) => turn(input, Boolean(choices.groups[id])));
      hosts.show(choices);
    },
    said,
  };
}

function header(site: Site, close: () => void): HTMLElement {
  const { preferences, words, logo } = site;
  const label = preferences.buttons.close?.text || words['close'];
  return h(
    'div',
    { class: 'ot-pc-header' },
    logo && h('img', { class: 'ot-pc-logo', src: logo, alt: '' }),
    h('h2', { id: 'ot-pc-title', ...foreign(preferences.titleLang) }, preferences.title),
    h(
      'button',
      { type: 'button', id: 'close-pc-btn-handler', class: 'ot-icon-btn', 'aria-label': label, onclick: close },
      icon(CROSS),
    ),
  );
}

function content(drawing: Drawing, gpc: boolean): HTMLElement {
  const { site } = drawing;
  return h(
    'div',
    { id: 'ot-pc-content', class: 'ot-pc-scrollbar', tabindex: 0, role: 'group', 'aria-labelledby': 'ot-pc-title' },
    description(site, gpc),
    h(
      'div',
      { class: 'ot-cat-grp' },
      h('h3', { id: 'ot-category-title' }, site.words['categories'] ?? ''),
      ...site.groups.filter(({ parent }) => !parent).map((category) => row(drawing, category)),
    ),
  );
}

function description(site: Site, gpc: boolean): HTMLElement {
  const { preferences, policy, words } = site;
  const opens = words['opens'] ?? '';
  return h(
    'div',
    {},
    h(
      'div',
      { id: 'ot-pc-desc' },
      h('span', foreign(preferences.textLang), rich(preferences.text, opens)),
      policy.url && ' ',
      policy.url && linked(h('a', { class: 'privacy-notice-link' }, policy.text), policy.url, opens),
    ),
    gpc && h('p', { class: 'ot-note ot-optout-signal' }, words['gpc'] ?? ''),
  );
}

function row(drawing: Drawing, category: Category): HTMLElement {
  const { site, hosts } = drawing;
  const { id } = category;
  const details = h(
    'div',
    { id: `ot-desc-id-${id}`, class: 'ot-acc-txt', hidden: true },
    h('div', { class: 'ot-category-desc', ...foreign(category.textLang) }, rich(category.description, site.words['opens'] ?? '')),
    cookieTable(category.cookies ?? [], site.words),
    hosts.opener(category),
    ...membersOf(site, id).map((member) => subRow(drawing, member)),
  );
  const open = (): void => {
    const root = opener.closest('.otPcTab');
    if (root) foldOthers(root, opener);
    unfold(opener, details, root !== null || details.hidden);
  };
  const described = locked(category) && `ot-always-${id}`;
  const opener: HTMLElement = h(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-controls': details.id, 'aria-describedby': described, onclick: open },
    icon(CHEVRON),
    h('span', { id: `ot-header-id-${id}`, ...foreign(category.nameLang) }, category.name),
  );
  return h(
    'div',
    { class: 'ot-cat-item', 'data-optanongroupid': id },
    h(
      'div',
      { class: 'ot-row' },
      h('h4', {}, opener),
      control(drawing, category, `ot-group-id-${id}`, 'category-switch-handler'),
    ),
    details,
  );
}

function subRow(drawing: Drawing, category: Category): HTMLElement {
  const { site, hosts } = drawing;
  const name = h('strong', { id: `ot-header-id-${category.id}`, ...foreign(category.nameLang) }, category.name);
  const said = h('p', foreign(category.textLang), rich(category.description, site.words['opens'] ?? ''));
  const text = h('div', {}, name, said, hosts.opener(category));
  const inputId = `ot-sub-group-id-${category.id}`;
  return h(
    'div',
    { class: 'ot-subgrp', 'data-optanongroupid': category.id },
    text,
    control(drawing, category, inputId, 'cookie-subgroup-handler'),
  );
}

/** The switch of a category, or what stands in its place when there is nothing to decide. */
function control({ site, switches, actions }: Drawing, category: Category, id: string, name: string): HTMLElement {
  if (locked(category)) {
    const on = category.status !== 'always inactive';
    return h('span', { id: `ot-always-${category.id}`, class: 'ot-always-active' }, site.words[on ? 'always' : 'off'] ?? '');
  }
  const label = `ot-header-id-${category.id}`;
  const input = h('input', { type: 'checkbox', role: 'switch', id, class: name, 'aria-labelledby': label });
  input.addEventListener('change', () => {
    turn(input, input.checked);
    followFamily(site, category, switches);
    actions.toggled(category, input.checked);
  });
  switches.set(category.id, input);
  return input;
}

/** A parent takes its children along; it is itself on when all of them are. */
function followFamily(site: Site, category: Category, switches: Switches): void {
  const on = switches.get(category.id)?.checked ?? false;
  for (const member of membersOf(site, category.id)) {
    const input = switches.get(member.id);
    if (input) turn(input, on);
  }
  const parent = switches.get(category.parent);
  const family = membersOf(site, category.parent).map(({ id }) => switches.get(id)?.checked ?? true);
  if (parent) turn(parent, family.every(Boolean));
}

function answered(switches: Switches): Answers {
  return Object.fromEntries([...switches].map(([id, { checked }]) => [id, Number(checked)]));
}

/** Beside its list of categories the `tab` layout has room for the details of one: another's make way. */
function foldOthers(root: Element, opener: Element): void {
  for (const other of root.querySelectorAll('.ot-row [aria-expanded="true"]')) {
    const details = document.getElementById(other.getAttribute('aria-controls') ?? '');
    if (other !== opener && details) unfold(other, details, false);
  }
}

/** What the layouts show before anybody asks: all details in a list, the first ones beside tabs. */
function unfoldFirst(root: Element, layout: Site['preferencesLayout']): void {
  const openers = layout === 'list' || layout === 'tab' ? [...root.querySelectorAll('.ot-row [aria-expanded]')] : [];
  for (const opener of layout === 'tab' ? openers.slice(0, 1) : openers) {
    const details = root.querySelector<HTMLElement>(`#${CSS.escape(opener.getAttribute('aria-controls') ?? '')}`);
    if (details) unfold(opener, details, true);
  }
}

const FOOTER = [
  ['reject', 'PREFERENCE_CENTER_REJECT_ALL', 'ot-btn ot-pc-refuse-all-handler', undefined],
  ['accept', 'PREFERENCE_CENTER_ALLOW_ALL', 'ot-btn', 'accept-recommended-btn-handler'],
  ['confirm', 'PREFERENCE_CENTER_CONFIRM', 'ot-btn save-preference-btn-handler onetrust-close-btn-handler', undefined],
] as const;

function footer(site: Site, actions: PreferenceActions, said: () => StatedChoices): HTMLElement {
  const buttons = FOOTER.map(([name, usual, looks, id]) => {
    const button = site.preferences.buttons[name];
    const onclick = (): void => button && actions.press(meaning(button, usual), said());
    return button && h('button', { type: 'button', id, class: looks, onclick }, button.text);
  });
  return h('div', { class: 'ot-pc-footer' }, ...buttons);
}
