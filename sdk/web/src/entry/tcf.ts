// The script for TCF: the page's TC string, read at the start, rebuilt at each answer, reported to vendors.
import { type Choices, couple } from '../consent/choices.ts';
import { compose } from '../consent/compose.ts';
import { type Effect, effectOf } from '../consent/interactions.ts';
import type { StatedChoices } from '../consent/apply_interaction.ts';
import type { Iab } from '../consent/site.ts';
import { type Rules, type RulesFile, type StatedVendors, type VendorChoices, type HeldVendors, type VendorTexts, afterPress, asAnswers, asFeatureAnswers, everyone, readRefused, readRules, refusedAfter, shownFeaturesIn, shownIn, untouched, writeRefused } from '../consent/vendors.ts';
import * as additional from '../formats/additional.ts';
import type { Ids } from '../formats/bits.ts';
import { type TcString, decode, encode } from '../formats/tcf.ts';
import { FOREVER_DAYS, cookieJarFor } from '../storage/cookie_jar.ts';
import { KeptStrings } from '../storage/strings.ts';
import { attend, speak, tellTc } from '../globals/joiners.ts';
import { page } from '../globals/page.ts';
import type { StartedPage } from '../handover.ts';
import { TcfApi } from '../globals/tcfapi.ts';
import type { EventStatus } from '../globals/contracts.ts';
import { trackEvent } from '../globals/analytics.ts';
import type { Session } from '../session.ts';
import { whenReady } from '../ui/dom.ts';
import { IabScreens, type Source, dress } from '../ui/iab.ts';

const DAY = 86_400_000;

/** The key of the consent cookie that keeps who was refused singly. */
const REFUSED = 'refusedVendors';

/** A string with its value. */
interface Made {
  readonly text: string;
  readonly value: TcString;
  readonly ac: string;
}

/** One page under an IAB rule. */
class TcPage implements Source {
  /** The string whose answers hold; null until there is one, and while nothing was answered. */
  #held: Made | null = null;
  #told: Made | null = null;
  #rules: Promise<Rules> | null = null;
  #texts: Promise<VendorTexts> | null = null;
  #known: Rules | null = null;
  #work: Promise<unknown> = Promise.resolve();
  readonly #kept: KeptStrings;

  constructor(
    private readonly begun: StartedPage,
    private readonly iab: Iab,
    private readonly api: TcfApi,
  ) {
    const { session } = this;
    const { site } = session;
    this.#kept = new KeptStrings(cookieJarFor(site), site.rule.days || iab.days || FOREVER_DAYS);
    session.onKept = (effect, stated) => this.#answered(effect, stated);
    this.#begin();
    void this.#work.then(() => speak('tcf', () => this.#say()));
  }

  get session(): Session {
    return this.begun.session;
  }

  /** The vendors and what they declare; requested once, when first needed. */
  rules(): Promise<Rules> {
    this.#rules ??= this.#fetch<RulesFile>(this.iab.rules).then(
      (file) => (this.#known = readRules(file)),
      (why: unknown) => {
        this.#rules = null; // The next one who needs them asks again.
        throw why;
      },
    );
    return this.#rules;
  }

  /** What the vendor screen says; asked for when it is opened. */
  texts(): Promise<VendorTexts> {
    this.#texts ??= this.#fetch<VendorTexts>(this.iab.vendors);
    return this.#texts;
  }

