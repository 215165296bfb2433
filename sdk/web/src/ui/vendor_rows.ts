// One partner in the list: its name, a switch, an objection, and its details (web-sdk.md §13.2).
import { linkedTo } from '../consent/choices.ts';
import { locked } from '../consent/site.ts';
import { type VendorChoices, type VendorText, type VendorTexts, mayAsk, mayClaim } from '../consent/vendors.ts';
import type { Answers } from '../formats/optanon.ts';
import { CHEVRON, h, icon, linked } from './dom.ts';
import { turn, unfold } from './switches.ts';
import { type Drawing, vendorDetails } from './vendor_details.ts';

/** The answers about single partners: those of the IAB's and Google's lists, and by id those outside both. */
export interface VendorsNow extends VendorChoices {
  readonly general: Answers;
}

/** Something was said of a partner: consent, or that its interest stands. */
export type Said = (kind: keyof VendorsNow, id: number | string, on: boolean, name: string) => void;

/** A partner in the list. */
export interface Row {
  readonly item: HTMLElement;
  readonly name: string;
  readonly list: 'consents' | 'google' | 'general';
  /** Its number on the IAB's list; 0 for partners outside it. */
  readonly vendor: number;
  readonly claims: boolean;
  consent(on: boolean): void;
  object(objected: boolean): void;
  show(now: VendorsNow): void;
}

/** A button that objects, and takes the objection back. */
export interface Objection {
  readonly button: HTMLButtonElement;
  set(objected: boolean): void;
}

/** `name` is the accessible name that distinguishes it for screen reader users. */
export function objection(words: VendorTexts['words'], name: string, said: (objected: boolean) => void): Objection {
  const button = h('button', { type: 'button', 'aria-describedby': 'ot-word-interest' });
  let objected = false;
  const set = (to: boolean): void => {
    objected = to;
    button.className = `ot-obj ${to ? 'ot-remove-objection-handler' : 'ot-obj-leg-btn-handler'}`;
    button.textContent = words[to ? 'undo' : 'object'] ?? '';
    button.setAttribute('aria-label', `${button.textContent}: ${name}`);
  };
  button.addEventListener('click', () => {
    set(!objected);
    said(objected);
  });
  set(false);
  return { button, set };
}

/** A vendor of the IAB's list. */
export function vendorRow(drawing: Drawing, vendor: VendorText, said: Said): Row {
  const { rules, texts } = drawing;
  const { id, name } = vendor;
  const label = `ot-ven-name-${id}`;
  const shown = purposesShown(drawing);
  const claims = shown.some((purpose) => mayClaim(rules, id, purpose));
  const tellInterest = (objected: boolean): void => said('interests', id, !objected, name);
  const objecting = claims ? objection(texts.words, name, tellInterest) : null;
  const asks = shown.some((purpose) => mayAsk(rules, id, purpose));
  const tell = (on: boolean): void => said('consents', id, on, name);
  const consent = asks ? vendorSwitch(`ot-vendor-id-${id}`, 'vendor-checkbox-handler', label, tell) : null;
  const [opener, details] = opening(drawing, vendor, label);
  const answers = h('div', { class: 'ot-answers' }, objecting?.button, consent);
  const row = h('div', { class: 'ot-row' }, h('h5', {}, opener), answers);
  return {
    item: h('li', { class: 'ot-ven-item', 'data-vendor': id }, row, details),
    ...{ name, list: 'consents', vendor: id, claims },
    consent: flipping(consent, tell),
    object: (objected) => {
      if (!objecting) return;
      objecting.set(objected);
      tellInterest(objected);
    },
    show: ({ consents, interests }) => {
      if (consent) turn(consent, consents.has(id));
      objecting?.set(!interests.has(id));
    },
  };
}

/** The button with a vendor's name, and its details, rendered when they are opened. */
function opening(drawing: Drawing, vendor: VendorText, label: string): [HTMLElement, HTMLElement] {
  const details = h('div', { id: `ot-ven-txt-${vendor.id}`, class: 'ot-acc-txt', hidden: true });
  const open = (): void => {
    if (!details.hasChildNodes()) details.append(vendorDetails(drawing, vendor));
    unfold(opener, details);
  };
  const opener = h(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-controls': details.id, onclick: open },
    icon(CHEVRON),
    h('span', { id: label }, vendor.name),
  );
  return [opener, details];
}

/** A provider of Google's list. */
export function googleRow({ site }: Drawing, [id, name, policy]: VendorTexts['google'][number], said: Said): Row {
  const label = `ot-addtl-name-${id}`;
  const tell = (on: boolean): void => said('google', id, on, name);
  const consent = vendorSwitch(`ot-addtl-ven-id-${id}`, 'addtl-vendor-checkbox-handler', label, tell);
  const link = linked(h('a', { id: label }, name), policy, site.words['opens'] ?? '');
  return plainRow(name, 'google', link, null, { control: consent, tell, holds: ({ google }) => google.has(id) });
}

/** A partner outside both lists, which follows its categories until it has an answer itself. */
export function generalRow({ site }: Drawing, [id, name, policy, text]: VendorTexts['general'][number], said: Said): Row {
  const label = `ot-gen-name-${id}`;
  const tell = (on: boolean): void => said('general', id, on, name);
  const categories = linkedTo(site, id);
  const fixed = categories.length > 0 && categories.every(locked);
  const on = categories.every(({ status }) => status !== 'always inactive');
  const control = fixed
    ? h('span', { class: 'ot-always-active' }, site.words[on ? 'always' : 'off'] ?? '')
    : vendorSwitch(`ot-gen-ven-id-${id}`, 'vendor-checkbox-handler', label, tell);
  const link = policy ? linked(h('a', { id: label }, name), policy, site.words['opens'] ?? '') : h('span', { id: label }, name);
  return plainRow(name, 'general', link, text, { control, tell, holds: ({ general }) => general[id] === 1 });
}

interface Answering {
  readonly control: HTMLElement;
  readonly tell: (on: boolean) => void;
  readonly holds: (now: VendorsNow) => boolean;
}

/** A row that has nothing to unfold. */
function plainRow(name: string, list: Row['list'], link: Node, text: string | null, { control, tell, holds }: Answering): Row {
  const consent = control instanceof HTMLInputElement ? control : null;
  const told = h('div', { class: 'ot-plain-text' }, h('h5', {}, link), text && h('p', {}, text));
  return {
    item: h('li', { class: 'ot-ven-item' }, h('div', { class: 'ot-row ot-plain' }, told, control)),
    ...{ name, list, vendor: 0, claims: false },
    consent: flipping(consent, tell),
    object: () => undefined,
    show: (now) => consent && turn(consent, holds(now)),
  };
}

function vendorSwitch(id: string, name: string, label: string, tell: (on: boolean) => void): HTMLInputElement {
  const labels = `${label} ot-word-consent`;
  const input = h('input', { type: 'checkbox', role: 'switch', id, class: name, 'aria-labelledby': labels });
  input.addEventListener('change', () => flipping(input, tell)(input.checked));
  turn(input, false);
  return input;
}

/** Puts a switch there and says so; nothing where there is none. */
function flipping(input: HTMLInputElement | null, tell: (on: boolean) => void): (on: boolean) => void {
  return (on) => {
    if (!input) return;
    turn(input, on);
    tell(on);
  };
}

function purposesShown({ site }: Drawing): number[] {
  return site.groups.filter(({ kind }) => /_PURPOSE$/.test(kind) && !/_SPL_/.test(kind)).map(({ id }) => Number(id.slice(7)));
}
