// The second script: the methods other programs call, and the screens that can wait (never needed for the banner).
import { asksForMore } from '../consent/profile.ts';
import { nearest } from '../consent/languages.ts';
import type { Category, Site } from '../consent/site.ts';
import { arrived, begin } from '../globals/joiners.ts';
import { methods, publish } from '../globals/onetrust.ts';
import { page } from '../globals/page.ts';
import type { RunningPage } from '../handover.ts';
import { Tags } from '../globals/tags.ts';
import { type Session, callWrapper } from '../session.ts';
import { release } from '../blocking/release.ts';
import { sweep } from '../blocking/sweep.ts';
import { watch } from '../blocking/watch.ts';
import { takeBack } from '../blocking/withdraw.ts';
import { cookieJarFor } from '../storage/cookie_jar.ts';
import { rememberPreview } from '../storage/preview.ts';
import { resetIfAsked } from '../storage/reset.ts';
import { mend, shrinking } from '../storage/shrink.ts';
import { addChoices } from '../ui/choices.ts';
import { whenReady } from '../ui/dom.ts';
import { frontDialog } from '../ui/front.ts';
import { DeferredScreens } from '../ui/deferred_screens.ts';
import { saySynced } from '../ui/synced.ts';
import { keepLong } from '../network/first_party.ts';
import { startProving } from '../network/proof.ts';
import { retry } from '../network/receipts.ts';

/** The categories that are active now. */
function activeOf({ active, site }: Session): Category[] {
  return site.groups.filter(({ id }) => active.includes(id));
}

/** Joins the running page; `Init`, `LoadBanner` and `changeLanguage` begin it anew. */
class Joined {
  private later: DeferredScreens;
  private tags!: Tags;
  private unwatch!: () => void;

  constructor(private running: RunningPage) {
    this.later = this.take();
    window.addEventListener('otloadbanner', () => this.show());
    window.addEventListener('message', (event) => this.heard(event));
    page.placet = { ...page.placet, restart: () => this.again() };
    this.ready();
    retry(running.session.site);
    keepLong(() => this.running.session);
  }

  /** The session's methods, and its later screens. */
  private take(): DeferredScreens {
    const { screen, session } = this.running;
    const later = new DeferredScreens(screen);
    page.placet = { ...page.placet, shrink: shrinking(session.site) };
    mend(session.kept, cookieJarFor(session.site), session.site.test);
    session.onWithdrawn = (categories) => {
      sweep(categories, activeOf(session));
      takeBack(session.active);
    };
    // A refusal before this script was loaded, or on another page, leaves cookies of refused categories.
    sweep(session.site.groups.filter(({ id }) => !session.active.includes(id)), activeOf(session));
    takeBack(session.active);
    this.unwatch = this.watch(later);
    this.tags = new Tags(session);
    session.onState = () => this.tags.tell();
    this.tags.tell();
    publish({ ...methods(session, screen, later), ...this.restarts(), UpdateGCM: this.updateGcm });
    begin({ ...this.running, later });
    window.dispatchEvent(new Event('placet.ready'));
    startProving(session);
    return later;
  }

  /** What comes into the page later is let go or gets its placeholder, too; what is ours stays in front. */
  private watch(later: DeferredScreens): () => void {
    const { screen, session } = this.running;
    const { ignoreHtml } = session.stub;
    const watcher = {
      waiting: (): void => {
        release(session.active);
        if (!ignoreHtml) later.placeholders();
      },
      moved: (): void => {
        if (screen.built) screen.follow(frontDialog());
      },
    };
    watcher.waiting();
    watcher.moved();
    return watch(watcher);
  }

  private readonly updateGcm = (run?: () => void): void => {
    if (run) this.tags.custom = run;
    else console.error('UpdateGCM needs a function');
  };

  /** Everything is loaded: screens are attached, and the page's callback is called for the first time. */
  private ready(): void {
    const { session, screen } = this.running;
    if (session.site.switches) this.ask();
    this.askForMore();
    whenReady(() => {
      if (!session.stub.ignoreHtml) screen.join(this.later);
      if (page.placet?.synced && session.site.profiles?.notice && !session.stub.ignoreHtml) void saySynced(screen, this.later);
      // Under a rule with strings the page's function may ask for them at once.
      setTimeout(() => void arrived(session.site.more?.length).then(() => session.openWrapper()));
    });
  }

  /** The cookies hold other answers than the page began with: another person's, or the same one's from elsewhere. */
  private again(): void {
    this.renew(this.running.session.site);
    this.ask();
  }

  /** The banner, if it is due, with all that belongs on it. */
  private ask(): void {
    const { running } = this;
    running.show(true);
    if (running.session.site.switches) whenReady(() => addChoices(running.screen, running.session));
  }

  /** In a consent group a visitor who has answered is asked again for a new category (web-sdk.md §9.4). */
  private askForMore(): void {
    const { screen, session } = this.running;
    const { kept, memory, site, stub } = session;
    if (memory.closedAt === null || session.bot || !asksForMore(site, memory.groups)) return;
    kept.reopen();
    if (site.rule.shows && !stub.hideBanner && !stub.ignoreHtml) whenReady(() => screen.showBanner());
  }

  private show(): void {
    this.ask();
    setTimeout(callWrapper);
  }

  private restarts(): Record<string, unknown> {
    return {
      Init: () => this.renew(this.running.session.site),
      InitializeBanner: () => this.running.screen.showBanner(),
      LoadBanner: () => whenReady(() => setTimeout(() => window.dispatchEvent(new Event('otloadbanner')))),
      changeLanguage: (language: string) => this.changeLanguage(language),
      setGeoLocation: (country: string, state = '') =>
        this.running.session.kept.put({ geolocation: `${country};${state}` }),
    };
  }

  /** Another page of a single-page app, or another language: everything is built again from these settings. */
  private renew(site: Site): void {
    const { session: old, screen, start } = this.running;
    old.flush();
    old.leave();
    screen.clear();
    this.later.leave();
    this.unwatch();
    this.running = start(old.stub, site);
    const { session } = this.running;
    session.token = old.stub.subject?.token ?? '';
    const { custom } = this.tags;
    this.later = this.take();
    this.tags.custom = custom;
    session.begin();
    this.ready();
  }

  private async changeLanguage(language: string): Promise<void> {
    const { session } = this.running;
    const near = nearest(language, Object.values(session.site.languages));
    if (near === null) {
      console.error(`placet: ${language} is not published`);
      return;
    }
    const { country, state } = session.site.place;
    const site = await session.stub.load(near, `${country};${state}`);
    this.renew(page.placet?.vary?.(site) ?? site);
    this.ask();
  }

  private heard(event: MessageEvent): void {
    if (event.data !== 'CLEAR_OT_COOKIES' || event.source !== window) return;
    this.running.session.kept.forget();
    window.postMessage('CLEARED_OT_COOKIES', location.origin);
  }
}

resetIfAsked();
rememberPreview();
const join = (running: RunningPage): unknown => new Joined(running);
if (page.placet?.running) join(page.placet.running);
else page.placet = { ...page.placet, join };
