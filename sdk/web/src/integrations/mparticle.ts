// Passes consent to mParticle's web SDK: its user's consent state follows the answers (mparticle.md §2, §3).
import { page } from '../globals/page.ts';
import { type Agreed, agreed, onChoice } from './agreed.ts';

/** One id, or several that must all be on. */
type Needed = string | readonly string[];

export interface MparticleOptions {
  /** mParticle's purposes (GDPR), each with the category that speaks for it. */
  readonly purposes?: Readonly<Record<string, Needed>>;
  /** The category that allows the sale of data: while it is off, the person has opted out (CCPA). */
  readonly sale?: Needed;
  /** The name of an event that is logged after each change, since a change alone sends nothing; false for none. */
  readonly event?: string | false;
}

interface Consent {
  readonly Consented: boolean;
}
interface State {
  getGDPRConsentState(): Readonly<Record<string, Consent>> | null;
  addGDPRConsentState(purpose: string, consent: Consent): unknown;
  getCCPAConsentState(): Consent | null;
  setCCPAConsentState(consent: Consent): unknown;
}
interface User {
  getConsentState(): State | null;
  setConsentState(state: State): void;
}
type Create = (consented: boolean, timestamp: number, document: string, location: string) => Consent | null;

/** The SDK, as npm gives it. */
export interface Mparticle {
  Identity?: { getCurrentUser(): User | null };
  Consent?: { createConsentState: () => State; createGDPRConsent: Create; createCCPAConsent: Create };
  logEvent?(name: string, type?: number): void;
  MPSideloadedKit?: new (kit: Kit) => unknown;
}

/** What the SDK accepts beside the kits that its server configures. */
interface Kit {
  readonly name: string;
  register(config: { kits?: Record<string, unknown> }): void;
}

const NAME = 'placet consent';
const OTHER = 8;
/** As `MPSideloadedKit` makes it, for a page where that class has not loaded yet: nothing is filtered. */
const NO_FILTERS = Object.fromEntries(
  [
    ...['eventTypeFilters', 'eventNameFilters', 'screenNameFilters', 'screenAttributeFilters'],
    ...['userIdentityFilters', 'userAttributeFilters', 'attributeFilters', 'messageTypeFilters'],
    ...['consentRegulationFilters', 'consentRegulationPurposeFilters', 'messageTypeStateFilters'],
  ].map((name) => [name, []]),
);

/**
 * Adds us to the configuration that is then given to `mParticle.init`; returns it. From then on every user that the
 * SDK identifies has the answers of this moment, and every change reaches whoever is the user then. `sdk` may be a
 * function that finds it, where it has not loaded yet.
 */
export function connect<C extends object>(sdk: Mparticle | Find, config: C, options: MparticleOptions): C {
  const find = typeof sdk === 'function' ? sdk : (): Mparticle => sdk;
  const kit = consentKit(find, options);
  const Sideloaded = find()?.MPSideloadedKit;
  const added = Sideloaded ? new Sideloaded(kit) : { kitInstance: kit, filterDictionary: NO_FILTERS };
  const before = (config as { sideloadedKits?: unknown[] }).sideloadedKits ?? [];
  onChoice((now) => {
    if (settle(find(), options, now) && options.event !== false)
      find()?.logEvent?.(options.event ?? 'Consent Changed', OTHER);
  });
  return Object.assign(config, { sideloadedKits: [...before, added] });
}

type Find = () => Mparticle | undefined;

function consentKit(find: Find, options: MparticleOptions): Kit {
  const identified = (): void => void settle(find(), options, agreed());
  /** Made by the SDK, with `new`. */
  function Forwarder(this: Record<string, unknown>): void {
    Object.assign(this, { name: NAME, init: identified, onUserIdentified: identified, process: () => undefined });
  }
  return {
    name: NAME,
    register: (config) => {
      config.kits = { ...config.kits, [NAME]: { constructor: Forwarder } };
    },
  };
}

/** Brings the current user's consent state in line; true when something of it has changed. */
function settle(sdk: Mparticle | undefined, options: MparticleOptions, now: Agreed): boolean {
  const user = sdk?.Identity?.getCurrentUser();
  // The person was not asked: no record is more accurate than a refusal that was never given.
  if (!user || !sdk?.Consent || !now.text) return false;
  const { createConsentState, createGDPRConsent, createCCPAConsent } = sdk.Consent;
  const state = user.getConsentState() ?? createConsentState();
  const changed = [...gdpr(createGDPRConsent, state, options, now), ccpa(createCCPAConsent, state, options, now)];
  if (!changed.some(Boolean)) return false;
  user.setConsentState(state);
  return true;
}

function gdpr(create: Create, state: State, { purposes = {} }: MparticleOptions, now: Agreed): boolean[] {
  return Object.entries(purposes).map(([purpose, needed]) => {
    const granted = allows(now, needed);
    const known = state.getGDPRConsentState()?.[purpose.toLowerCase()];
    const made = known?.Consented === granted ? null : create(granted, ...evidence(now));
    if (made) state.addGDPRConsentState(purpose, made);
    return made !== null;
  });
}

/** Opting out is the record; it says the opposite of what the category says. */
function ccpa(create: Create, state: State, { sale }: MparticleOptions, now: Agreed): boolean {
  if (sale === undefined) return false;
  const out = !allows(now, sale);
  if (state.getCCPAConsentState()?.Consented === out) return false;
  const made = create(out, ...evidence(now));
  if (made) state.setCCPAConsentState(made);
  return made !== null;
}

function allows(now: Agreed, needed: Needed): boolean {
  return [needed].flat().every((id) => now.answers[id] === 1);
}

/** When the person answered, over which text, and where: an address without what was typed into it. */
function evidence({ at }: Agreed): [at: number, document: string, location: string] {
  const content = page.placet?.running?.session.site.collection?.content;
  return [Date.parse(at) || Date.now(), content ?? '', location.origin + location.pathname];
}