  held(rules: Rules): HeldVendors | null {
    if (!this.#held) return null;
    const { site } = this.session;
    const { value } = this.#held;
    const legitimate = asAnswers(shownIn(site.groups.filter((each) => each.legitimate)), value.purposeInterests);
    const said = { groups: asAnswers(shownIn(site.groups), value.purposeConsents), legitimate };
    return { ...vendorsIn(this.#held, rules), said };
  }

  refused(): VendorChoices {
    return readRefused(this.session.kept.get(REFUSED));
  }

  /** The screen has come up, or gone without an answer. */
  shown(visible: boolean): void {
    if (this.#told) this.#tell(this.#told, visible ? 'cmpuishown' : 'useractioncomplete', visible);
  }

  /**
   * 1. What an app around the page, or an earlier visit, left behind counts while it is in force.
   * 2. Who has answered on this page, faster than this script came, is not asked again: the string is made now.
   * 3. Its answers are the page's.
   * 4. An answer without its string is asked for again.
   */
  #begin(): void {
    const { session } = this;
    const { OTExternalConsent: external } = page;
    if (external?.tcString) this.#kept.keepTc(external.tcString, external.addtlString ?? '');
    const found = this.#read();
    if (session.answered && session.kept.closedAt() !== session.visit.closedAt) {
      this.#held = found;
      this.#answered(effectOf(session.kept.get('intType')));
      return;
    }
    if (found && session.answered) {
      this.#held = found;
      this.#adopt(found.value);
      this.#tell(found, 'tcloaded', false);
      return;
    }
    if (session.answered && !session.bot) {
      session.kept.reopen();
      this.#forget();
      this.#show();
    }
    this.#later((rules) => this.#tell(this.#make(rules, session.choices, untouched(rules)), 'cmpuishown', true));
  }

  /** What was answered about purposes is void with the string that said it. */
  #forget(): void {
    const nothing: Ids = new Set();
    const { session } = this;
    const { site, choices } = session;
    const unsaid = { ...asAnswers(shownIn(site.groups), nothing), ...asFeatureAnswers(shownFeaturesIn(site.groups), nothing) };
    session.choices = { ...choices, groups: couple(site, { ...choices.groups, ...unsaid }) };
    session.kept.choose(session.choices);
  }

  #show(): void {
    const { screen, session } = this.begun;
    const { ignoreHtml, hideBanner } = session.stub;
    if (session.site.rule.shows && !ignoreHtml && !hideBanner) whenReady(() => screen.showBanner());
  }

  /** The kept string, if it can be read and is still in force. */
  #read(): Made | null {
    const { iab } = this;
    const { tc: text, ac } = this.#kept;
    try {
      const value = decode(text);
      const outdated = value.policyVersion !== iab.policy && value.listVersion <= iab.list;
      const expired = iab.days > 0 && Date.now() - value.updated >= iab.days * DAY;
      return outdated || expired ? null : { text, value, ac };
    } catch {
      return null;
    }
  }

