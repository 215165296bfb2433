// The first screen: the container, its banner, and the insertion point of the preference centre.
import type { InteractionName } from '../consent/interactions.ts';
import { trackEvent } from '../globals/analytics.ts';
import type { Screens, Session } from '../session.ts';
import { buildBanner } from './banner.ts';
import css from './banner.css';
import { afterFrame, h } from './dom.ts';
import { offerFocus } from './focus.ts';
import { applyStyles, applyTheme } from './style.ts';

/** Where the preference centre was opened from, as analytics events name it (web-sdk.md §6.4). */
export type Opener = 'Banner' | 'Button' | 'Function';

/** What comes with the second script: preference centre, cookie list, placeholders, settings button. */
export interface Later {
  open(opener: Opener): void;
  hide(): void;
  refresh(): void;
  settled(): void;
}

const ID = 'onetrust-consent-sdk';
let styled = false;

/** Not `document.body`: a form of that name would hide it. */
const body = (): Element | null => document.querySelector('body');

export class Screen implements Screens {
  banner: HTMLElement | null = null;
  #later: Later | null = null;
  #wanted: Opener | null = null;
  #container: HTMLElement | null = null;
  #shade: HTMLElement | null = null;
  #front: Element | null = null;

  constructor(readonly session: Session) {}

  /** The second script has come; what was asked of it meanwhile is done now. */
  join(later: Later): void {
    this.#later = later;
    later.refresh();
    if (!this.asking) later.settled();
    if (this.#wanted) later.open(this.#wanted);
    this.#wanted = null;
  }

  /** The one element that holds everything of ours, in the page. */
  get root(): HTMLElement {
    if (this.#container) {
      if (!this.#container.isConnected) this.#place();
      return this.#container;
    }
    const { site, stub } = this.session;
    if (!styled) applyStyles(css, stub.tag.nonce);
    styled = true;
    this.#shade = h('div', { class: 'onetrust-pc-dark-filter ot-hide ot-fade-in' });
    const dir = site.rtl ? 'rtl' : 'ltr';
    this.#container = h('div', { id: ID, 'data-nosnippet': 'true', dir, popover: 'manual' }, this.#shade);
    applyTheme(this.#container, site);
    this.#place();
    return this.#container;
  }

  /** Is there anything of ours in the page? */
  get built(): boolean {
    return this.#container !== null;
  }

  /** The page has moved: everything of ours stays in it, and inside the dialog in front of it, if there is one. */
  follow(front: Element | null): void {
    this.#front = front;
    const { root } = this;
    if (root.parentElement !== (front ?? body())) this.#place();
    // A page that comes back from a cache brings a copy of ours that does nothing.
    for (const copy of document.querySelectorAll(`#${ID}`)) if (copy !== root) copy.remove();
  }

  /** In the top layer the page's own looks (a body that is moved or scaled, stacking) have no say. */
  #place(): void {
    const container = this.#container;
    (this.#front ?? body())?.append(container ?? '');
    if (container && 'showPopover' in container) container.showPopover();
  }

  showBanner(): void {
    const { session } = this;
    const press = (name: InteractionName): void => {
      trackBanner(session, name);
      session.press(name, {}, { soon: true });
    };
    this.banner?.remove();
    const actions = { press, manage: () => this.open('Banner') };
    const banner = (this.banner = buildBanner(session.site, actions, session.visit.gpc));
    this.root.prepend(banner);
    this.darken();
    // Both need to know where everything stands: asked before the banner is painted, they would hold it up.
    afterFrame(() => {
      this.#makeRoom();
      offerFocus(banner); // One that was closed meanwhile cannot take it.
    });
  }

  open(opener: Opener): void {
    if (this.#later) this.#later.open(opener);
    else this.#wanted = opener;
  }

  /** Only what the person must see at once: the rest of it is `refresh`, which follows after the next frame. */
  close(): void {
    this.#later?.hide();
    this.banner?.classList.add('ot-hide');
    this.darken();
  }

  refresh(): void {
    this.#makeRoom();
    this.#later?.refresh();
    if (!this.asking) this.#later?.settled();
  }

  /** The page behind a dialog is dimmed: behind the preference centre, or a banner that must be answered. */
  darken(open = false): void {
    const asks = this.asking && this.session.site.layout === 'centre';
    this.#shade?.classList.toggle('ot-hide', !open && !asks);
    this.#shade?.classList.toggle('ot-over', open);
  }

  /** The banner is up. */
  get asking(): boolean {
    return this.banner !== null && !this.banner.classList.contains('ot-hide');
  }

  /** Takes everything of ours out of the page, to be built anew. */
  clear(): void {
    this.#later?.hide();
    this.#container?.remove();
    this.#container = this.banner = null;
    this.#makeRoom();
  }

  /** What the keyboard reaches in the page is never hidden behind the banner (WCAG 2.2, 2.4.11). */
  #makeRoom(): void {
    const { layout } = this.session.site;
    const height = this.asking && layout !== 'centre' && this.banner?.querySelector('.ot-card')?.clientHeight;
    const room = height ? `${height + 24}px` : '';
    const { style } = document.documentElement;
    if (layout === 'top') style.scrollPaddingTop = room;
    else style.scrollPaddingBottom = room;
  }
}

const EVENTS: Readonly<Partial<Record<InteractionName, string>>> = {
  BANNER_ALLOW_ALL: 'Banner Accept Cookies',
  BANNER_REJECT_ALL: 'Banner Reject All',
  BANNER_CLOSE: 'Banner Close Button',
  BANNER_CONTINUE_WITHOUT_ACCEPTING: 'Banner - Continue without Accepting',
};

function trackBanner({ stub }: Session, name: InteractionName): void {
  const action = EVENTS[name];
  if (action) trackEvent(stub, action);
}
