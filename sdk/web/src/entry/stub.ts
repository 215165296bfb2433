// The stub: reads its own tag, asks for the settings and the SDK at once, and tells the page what is already known.
import type { Site } from '../consent/site.ts';
import { readAnswers, readOptanon } from '../formats/optanon.ts';
import { readCookie } from '../storage/cookie_jar.ts';
import { CONSENT_EVENT, UPDATED_EVENT, dispatch, pushLoaded, pushUpdated, setGlobals } from '../globals/announce.ts';
import { tellDefault } from '../globals/google.ts';
import { ownTag } from '../globals/own_tag.ts';
import { page } from '../globals/page.ts';
import type { Stub } from '../globals/contracts.ts';
import type { Subject } from '../globals/contracts.ts';
import { trusted } from '../globals/trusted_types.ts';

/** Filled in by the build: where this version's SDK lies below the base, and its hash. */
declare const SDK_PATH: string;
declare const SDK_INTEGRITY: string;
declare const BEFORE_PATH: string;
declare const BEFORE_INTEGRITY: string;

/** How long a page waits for what should come before its first state. */
const PATIENCE_MS = 1500;

const query = new URLSearchParams(location.search);
const stored = (key: string): string | undefined => readOptanon(readCookie('OptanonConsent') ?? '').get(key);

/** The language we ask for: the tag's, the page's, the browser's (web-sdk.md §2.3). */
function language(tag: HTMLScriptElement): string {
  const fixed = tag.dataset['language'];
  const written = tag.dataset['documentLanguage'] === 'true' ? document.documentElement.lang : '';
  return (fixed || written || navigator.language).replace(/_/g, '-').toLowerCase();
}

/** Where the visitor is, when the page or an earlier choice says so; else the server looks. */
function place(): string {
  const preset = page.OneTrust?.['geolocationResponse'] as { countryCode?: string; stateCode?: string } | undefined;
  const asked = query.get('otgeo');
  if (asked) return asked.replace(',', ';').toUpperCase();
  return preset?.countryCode ? `${preset.countryCode};${preset.stateCode ?? ''}` : (stored('geolocation') ?? '');
}

/** The site's test publication in preview mode (web-sdk.md §1.5). */
function preview(id: string): string {
  const previewing = query.get('otpreview') === 'true' || readCookie('otpreview') !== null;
  return previewing && !id.endsWith('-test') ? `${id}-test` : id;
}

async function settings(base: string, id: string, wanted: string, geo: string): Promise<Site> {
  const url = `${base}/consent/${id}/brief.json?lang=${encodeURIComponent(wanted)}&geo=${encodeURIComponent(geo)}`;
  const answer = await fetch(url, { credentials: 'omit' });
  if (!answer.ok) throw Error(`${url}: ${answer.status}`);
  return (await answer.json()) as Site;
}

/** Adds a script of ours with the attributes of the stub's own tag. Browsers take one that is added late for unimportant. */
function insert(tag: HTMLScriptElement, url: string, integrity: string, priority?: 'high'): void {
  const script = document.createElement('script');
  script.src = trusted.createScriptURL(url);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- shorter than the attribute, and every browser knows it
  if (tag.charset) script.charset = tag.charset;
  script.nonce = tag.nonce;
  if (tag.integrity) script.integrity = integrity;
  script.crossOrigin = tag.crossOrigin ?? (tag.integrity ? 'anonymous' : null);
  if (priority) script.fetchPriority = priority;
  document.head.append(script);
}

const IAB = ['__tcfapi', '__gpp'];

/** Vendors' calls wait here for the script that answers them; it asks without arguments for what has come. */
function waiting(): (...call: unknown[]) => unknown {
  const a: unknown[] = [];
  return Object.assign((...call: unknown[]) => (call.length ? a.push(call) : a), { a });
}

/** The rule is known: scripts of its own are on their way, what nobody will answer is taken back (§17, trap 18). */
function prepare(stub: Stub, site: Site): void {
  announce(stub, site);
  for (const [path, integrity] of site.more ?? []) stub.insert(path, integrity);
  if (!site.iab) delete page['__tcfapi'];
  if (!site.more) delete page['__gpp'];
}

/** What the page may know before the SDK runs: the stored state (web-sdk.md §7.1). */
function announce(stub: Stub, site: Site): void {
  if (Object.keys(site.rule.google).length) return;
  const answers = readAnswers(stored('groups'));
  const ids = Object.keys(answers).filter((id) => answers[id] && !/^I\w+V2_/.test(id));
  setGlobals(ids);
  pushLoaded(stub, ids);
  if (!ids.length) return;
  pushUpdated(stub, ids);
  dispatch(ids, CONSENT_EVENT, ...(stub.layer === null ? [] : [UPDATED_EVENT]));
  stub.announced = true;
}

/** The name of the data layer, or null: HTML knows no capitals, `data-dLayer-name` arrives as `data-dlayer-name`. */
function layerOf({ dlayerIgnore = 'false', dlayerName = 'dataLayer' }: DOMStringMap): string | null {
  return dlayerIgnore === 'false' ? dlayerName : null;
}

/** Tells Google's tags the default, unless the page has: did anybody? */
function tellGoogle(wanted: boolean, layer: string | null): boolean {
  return page.placet?.googleDefault ?? (wanted && layer !== null && tellDefault(layer));
}

function begin(tag: HTMLScriptElement): void {
  const { dataset } = tag;
  const [, base = '', grouped] = /^(.*?)\/(?:(consent)\/[^/]+|scripttemplates)\/otSDKStub/.exec(tag.src) ?? [];
  const id = preview(dataset['domainScript'] ?? new URL(tag.src).searchParams.get('did') ?? '');
  const layer = layerOf(dataset);
  const load = (wanted: string, geo = place()): Promise<Site> => settings(base, id, wanted, geo);
  const site = load(language(tag));
  const subject = page.OneTrust?.['dataSubjectParams'] as Subject | undefined;
  const add = (path: string, integrity: string, priority?: 'high'): void =>
    insert(tag, base + path, integrity, priority);
  // A person with a token is known elsewhere, and an AMP page or a preview keeps no cookies.
  const unusual = (grouped && subject?.token) || tag.hasAttribute('amp') || dataset['previewMode'];
  // The page's first state waits for a script that most pages do without.
  const wait = (): Promise<Site> =>
    new Promise((go) => {
      page.placet = { ...page.placet, waiting: { site, go } };
      setTimeout(go, PATIENCE_MS, site);
      add(BEFORE_PATH, BEFORE_INTEGRITY);
    });
  const stub: Stub = {
    tag,
    base,
    id,
    grouped: Boolean(grouped),
    ignoreHtml: dataset['ignoreHtml'] === 'true',
    ignoreAnalytics: dataset['ignoreGa'] === 'true' || layer === null,
    hideBanner: query.get('hidebanner') === 'true',
    layer,
    announced: false,
    googleDefault: tellGoogle(dataset['consentDefault'] === 'denied', layer),
    site: unusual ? wait() : site.then((found) => (found.variants ? wait() : found)),
    subject,
    load,
    insert: add,
  };
  page.placet = { ...page.placet, stub };
  stub.site.then((site) => prepare(stub, site)).catch((why: unknown) => console.warn('placet:', why));
  add(SDK_PATH, SDK_INTEGRITY, 'high');
}

const tag = ownTag('otSDKStub');
if (tag && !page.placet?.stub) {
  for (const name of IAB) page[name] ??= waiting();
  begin(tag);
}
