// The session of one visitor on one page: the choices made, and the steps from an interaction to every listener.
import { holds } from './consent/banner.ts';
import { type Choices, overlaid, same } from './consent/choices.ts';
import { type Effect, INTERACTIONS, type InteractionName } from './consent/interactions.ts';
import { type StatedChoices, applyInteraction } from './consent/apply_interaction.ts';
import type { Category, Site } from './consent/site.ts';
import { type Memory, type Visit, activeIds, begin } from './consent/visit.ts';
import { release } from './blocking/release.ts';
import { type KeptConsent, keptFor, signalled } from './storage/consent.ts';
import { CONSENT_EVENT, UPDATED_EVENT, dispatch, pushLoaded, pushUpdated, setGlobals } from './globals/announce.ts';
import { tellUpdate } from './globals/google.ts';
import { page } from './globals/page.ts';
import type { Stub } from './globals/contracts.ts';
import { afterFrame } from './ui/dom.ts';
import { keepPendingReceipt } from './network/pending_receipt.ts';
import { type Tabs, joinTabs } from './network/tabs.ts';

const BOT = /bot\b|crawl|spider|slurp|OneTrust/i;

/** How the screen reacts to the session; does nothing where the page is headless. */
export interface Screens {
  /** The visitor has answered: closes banner and preference centre. */
  close(): void;
  /** Answers have changed elsewhere (another tab, a profile): updates the screen. */
  refresh(): void;
}

/** How an interaction is processed. `quiet` sends no receipt; `soon` lets the browser paint before the slow part. */
export interface Manner {
  readonly quiet?: boolean;
  readonly soon?: boolean;
}

export class Session {
  choices: Choices;
  screens: Screens = { close: () => undefined, refresh: () => undefined };
  /** Runs on every computation of the state: the last one given to `UpdateGCM` (web-sdk.md §5.3). */
  onState: (() => void) | null = null;
  token = '';
  lastReceipt: unknown = null;
  owed: InteractionName | null = null;
  /** Cleans up after categories that lost their consent; set by the second script, as their switches are. */
  onWithdrawn: (categories: readonly Category[]) => void = () => undefined;
  /** Builds the consent strings after answers were stored. Without an effect the answers came from another tab. */
  onKept: (effect?: Effect, stated?: StatedChoices) => void = () => undefined;
  /** Writes the receipt of an interaction; set by the second script. */
  prove: ((name: InteractionName) => void) | null = null;
  readonly visit: Visit;
  readonly kept: KeptConsent;
  /** The state stored on this device when the page started. */
  readonly memory: Memory;
  readonly bot = BOT.test(navigator.userAgent);
  readonly #tabs: Tabs;
  #left = false;
  #wrapping = false;
  #pending: (() => void) | null = null;

  constructor(
    public site: Site,
    readonly stub: Stub,
  ) {
    this.kept = keptFor(site);
    this.#adoptExternal();
    this.memory = this.kept.memory();
    this.visit = begin(site, this.memory, {
      now: Date.now(),
      page: location.origin + location.pathname,
      gpc: signalled(),
    });
    this.choices = this.visit.choices;
    this.#tabs = joinTabs(site.id, () => this.#follow());
    window.addEventListener('pagehide', () => this.flush());
  }

  get active(): string[] {
    return activeIds(this.site, this.choices);
  }

  /** Has the person answered, and is the answer still valid? */
  get answered(): boolean {
    const closed = this.kept.closedAt();
    if (closed === null || !holds(Date.now(), closed, this.site.rule.days)) return false;
    return closed >= this.site.rule.reconsentAt || this.kept.get('AwaitingReconsent') !== 'true';
  }

  get asks(): boolean {
    return this.visit.asks && !this.bot;
  }

  /** Starts the page: cookies are written, tags released, listeners notified (web-sdk.md §7.1). */
  begin(): void {
    const stored = this.memory;
    const { closedAt } = this.visit;
    if (stored.closedAt && closedAt === null) this.kept.reopen();
    this.kept.begin(this.visit);
    if (closedAt !== null && closedAt !== stored.closedAt) this.kept.close(closedAt);
    release(this.active);
    this.state(this.answered || this.stub.googleDefault);
    const repeated = this.stub.announced && !this.visit.changed;
    if (!repeated) {
      pushUpdated(this.stub, this.active);
      dispatch(this.active, ...(stored.known ? [CONSENT_EVENT] : []), UPDATED_EVENT);
    }
    if (this.visit.gpcWithdrew) this.owe('GPC_CHANGED');
  }

