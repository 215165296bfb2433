// The screens that are loaded later: preference centre, cookie list, placeholders, settings button.
import { INTERACTIONS, type InteractionName } from '../consent/interactions.ts';
import type { StatedChoices } from '../consent/apply_interaction.ts';
import type { Answers } from '../formats/optanon.ts';
import { trackEvent } from '../globals/analytics.ts';
import { hostsOf } from '../globals/domain_groups.ts';
import type { Session } from '../session.ts';
import { SLIDERS, h, icon } from './dom.ts';
import { foreign } from './foreign.ts';
import { toPage } from './focus.ts';
import type { Words } from './host_words.ts';
import lists from './lists.css';
import { placeholders } from './placeholders.ts';
import { fillPolicy } from './policy.ts';
import looks from './preferences.css';
import { type Preferences, buildPreferences } from './preferences.ts';
import type { Later, Opener, Screen } from './screen.ts';
import { applyStyles } from './style.ts';

const OPENERS = '.ot-sdk-show-settings,.optanon-show-settings,.optanon-toggle-display';
let styled = false;

/** The style of these screens. */
export const css = looks + lists;

/** What a single regulation adds to the preference centre; loaded with that regulation's script. */
export interface Extension {
  /** The preference centre was built, or was there already. */
  built(preferences: Preferences): void;
  /** It comes up with the answers as they stand, or goes away. */
  opened(): void;
  hidden(): void;
  /** It went away without an answer. */
  left(): void;
  /** What was said on its screens, beside these answers about categories. */
  said(groups: Readonly<Answers>): StatedChoices;
}

export class DeferredScreens implements Later {
  private extension: Extension | null = null;
  private preferences: Preferences | null = null;
  private floating: HTMLElement | null = null;
  private fetched: Promise<Words> | null = null;
  private cameFrom: Element | null = null;
  private held = false;
  private readonly session: Session;
  private readonly clicked = (event: Event): void => {
    // Seen from here, what was clicked inside a shadow root is its host: the path knows better.
    if (!event.composedPath().some((each) => each instanceof Element && each.matches(OPENERS))) return;
    event.preventDefault();
    this.toggle('Button');
  };

  constructor(private readonly screen: Screen) {
    this.session = screen.session;
    if (!styled) applyStyles(css, this.session.stub.tag.nonce);
    styled = true;
    document.addEventListener('click', this.clicked);
  }

  /** A rule's own script has come. */
  extend(extension: Extension): void {
    this.extension = extension;
    if (this.preferences) extension.built(this.preferences);
  }

  /** Another one takes over. */
  leave(): void {
    document.removeEventListener('click', this.clicked);
  }

  /** The texts of screens that most visitors never open, fetched when one is opened. */
  words(): Promise<Words> {
    return (this.fetched ??= fetchWords(this.session));
  }

  toggle(opener: Opener): void {
    if (this.isOpen) this.shut();
    else this.open(opener);
  }

  open(opener: Opener): void {
    const { session } = this;
    this.cameFrom = document.activeElement;
    const { root } = this.build();
    this.preferences?.show(session.choices);
    root.classList.remove('ot-hide');
    this.extension?.opened();
    this.screen.darken(true);
    lockScroll(true);
    root.querySelector<HTMLElement>('#close-pc-btn-handler,button')?.focus();
    trackEvent(session.stub, `Preference Center Opened From ${opener}`);
    window.dispatchEvent(new CustomEvent('OneTrustPCLoaded'));
  }

  /** The preference centre in the page, hidden until it is opened. */
  build(): Preferences {
    if (this.preferences?.root.isConnected) return this.preferences;
    const { session } = this;
    const toggled = ({ id, name }: { id: string; name: string }, on: boolean): void =>
      trackEvent(session.stub, `Preferences Toggle ${on ? 'On' : 'Off'}`, `${name}: ${id}`);
    const hostToggled = (host: string, id: string, on: boolean): void =>
      trackEvent(session.stub, `Host Toggle ${on ? 'On' : 'Off'}`, `${host}: H_${id}`);
    const reaches = session.site.groups.some((category) => hostsOf(category).length);
    const hostWords = reaches ? this.words() : Promise.resolve({});
    const close = (): void => {
      trackEvent(session.stub, 'Preferences Close Button');
      this.shut();
    };
    const press = (name: InteractionName, stated?: StatedChoices): void => this.answer(name, stated);
    this.preferences = buildPreferences(session.site, { press, toggled, hostToggled, hostWords, close }, session.visit.gpc);
    this.screen.root.append(this.preferences.root);
    this.extension?.built(this.preferences);
    return this.preferences;
  }

