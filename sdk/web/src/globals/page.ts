// The globals a page and its other programs share with us, named in one place.
import type { Site } from '../consent/site.ts';
import type { Optanon } from '../formats/optanon.ts';
import type { CookieJar } from './contracts.ts';
import type { TcState } from './contracts.ts';
import type { StringsForReceipt, Stub, SyncProfile, TrustedPolicy, WaitingPage } from './contracts.ts';

/** Writes less and less of the consent cookie until it is read back: true when that worked. Nothing refused is left out. */
export type Shrink = (values: Optanon, write: (less: Optanon) => boolean) => boolean;

/** What our own scripts keep on the page; `handover.ts` adds what needs types of upper layers. */
export interface PlacetGlobals {
  trusted?: TrustedPolicy;
  stub?: Stub;
  waiting?: WaitingPage;
  /** Where answers are kept instead of in cookies. */
  jar?: CookieJar;
  /** Comes with the second script: keeps answers that one cookie could not hold as they were. */
  shrink?: Shrink;
  /** Comes with the profile's script, which only known people load. */
  sync?: SyncProfile;
  /** Comes with the same script: the site with the notice that this visitor drew. */
  vary?: (site: Site) => Site;
  arrived?: () => void;
  /** A profile has changed what holds on this page. */
  synced?: boolean;
  /** Comes with the second script: the page begins again from what the cookies say. */
  restart?: () => void;
  speakers?: Record<string, StringsForReceipt>;
  tc?: TcState;
  hearTc?: (state: TcState) => void;
  /** Google's tags got a default before the stub. */
  googleDefault?: boolean;
}

/** `window`, as far as others read or write it. Everything may be missing or of a wrong kind. */
export interface PageGlobals {
  placet?: PlacetGlobals;
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

export const page = (typeof window === 'undefined' ? {} : window) as unknown as PageGlobals;
