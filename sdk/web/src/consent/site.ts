// A site as a visitor from somewhere meets it: our short form, as the server sends it (docs/reference/compatibility/web.md).

/** What a rule makes of a category before the person speaks. */
export type Status = 'always active' | 'active' | 'inactive' | 'inactive landingpage' | 'always inactive';

/** How a rule treats optional categories until the person speaks, in the words other programs compare. */
export type Model = 'opt-in' | 'opt-out' | 'implied consent' | 'notice only' | 'custom';

/** Text with links and emphasis, already taken apart by the server: nothing here is ever parsed as HTML. */
export type Rich = readonly RichPart[];
export type RichPart = string | { readonly tag: string; readonly href?: string; readonly lang?: string; readonly parts: Rich };

/** A cookie as the policy lists it; `days` 0 means until the browser closes. `name` may end in `*`; `lang` is that of `purpose`, if another. */
export interface Cookie {
  readonly name: string;
  readonly host: string;
  readonly days: number;
  readonly purpose: string;
  readonly thirdParty: boolean;
  readonly lang?: string;
}

/**
 * What a person toggles. `parent` is the id of the group above it, or empty; `gpc`: an opt-out signal switches it off;
 * `nameLang` and `textLang` are the languages of name and description where these are not the page's.
 */
export interface Category {
  readonly id: string;
  readonly purpose: string;
  readonly name: string;
  readonly description: Rich;
  readonly status: Status;
  readonly kind: string;
  readonly parent: string;
  readonly gpc: boolean;
  readonly nameLang?: string;
  readonly textLang?: string;
  readonly legitimate?: boolean;
  readonly vendors?: readonly string[];
  readonly cookies?: readonly Cookie[];
  readonly hosts?: readonly string[];
}

/** A button; `does` names another interaction than the usual one. */
export interface Button {
  readonly text: string;
  readonly does?: string;
  readonly link?: boolean;
}

export type ButtonName = 'accept' | 'reject' | 'manage' | 'confirm' | 'close';

/** One screen's words; its buttons in the order in which they stand. */
export interface Screen {
  readonly title: string;
  /** The languages of title and text where these are not the page's. */
  readonly titleLang?: string;
  readonly textLang?: string;
  readonly text: Rich;
  readonly buttons: { readonly [name in ButtonName]?: Button };
}

/** The rule that governs this visitor. `days` is how long a choice holds (0 = for ever), `reconsentAt` epoch ms. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly model: Model;
  readonly shows: boolean;
  readonly days: number;
  readonly reconsentAt: number;
  readonly objects: boolean;
  readonly google: Readonly<Record<string, string>>;
  readonly regions: readonly string[];
  /** Tell Microsoft's tag what Google's mapping says of `ad_storage`. */
  readonly microsoft?: boolean;
  /** The category that Meta's tag waits for. */
  readonly meta?: string;
}

/** Where receipts go, the token that names the collection point, and what exactly was on the screen. */
export interface Collection {
  readonly url: string;
  readonly token: string;
  readonly publication: number;
  readonly content: string;
  readonly notice: string;
}

/** Where the profiles of known people are read, of which group of sites; `newest`: a later answer on a device wins. */
export interface Profiles {
  readonly url: string;
  readonly tenant: string;
  readonly group: string;
  readonly newest: boolean;
  /** The page says so when a profile has changed what holds on it. */
  readonly notice?: boolean;
}

/** Who writes TC strings here, over which vendor list, and where the site's vendors lie (paths below our base). */
export interface Iab {
  readonly cmp: number;
  readonly cmpVersion: number;
  readonly list: number;
  readonly policy: number;
  readonly country: string;
  /** For how many days a TC string holds; 0 is for ever. */
  readonly days: number;
  /** Categories whose answers travel as the publisher's own purposes, in this order. */
  readonly own: readonly string[];
  readonly purposeOne: boolean;
  readonly nonStandard: boolean;
  readonly specialInterest: boolean;
  readonly advertiser: boolean;
  readonly google: number;
  readonly partners: number;
  readonly rules: string;
  readonly vendors: string;
  readonly lists: string;
}

/** The US strings a rule speaks, and the categories that stand for sale, sharing and targeted advertising. */
export interface Us {
  readonly sections: readonly number[];
  readonly usp: boolean;
  readonly sale: readonly string[];
  readonly sharing: readonly string[];
  readonly targeted: readonly string[];
  readonly given: boolean;
  /** Covered by the multi-state agreement, opt-out mode, service provider mode, and the newest sections' one mode. */
  readonly mspa: readonly [covered: number, option: number, provider: number, mode: number];
}

/** Another notice that some visitors see (`share` of them, in percent), and in what it differs from the usual one. */
export interface Variant {
  readonly id: string;
  readonly share: number;
  readonly site: Partial<Site>;
}

export interface Site {
  readonly id: string;
  readonly test: boolean;
  readonly version: string;
  readonly domain: string;
  readonly place: { readonly country: string; readonly state: string; readonly stateName?: string };
  readonly language: string;
  readonly languages: Readonly<Record<string, string>>;
  readonly rtl: boolean;
  readonly rule: Rule;
  readonly groups: readonly Category[];
  readonly vendors: readonly string[];
  readonly layout: 'bottom' | 'top' | 'corner' | 'centre';
  readonly scheme: 'auto' | 'light' | 'dark';
  readonly theme: Readonly<Record<string, string>>;
  readonly banner: Screen;
  readonly preferences: Screen;
  readonly policy: { readonly text: string; readonly url: string };
  readonly logo: string;
  readonly floating: boolean;
  readonly blocking: boolean;
  readonly words: Readonly<Record<string, string>>;
  readonly collection: Collection | null;
  /** The banner has a switch for each category. */
  readonly switches?: boolean;
  readonly preferencesLayout?: 'list' | 'panel' | 'popup' | 'tab';
  /** How cookies are set, where it is not the usual way. */
  readonly cookie?: string;
  /** Their time stamp is ISO 8601. */
  readonly iso?: boolean;
  readonly profiles?: Profiles;
  readonly iab?: Iab;
  readonly us?: Us;
  /** Notices on trial; none is left once one is drawn. */
  readonly variants?: readonly Variant[];
  /** The one this visitor drew. */
  readonly variant?: string;
  /** Scripts to load at once: their paths and hashes. */
  readonly more?: readonly (readonly [path: string, integrity: string])[];
}

const NOTICE_ONLY = /_(SPL_PURPOSE|FEATURE)$/;
const SPECIAL_FEATURE = /_SPL_FEATURE$/;

/** True unless the group only informs. */
export function consentable(category: Category): boolean {
  return !NOTICE_ONLY.test(category.kind) || SPECIAL_FEATURE.test(category.kind);
}

/** The value before any choice: 1 for on, 0 for off. */
export function defaultOf(status: Status): number {
  return status === 'always active' || status === 'active' ? 1 : 0;
}

/** True when the person cannot switch it. */
export function locked(category: Category): boolean {
  return !consentable(category) || category.status.startsWith('always');
}

/**
 * Is this the lasting id of a host of others, or an answer about one? Where people may switch them each is a vendor
 * to us, which follows its category until it has an answer itself.
 */
export function isHost(vendor: string): boolean {
  return /^H\d{10}\b/.test(vendor);
}

/** The groups directly below this one. */
export function membersOf(site: Pick<Site, 'groups'>, id: string): Category[] {
  return site.groups.filter((category) => category.parent === id);
}