  /** Writes the receipt of a choice; if the page ends first, the next page finds the pending receipt. */
  owe(name: InteractionName): void {
    if (this.bot) return;
    this.owed = name;
    keepPendingReceipt(name);
    setTimeout(() => this.prove?.(name));
  }

  /**
   * Applies a button press or method call. The order is a contract (web-sdk.md §7.2): screens closed, answer stored,
   * tags released, Google notified, globals, data layer, events, the page's wrapper, receipt.
   */
  press(name: InteractionName, stated: StatedChoices = {}, manner: Manner = {}): void {
    this.flush();
    this.screens.close();
    const finish = (): void => this.#finish(name, stated, manner);
    if (!manner.soon) return finish();
    this.#pending = finish;
    // The screen shows the answer before the slow steps run.
    afterFrame(() => this.flush());
  }

  /** Runs the work that waits for an animation frame at once. */
  flush(): void {
    const finish = this.#pending;
    this.#pending = null;
    finish?.();
  }

  /** Computes the state again: globals, data layer, registered listeners. */
  state(google: boolean): void {
    const { google: map, regions } = this.site.rule;
    if (google && Object.keys(map).length) tellUpdate(this.stub, map, regions, this.active);
    setGlobals(this.active);
    pushLoaded(this.stub, this.active);
    this.onState?.();
  }

  /** Notifies every listener of a change. */
  changed(): void {
    release(this.active);
    this.screens.refresh();
    this.state(true);
    pushUpdated(this.stub, this.active);
    dispatch(this.active, CONSENT_EVENT, UPDATED_EVENT);
    if (this.#wrapping) setTimeout(callWrapper);
  }

  /** The page's wrapper may be called from now on, since the methods it uses are available. */
  openWrapper(): void {
    this.#wrapping = true;
    callWrapper();
  }

  /** Applies answers that the page passes in. */
  adopt(choices: Choices): void {
    const before = this.choices;
    this.choices = choices;
    this.kept.choose(choices);
    this.onKept('state');
    this.#withdraw(before);
    this.changed();
    this.tell();
  }

  /** Notifies other tabs that the stored state has changed. */
  tell(): void {
    this.#tabs.tell();
  }

  /** Another session replaces this one, which no longer listens to other tabs. */
  leave(): void {
    this.#left = true;
  }

  #finish(name: InteractionName, stated: StatedChoices, manner: Manner): void {
    const [effect, type] = INTERACTIONS[name];
    if (effect === 'keep') return;
    const before = this.choices;
    const again = this.answered;
    this.choices = applyInteraction(this.site, before, effect, stated, this.site.rule.objects);
    const now = Date.now();
    const { country, state } = this.site.place;
    const count = Number(this.kept.get('interactionCount')) + (this.site.collection ? 1 : 0);
    this.kept.choose(this.choices, {
      intType: String(type),
      interactionCount: String(count),
      geolocation: `${country};${state}`,
      AwaitingReconsent: 'false',
      answeredAt: String(now),
    });
    // The question is closed only after the answer is stored: an answer that was not stored does not count.
    this.kept.close(now);
    this.onKept(effect, stated);
    this.#withdraw(before);
    this.changed();
    this.tell();
    // A repeated refusal changes nothing (web-sdk.md §5.1).
    const repeated = effect === 'refuse' && again && same(before.groups, this.choices.groups);
    if (!manner.quiet && !repeated) this.owe(name);
  }

  /** Another tab has stored answers: takes them over. */
  #follow(): void {
    if (this.#left) return;
    const before = this.choices;
    this.kept.refresh();
    const { groups, vendors } = this.kept.memory();
    this.choices = { ...before, groups: { ...before.groups, ...groups }, vendors: overlaid(before.vendors, vendors) };
    this.onKept();
    this.#withdraw(before);
    this.screens.close();
    this.changed();
  }

  /** The categories that were active and no longer are. */
  #withdraw(before: Choices): void {
    this.onWithdrawn(this.site.groups.filter(({ id }) => before.groups[id] && !this.choices.groups[id]));
  }

  /** Consent taken by a native app around this page (web-sdk.md §12.4). */
  #adoptExternal(): void {
    const { consentedDate = '', groups = '' } = page.OTExternalConsent ?? {};
    const at = Date.parse(consentedDate);
    if (Number.isNaN(at) || !groups) return;
    this.kept.put({ groups });
    this.kept.close(at);
  }
}

/** Calls the page's function after the screen is ready and after each change; its errors are caught. */
export function callWrapper(): void {
  if (typeof page.OptanonWrapper !== 'function') return;
  try {
    (page.OptanonWrapper as () => void)();
  } catch (why) {
    console.warn('OptanonWrapper:', why);
  }
}