  /** Answered, here or elsewhere: the keyboard goes back to where the preference centre was opened. */
  hide(): void {
    this.held ||= this.screen.root.contains(document.activeElement);
    if (!this.isOpen) return;
    this.preferences?.root.classList.add('ot-hide');
    this.extension?.hidden();
    lockScroll(false);
    const back = this.cameFrom;
    if (back === document.body) toPage();
    else if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
  }

  refresh(): void {
    const { session } = this;
    // What was pressed went away under the keyboard, which would go on behind it, at the end of the page.
    const here = document.activeElement;
    if (this.held && (here === document.body || !here?.getClientRects().length)) toPage();
    this.held = false;
    this.preferences?.show(session.choices);
    this.mark();
    fillPolicy(session.site);
    this.placeholders();
    const { settings } = session.site.words;
    for (const button of document.querySelectorAll('#ot-sdk-btn')) if (settings) button.textContent = settings;
  }

  /** What the banner says in another language than the page's is marked. A rule of the IAB's adds words of ours to its text. */
  private mark(): void {
    const { banner, iab } = this.session.site;
    const mark = (id: string, language?: string): void => {
      const element = this.screen.banner?.querySelector(id);
      for (const [name, value] of Object.entries(foreign(language))) element?.setAttribute(name, value);
    };
    mark('#onetrust-policy-title', banner.titleLang);
    if (!iab) mark('#onetrust-policy-text', banner.textLang);
  }

  /** What waits has its placeholder. */
  placeholders(): void {
    const { session } = this;
    placeholders(session.site, (ids) =>
      session.press('API_CONFIRM', { groups: Object.fromEntries(ids.map((id) => [id, 1])) }),
    );
  }

  /** Nothing is asked any more: the button that opens the preference centre again appears. */
  settled(): void {
    const { site } = this.session;
    if (!site.floating || this.floating?.isConnected) return;
    const label = site.words['settings'] ?? '';
    const onclick = (): void => this.open('Button');
    const looks = { type: 'button', class: 'ot-floating-button__open', 'aria-label': label, title: label };
    const button = h('button', { ...looks, onclick }, icon(SLIDERS));
    this.floating = h('div', { id: 'ot-sdk-btn-floating', class: 'ot-floating-button' }, button);
    this.screen.root.append(this.floating);
  }

  /** The person leaves without an answer; a banner that still asks stays. */
  shut(): void {
    const left = this.isOpen;
    this.hide();
    if (left) this.extension?.left();
    this.screen.darken();
  }

  private get isOpen(): boolean {
    return this.preferences !== null && !this.preferences.root.classList.contains('ot-hide');
  }

  private answer(name: InteractionName, stated: StatedChoices = {}): void {
    if (INTERACTIONS[name][0] === 'keep') return this.shut();
    const said = name.endsWith('ALLOW_ALL') ? 'Allow All' : name.endsWith('REJECT_ALL') ? 'Reject All' : 'Save Settings';
    trackEvent(this.session.stub, `Preferences ${said}`);
    const more = this.extension?.said(stated.groups ?? {});
    const vendors = { ...stated.vendors, ...more?.vendors };
    this.session.press(name, { ...stated, ...more, vendors }, { soon: true });
  }
}

/** The words of what most visitors never see; none where they cannot be had. */
async function fetchWords({ site, stub }: Session): Promise<Words> {
  try {
    const answer = await fetch(`${stub.base}/consent/${stub.id}/words/${site.language}.json`, { credentials: 'omit' });
    return answer.ok ? ((await answer.json()) as Words) : {};
  } catch {
    return {};
  }
}

/** A page behind a dialog does not scroll, and does not jump when its scroll bar goes. */
function lockScroll(lock: boolean): void {
  const { documentElement: page, body } = document;
  if (lock === page.classList.contains('ot-lock')) return;
  // Only the way in asks how wide the page is: on the way out it would be laid out before the dialog is seen to go.
  const bar = lock ? window.innerWidth - page.clientWidth : 0;
  body.style.paddingInlineEnd = bar ? `${bar}px` : '';
  page.classList.toggle('ot-lock', lock);
}