  /** The string's answers take the place of what else was remembered of the same questions. */
  #adopt(value: TcString): void {
    const { session } = this;
    const { site, choices } = session;
    const asked = {
      ...asAnswers(shownIn(site.groups), value.purposeConsents),
      ...asFeatureAnswers(shownFeaturesIn(site.groups), value.specialFeatures),
    };
    const groups = couple(site, { ...choices.groups, ...asked });
    const legitimate = asAnswers(shownIn(site.groups.filter((each) => each.legitimate)), value.purposeInterests);
    const changed = Object.keys(groups).some((id) => groups[id] !== choices.groups[id]);
    session.choices = { ...choices, groups, legitimate: { ...choices.legitimate, ...legitimate } };
    if (!changed) return;
    session.kept.choose(session.choices);
    session.changed();
  }

  #answered(effect?: Effect, stated?: StatedChoices): void {
    const { session } = this;
    if (!effect) {
      // The string of before says nothing of an answer whose own is still being made: that will be told, too.
      const found = this.#read();
      if (!found || found.text === this.#held?.text) return;
      this.#held = found;
      this.#adopt(found.value);
      this.#tell(found, 'useractioncomplete', false);
      return;
    }
    if (effect === 'state' && !session.answered) return;
    const { choices } = session;
    const { objects } = session.site.rule;
    const late = !this.#known;
    this.#later((rules) => {
      const single = stated?.iab ?? {};
      const vendors = afterPress(rules, effect, single, this.held(rules), choices, objects, this.refused());
      this.#remember(effect, single);
      this.#held = this.#make(rules, choices, vendors);
      this.#kept.keepTc(this.#held.text, this.#held.ac);
      this.#tell(this.#held, 'useractioncomplete', false);
      if (late) session.tell();
    });
  }

  /** Written only where it changes: each write is a call to another process. */
  #remember(effect: Effect, single: StatedVendors): void {
    const { kept } = this.session;
    const refused = writeRefused(refusedAfter(effect, this.refused(), single));
    if (refused !== kept.get(REFUSED)) kept.put({ [REFUSED]: refused });
  }

  async #fetch<Content>(path: string): Promise<Content> {
    const answer = await fetch(this.session.stub.base + path, { credentials: 'omit' });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as Content;
  }

  /** Runs with the rules: at once when they are there, else when they have come, in the order asked for. */
  #later(run: (rules: Rules) => void): void {
    if (this.#known) return run(this.#known);
    this.#work = Promise.all([this.rules(), this.#work])
      .then(([rules]) => run(rules))
      .catch((why: unknown) => console.warn('placet:', why));
  }

  #make(rules: Rules, choices: Choices, vendors: VendorChoices): Made {
    const { language, groups } = this.session.site;
    const value = compose(rules, { iab: this.iab, language, groups }, choices, vendors, Date.now());
    const shown = [...rules.google];
    const consented = shown.filter((id) => vendors.google.has(id));
    const disclosed = shown.filter((id) => !vendors.google.has(id));
    return { text: encode(value), value, ac: shown.length ? additional.encode({ consented, disclosed }) : '' };
  }

  #tell(made: Made, status: EventStatus, visible: boolean): void {
    this.#told = made;
    const state = { ...made, status, visible };
    this.api.tell(this.iab, state);
    tellTc(state);
  }

  async #say(): Promise<Record<string, unknown>> {
    await this.#work;
    if (!this.#held) return {};
    const { text, ac } = this.#held;
    return { consentString: { type: 'tcfeu', content: text }, ...(ac && { gacString: ac }) };
  }
}

/** The answers about single vendors in a string, as far as they are shown. */
function vendorsIn({ value, ac }: Made, rules: Rules): VendorChoices {
  const shown = everyone(rules);
  const kept = (ids: Iterable<number>, among: Ids): Ids => new Set([...ids].filter((id) => among.has(id)));
  return {
    consents: kept(value.vendorConsents, shown),
    interests: kept(value.vendorInterests, shown),
    google: kept(providersIn(ac), rules.google),
  };
}

function providersIn(ac: string): readonly number[] {
  try {
    return additional.decode(ac).consented;
  } catch {
    return [];
  }
}

let api: TcfApi | null = null;
let screens: [StartedPage, IabScreens] | null = null;

/** The list of vendors, in the preference centre. */
function openVendors(opener: 'Banner' | 'Function'): void {
  if (!screens) return;
  const [{ later, session }, iab] = screens;
  later.open(opener);
  iab.openList();
  trackEvent(session.stub, `Vendors List Opened From ${opener}`);
}

document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('#onetrust-policy-text button')) openVendors('Banner');
});

attend((begun) => {
  const { site, stub } = begun.session;
  if (!site.iab) return;
  const answers = (api ??= new TcfApi(site.iab, stub.base));
  const strings = new TcPage(begun, site.iab, answers);
  screens = [begun, new IabScreens(strings)];
  dress(stub.tag.nonce);
  begun.later.extend(screens[1]);
  Object.assign(page.OneTrust ?? {}, {
    getVendorConsentsRequestV2: answers.request.bind(answers),
    getPingRequest: (callback: (ping: unknown, success: boolean) => void) => callback(answers.ping(), true),
    showVendorsList: () => openVendors('Function'),
  });
});
