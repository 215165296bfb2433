// The globals a page and its other programs share with us, named in one place.
import type { Site } from '../consent/site.ts';
import type { Optanon } from '../formats/optanon.ts';
import type { Jar } from '../keep/jar.ts';
import type { Session } from '../session.ts';
import type { LaterScreen } from '../show/later.ts';
import type { Screen } from '../show/screen.ts';
import type { TcState } from './tcfapi.ts';

/** What the stub hands to the SDK: the tag's attributes, and the settings already on their way. */
export interface Stub {
  /** The tag it was loaded by. */
  readonly tag: HTMLScriptElement;
  readonly base: string;
  readonly id: string;
  readonly grouped: boolean;
  readonly ignoreHtml: boolean;
  readonly ignoreAnalytics: boolean;
  readonly hideBanner: boolean;
  /** The name of the data layer, or null when nothing may be pushed. */
  readonly layer: string | null;
  /** True once the page was told a stored state. */
  announced: boolean;
  /** The default that the stub itself told Google's tags; then they hear every first state, too. */
  readonly googleDefault: boolean;
  readonly site: Promise<Site>;
  /** Whom the page says is looking; undefined when nobody, or when their token was refused. */
  subject: Subject | undefined;
  load(language: string, geo?: string): Promise<Site>;
  /** Adds another of our scripts, with the attributes of the stub's own tag. */
  insert(path: string, integrity: string): void;
}

/** Who the page says is looking (web-sdk.md §12.1). */
export interface Subject {
  readonly id: string;
  readonly isAnonymous?: boolean;
  readonly token?: string;
  readonly identifierType?: string;
}

/** A page that waits for a script it needs before its first state: its settings, and what lets it begin. */
export interface Waiting {
  readonly site: Promise<Site>;
  readonly go: (site: Promise<Site>) => void;
}

/** Brings a known person's profile into this device's memory; true when that has changed. Never rejects. */
export type Sync = (site: Site, stub: Stub, subject: Subject) => Promise<boolean>;

/** Writes less and less of the consent cookie until it is read back: true when that worked. Nothing refused is left out. */
export type Shrink = (values: Optanon, write: (less: Optanon) => boolean) => boolean;

/** What the first script hands to the second. */
export interface Running {
  readonly session: Session;
  readonly screen: Screen;
  /** Shows the banner if it is due; one that has switches, once it can be `whole`. */
  readonly show: (whole?: boolean) => void;
  /** The same again, for other settings. */
  readonly start: (stub: Stub, site: Site) => Running;
}

/** A page that has begun, with its later screens: what scripts for single rules join. */
export interface Begun extends Running {
  readonly later: LaterScreen;
}

/** Joins each page that begins: the first, and each one after a restart. */
export type Guest = (begun: Begun) => void;

/** Says the strings of this moment under the names that receipts have for them. */
export type Speaker = () => Promise<Readonly<Record<string, unknown>>>;

/** `window`, as far as others read or write it. Everything may be missing or of a wrong kind. */
export interface PageGlobals {
  placet?: {
    trusted?: TrustedPolicy;
    stub?: Stub;
    running?: Running;
    join?: (running: Running) => unknown;
    waiting?: Waiting;
    /** Where answers are kept instead of in cookies. */
    jar?: Jar;
    /** Comes with the second script: keeps answers that one cookie could not hold as they were. */
    shrink?: Shrink;
    /** Comes with the profile's script, which only known people load. */
    sync?: Sync;
    /** Comes with the same script: the site with the notice that this visitor drew. */
    vary?: (site: Site) => Site;
    arrived?: () => void;
    /** A profile has changed what holds on this page. */
    synced?: boolean;
    /** Comes with the second script: the page begins again from what the cookies say. */
    restart?: () => void;
    begun?: Begun;
    guests?: Guest[];
    speakers?: Record<string, Speaker>;
    tc?: TcState;
    hearTc?: (state: TcState) => void;
    /** Google's tags have been told a default before the stub. */
    googleDefault?: boolean;
  };
  OneTrust?: Record<string, unknown>;
  Optanon?: Record<string, unknown>;
  OnetrustActiveGroups?: string;
  OptanonActiveGroups?: string;
  OptanonWrapper?: unknown;
  OTExternalConsent?: { consentedDate?: string; groups?: string; tcString?: string; addtlString?: string };
  otEventListeners?: { event: string; listener: () => void }[];
  gtag?: (...args: unknown[]) => void;
  trustedTypes?: { createPolicy(name: string, rules: object): TrustedPolicy };
  [name: string]: unknown;
}

/** Trusted Types: what a page with `require-trusted-types-for` makes us use. */
export interface TrustedPolicy {
  createScriptURL(url: string): string;
  createScript(code: string): string;
  createHTML(html: string): string;
}

export const page = (typeof window === 'undefined' ? {} : window) as unknown as PageGlobals;
