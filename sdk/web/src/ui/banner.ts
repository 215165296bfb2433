// The banner: one question, with its answer buttons side by side (web-sdk.md §13.1).
import { INTERACTIONS, type InteractionName } from '../consent/interactions.ts';
import type { Button, ButtonName, Site } from '../consent/site.ts';
import { CROSS, h, icon, linked, rich } from './dom.ts';
import { letGo, trap } from './focus.ts';

const LAYOUTS = {
  bottom: 'otFlat bottom',
  top: 'otFlat top',
  corner: 'otFloatingRoundedCorner bottom-left',
  centre: 'otCenterRounded',
};

const USUAL = {
  accept: 'BANNER_ALLOW_ALL',
  reject: 'BANNER_REJECT_ALL',
  close: 'BANNER_CLOSE',
} as const;

type Press = (name: 'accept' | 'reject' | 'close') => void;

export interface BannerActions {
  readonly press: (name: InteractionName) => void;
  readonly manage: () => void;
}

/** What a button means: what the site says it does, else the usual thing. */
export function meaning(button: Button, usual: InteractionName): InteractionName {
  return button.does !== undefined && button.does in INTERACTIONS ? (button.does as InteractionName) : usual;
}

/** The banner, not yet in the page. The centre layout is modal: the page waits behind it. */
export function buildBanner(site: Site, actions: BannerActions, gpc: boolean): HTMLElement {
  const { banner, words } = site;
  const modal = site.layout === 'centre';
  const { close } = banner.buttons;
  const press: Press = (name) => {
    const button = banner.buttons[name];
    if (button) actions.press(meaning(button, USUAL[name]));
  };
  const flags = `${modal ? ' ot-modal' : ''}${close ? (close.link ? ' ot-linked' : ' ot-closable') : ''}`;
  const root = h(
    'div',
    {
      id: 'onetrust-banner-sdk',
      class: LAYOUTS[site.layout] + flags,
      role: 'region',
      'aria-label': words['region'] ?? banner.title,
      tabindex: 0,
      lang: site.language,
    },
    card(site, press, actions.manage, gpc),
  );
  root.addEventListener('keydown', (event) => {
    root.classList.add('ot-keys');
    (modal ? trap : letGo)(root, event);
    if (event.key === 'Escape') press('close');
  });
  return root;
}

function card(site: Site, press: Press, manage: () => void, gpc: boolean): HTMLElement {
  const { banner, layout, words } = site;
  const { close } = banner.buttons;
  const modal = layout === 'centre';
  return h(
    'div',
    {
      class: 'ot-card ot-sdk-container',
      role: modal ? 'alertdialog' : 'dialog',
      'aria-modal': modal && 'true',
      'aria-labelledby': 'onetrust-policy-title',
      'aria-describedby': 'onetrust-policy-text',
    },
    texts(site, gpc),
    h('div', { id: 'onetrust-button-group-parent' }, buttonGroup(site, press, manage)),
    close && closeButton(close, words['close'] ?? '', () => press('close')),
  );
}

function texts(site: Site, gpc: boolean): HTMLElement {
  const { banner, logo, policy, words } = site;
  const opens = words['opens'] ?? '';
  return h(
    'div',
    { id: 'onetrust-group-container', class: 'ot-sdk-columns' },
    logo && h('img', { class: 'ot-logo', src: logo, alt: '' }),
    h(
      'div',
      { id: 'onetrust-policy' },
      h('h2', { id: 'onetrust-policy-title' }, banner.title),
      h(
        'div',
        { id: 'onetrust-policy-text' },
        rich(banner.text, opens),
        policy.url && ' ',
        policy.url && linked(h('a', { class: 'ot-cookie-policy-link' }, policy.text), policy.url, opens),
      ),
      gpc && h('p', { class: 'ot-note ot-optout-signal' }, words['gpc'] ?? ''),
    ),
  );
}

const BUTTONS: Readonly<Record<'accept' | 'reject' | 'manage', { id: string; looks: string }>> = {
  accept: { id: 'onetrust-accept-btn-handler', looks: 'ot-btn' },
  reject: { id: 'onetrust-reject-all-handler', looks: 'ot-btn' },
  manage: { id: 'onetrust-pc-btn-handler', looks: 'ot-btn ot-quiet' },
};

/** Accepting and refusing look alike and stand in one row: neither is easier (EDPB, guidelines 03/2022). */
function buttonGroup(site: Site, press: Press, manage: () => void): HTMLElement {
  const { buttons } = site.banner;
  const lonely = !(buttons.accept && buttons.reject);
  const group = h('div', { id: 'onetrust-button-group' });
  for (const name of Object.keys(buttons) as ButtonName[]) {
    const button = buttons[name];
    if (!button || name === 'close' || name === 'confirm') continue;
    const { id, looks } = BUTTONS[name];
    const link = button.link ? ' cookie-setting-link' : '';
    const alone = lonely && name !== 'manage' ? ' ot-alone' : '';
    const onclick = name === 'manage' ? manage : (): void => press(name);
    group.append(h('button', { type: 'button', id, class: looks + link + alone, onclick }, button.text));
  }
  return group;
}

function closeButton(close: Button, label: string, onclick: () => void): HTMLElement {
  const name = 'onetrust-close-btn-handler banner-close-button';
  const button = close.link
    ? h('button', { type: 'button', class: `${name} ot-close-link`, onclick }, close.text)
    : h('button', { type: 'button', class: `${name} ot-icon-btn`, 'aria-label': close.text || label, onclick }, icon(CROSS));
  return h('div', { id: 'onetrust-close-btn-container' }, button);
}
