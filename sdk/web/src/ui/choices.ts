// A banner with a switch for each category, and a button that saves them (`otChoicesBanner`, web-sdk.md §13.1).
import { type Category, consentable, locked, membersOf } from '../consent/site.ts';
import type { Session } from '../session.ts';
import { h } from './dom.ts';
import { foreign } from './foreign.ts';
import type { Screen } from './screen.ts';

/** Puts the switches on the banner that stands there; nothing where none does, or they are there already. */
export function addChoices({ banner }: Screen, session: Session): void {
  const text = banner?.querySelector('#onetrust-group-container');
  const buttons = banner?.querySelector('#onetrust-button-group');
  if (!banner || !text || !buttons || banner.querySelector('.ot-choices')) return;
  const { site, choices } = session;
  const switches = new Map<string, HTMLInputElement>();
  const asked = site.groups.filter((category) => !membersOf(site, category.id).length && consentable(category));
  const rows = asked.map((category) => row(category, choices.groups[category.id] === 1, switches));
  const save = (): void => {
    const groups = Object.fromEntries([...switches].map(([id, input]) => [id, input.checked ? 1 : 0]));
    session.press('BANNER_CONFIRM', { groups }, { soon: true });
  };
  const label = site.words['categories'] ?? '';
  text.append(h('div', { class: 'ot-choices', role: 'group', 'aria-label': label }, ...rows));
  const confirm = site.preferences.buttons.confirm?.text ?? '';
  buttons.append(h('button', { type: 'button', class: 'ot-btn ot-bnr-save-handler', onclick: save }, confirm));
  banner.classList.add('otChoicesBanner');
}

function row(category: Category, on: boolean, switches: Map<string, HTMLInputElement>): HTMLElement {
  const id = `ot-bnr-grp-${category.id}`;
  const input = h('input', { type: 'checkbox', role: 'switch', class: 'banner-option-input', id, checked: on });
  if (locked(category)) {
    input.checked = category.status !== 'always inactive';
    input.disabled = true;
  } else switches.set(category.id, input);
  return h('label', { for: id, ...foreign(category.nameLang) }, input, category.name);
}
