// The API for new sites: a typed module over the page's SDK, safe to import where there is no window.

export interface LoadOptions {
  /** Where placet is served, such as `https://consent.example.org`. */
  readonly base: string;
  /** The site's id. */
  readonly site: string;
  /** A fixed language; else the page's. */
  readonly language?: string;
  /** No banner of ours: you ask with a screen of your own. */
  readonly headless?: boolean;
}

/** What a visitor has agreed to: the ids of the active categories. */
export type Active = readonly string[];

/** What is known at one moment. The same object until something of it changes. */
export interface State {
  /** Our scripts are there: categories can be listed, answers be given. */
  readonly ready: boolean;
  /** The visitor has answered, or need not be asked. */
  readonly decided: boolean;
  readonly active: Active;
}

/** On a server, and before anything is known. */
export const NOTHING: State = { ready: false, decided: false, active: [] };

/** What a screen of your own needs to know of a category; a `locked` one cannot be switched. */
export interface Category {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly parent: string;
  readonly locked: boolean;
  readonly on: boolean;
}

interface Group {
  readonly CustomGroupId: string;
  readonly GroupName: string;
  readonly GroupDescription: string;
  readonly Parent: string;
  readonly Status: string;
}

interface Sdk {
  IsAlertBoxClosed(): boolean;
  GetDomainData(): { ShowAlertNotice: boolean; Groups: readonly Group[] };
  ToggleInfoDisplay(): void;
  AllowAll(): void;
  RejectAll(): void;
  UpdateConsent(type: 'Category', value: string): Promise<void>;
}

interface ConsentWindow {
  OneTrust?: Partial<Sdk>;
  OnetrustActiveGroups?: string;
}

const UPDATED = 'OneTrustGroupsUpdated';
const READY = 'placet.ready';

function page(): (Window & ConsentWindow) | null {
  return typeof window === 'undefined' ? null : (window);
}

function sdk(): Sdk | null {
  const found = page()?.OneTrust;
  return found?.IsAlertBoxClosed && found.GetDomainData ? (found as Sdk) : null;
}

/** Puts the stub into the page, once. Nothing happens on a server. */
export function load({ base, site, language, headless }: LoadOptions): void {
  if (!page() || document.querySelector('script[src*="otSDKStub"]')) return;
  const script = document.createElement('script');
  script.src = `${base.replace(/\/$/, '')}/scripttemplates/otSDKStub.js`;
  script.dataset['domainScript'] = site;
  if (language) script.dataset['language'] = language;
  else script.dataset['documentLanguage'] = 'true';
  if (headless) script.dataset['ignoreHtml'] = 'true';
  // One connection for script and settings, and not behind the page's pictures.
  script.crossOrigin = 'anonymous';
  script.fetchPriority = 'high';
  document.head.append(script);
}

/** The active categories now; none on a server, or before anything is known. */
export function active(): Active {
  return (page()?.OnetrustActiveGroups ?? '').split(',').filter(Boolean);
}

/** May this category's code run now? */
export function has(category: string): boolean {
  return active().includes(category);
}

/** True once the visitor has answered, or where no answer is needed. */
export function decided(): boolean {
  const found = sdk();
  return found !== null && (found.IsAlertBoxClosed() || !found.GetDomainData().ShowAlertNotice);
}

/** Calls `listener` after every change; returns what ends it. */
export function onChange(listener: (active: Active) => void): () => void {
  const target = page();
  const heard = (): void => listener(active());
  target?.addEventListener(UPDATED, heard);
  return () => target?.removeEventListener(UPDATED, heard);
}

/** Calls `listener` whenever `state()` may have changed, also when our scripts have come; returns what ends it. */
export function subscribe(listener: () => void): () => void {
  const target = page();
  const heard = (): void => listener();
  for (const name of [UPDATED, READY]) target?.addEventListener(name, heard);
  return () => {
    for (const name of [UPDATED, READY]) target?.removeEventListener(name, heard);
  };
}

let latest = NOTHING;

/** All that is known now. */
export function state(): State {
  const now: State = { ready: sdk() !== null, decided: decided(), active: active() };
  if (JSON.stringify(now) !== JSON.stringify(latest)) latest = now;
  return latest;
}

/** What may be asked, in order; empty until our scripts are there. */
export function categories(): Category[] {
  return (sdk()?.GetDomainData().Groups ?? []).map((group) => ({
    id: group.CustomGroupId,
    name: group.GroupName,
    description: group.GroupDescription,
    parent: group.Parent,
    locked: group.Status.startsWith('always'),
    on: has(group.CustomGroupId),
  }));
}

/** Resolves with the active categories once the visitor has decided; on a server it never does. */
export function whenDecided(): Promise<Active> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!decided()) return;
      stop();
      resolve(active());
    };
    const stop = subscribe(look);
    look();
  });
}

/** Opens the preference centre, as soon as it can be. */
export function open(): void {
  whenReady((found) => found.ToggleInfoDisplay());
}

/** For a screen of your own: everything on. */
export function acceptAll(): void {
  whenReady((found) => found.AllowAll());
}

/** For a screen of your own: everything off that can be. */
export function rejectAll(): void {
  whenReady((found) => found.RejectAll());
}

/** For a screen of your own: these answers, by category. */
export function save(answers: Readonly<Record<string, boolean>>): void {
  const value = Object.entries(answers)
    .map(([id, on]) => `${id}:${on ? 1 : 0}`)
    .join(',');
  whenReady((found) => void found.UpdateConsent('Category', value));
}

function whenReady(run: (found: Sdk) => void): void {
  const found = sdk();
  if (found) return run(found);
  const stop = subscribe(() => {
    const later = sdk();
    if (!later) return;
    stop();
    run(later);
  });
}
