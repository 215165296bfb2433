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

interface Sdk {
  IsAlertBoxClosed(): boolean;
  GetDomainData(): { ShowAlertNotice: boolean };
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

/** True once the visitor has answered, or where nobody needs to be asked. */
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

/** Resolves with the active categories once the visitor has decided; on a server it never does. */
export function whenDecided(): Promise<Active> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!decided()) return;
      stop();
      resolve(active());
    };
    const stop = onChange(look);
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
  const stop = onChange(() => {
    const later = sdk();
    if (!later) return;
    stop();
    run(later);
  });
}
