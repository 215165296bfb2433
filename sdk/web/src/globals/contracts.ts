// Types that several layers share; this file imports nothing of ours but other types.
import type { Site } from '../consent/site.ts';
import type { TcString } from '../formats/tcf.ts';

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
  /** True once the page has received a stored state. */
  announced: boolean;
  /** The default that the stub sent to Google's tags; then they get every first state, too. */
  readonly googleDefault: boolean;
  readonly site: Promise<Site>;
  /** The visitor that the page identifies; undefined when there is none, or when the token was refused. */
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
export interface WaitingPage {
  readonly site: Promise<Site>;
  readonly go: (site: Promise<Site>) => void;
}

/** Brings a known person's profile into this device's memory; true when that has changed. Never rejects. */
export type SyncProfile = (site: Site, stub: Stub, subject: Subject) => Promise<boolean>;

/** Says the strings of this moment under the names that receipts have for them. */
export type StringsForReceipt = () => Promise<Readonly<Record<string, unknown>>>;

/** Trusted Types: what a page with `require-trusted-types-for` makes us use. */
export interface TrustedPolicy {
  createScriptURL(url: string): string;
  createScript(code: string): string;
  createHTML(html: string): string;
}

export interface CookieJar {
  /** Every text under this name: cookies of one name may be set for several domains and paths. */
  all(name: string): string[];
  /**
   * `days` null keeps the text until the browser closes. True when exactly this is read back; what could not be kept
   * leaves no older text behind that this place could have removed.
   */
  write(name: string, text: string, days: number | null): boolean;
  remove(name: string): void;
}

/** What is in force: the string and its value, the providers' string, and what the person is doing. */
export interface TcState {
  readonly text: string;
  readonly value: TcString;
  readonly ac: string;
  readonly status: EventStatus;
  readonly visible: boolean;
}

export type EventStatus = 'tcloaded' | 'cmpuishown' | 'useractioncomplete';
