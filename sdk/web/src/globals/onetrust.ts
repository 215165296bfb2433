// `window.OneTrust`, alias `window.Optanon`: the methods other programs call (web-sdk.md §5).
import type { StatedChoices } from '../consent/apply_interaction.ts';
import { isHost } from '../consent/site.ts';
import { type Answers, readAnswers, writeAnswers } from '../formats/optanon.ts';
import type { Session } from '../session.ts';
import { type DeferredScreens, css } from '../ui/deferred_screens.ts';
import { fillPolicy } from '../ui/policy.ts';
import type { Screen } from '../ui/screen.ts';
import { trackEvent } from './analytics.ts';
import { CONSENT_EVENT } from './announce.ts';
import { domainData } from './domain_data.ts';
import { Insertions, blockGoogleAnalytics } from './insert.ts';
import { page } from './page.ts';
import type { Subject } from './contracts.ts';

/** Filled in by the build: where the script with the profile lies below the base, and its hash. */
declare const BEFORE_PATH: string;
declare const BEFORE_INTEGRITY: string;
const PATIENCE_MS = 5000;

type Methods = Record<string, unknown>;
type Detail = CustomEvent<string[]>;

/** Everything but the restarting of the SDK itself, which `main.ts` adds. */
export function methods(session: Session, screen: Screen, later: DeferredScreens): Methods {
  return {
    ...actions(session, screen, later),
    ...queries(session, screen, later),
    ...insertions(session),
    ...(session.site.collection ? identity(session) : {}),
  };
}

/** Puts the methods on the page's object in one step: a polling script never sees half of them (§17, trap 1). */
export function publish(own: Methods): void {
  const object = Object.assign(page.OneTrust ?? {}, page.Optanon, own);
  page.OneTrust = page.Optanon = object;
}

function actions(session: Session, screen: Screen, later: DeferredScreens): Methods {
  const closed = (persist: boolean): void => {
    session.kept.close(Date.now(), persist);
    later.shut();
    screen.close();
    screen.refresh();
  };
  return {
    AllowAll: (quiet?: unknown) => session.press('API_ALLOW_ALL', {}, { quiet: quiet === true }),
    RejectAll: (quiet?: unknown) => session.press('API_REJECT_ALL', {}, { quiet: quiet === true }),
    Close: () => {
      const all = session.site.banner.buttons.close?.does === 'BANNER_ALLOW_ALL';
      session.press(all ? 'API_ALLOW_ALL' : 'API_CLOSE');
    },
    UpdateConsent: (type: string, value: string) => Promise.resolve(updateConsent(session, type, value)),
    ToggleInfoDisplay: () => later.toggle('Function'),
    SetAlertBoxClosed: (persist?: unknown) => closed(persist !== false),
    ReconsentGroups: () => reconsentGroups(session),
    initializeCookiePolicyHtml: (again?: unknown) => fillPolicy(session.site, again === true),
    FetchAndDownloadPC: () => void later.build(),
  };
}

/** What a page may answer, by its kind; hosts without switches and vendor services are kept as they were said (§5.1). */
const STATEMENTS: Readonly<Record<string, (said: Answers) => StatedChoices>> = {
  Category: (groups) => ({ groups }),
  'General Vendor': (vendors) => ({ vendors }),
  'IAB Vendor': (said) => ({ iab: { consents: byNumber(said) } }),
  'IAB Vendor Legitimate Interest': (said) => ({ iab: { interests: byNumber(said) } }),
  'Google Vendor': (said) => ({ iab: { google: byNumber(said) } }),
};
const KEPT_AS_SAID: Readonly<Record<string, string>> = { Host: 'hosts', VendorService: 'vs' };

/** Answers from a page: ids that cannot be switched are passed over in silence (§17, trap 13). */
function updateConsent(session: Session, type: string, value: string): void {
  const said = readAnswers(value);
  const key = KEPT_AS_SAID[type];
  const switched = type === 'Host' && session.site.vendors.some(isHost);
  if (key && !switched) session.kept.put({ [key]: writeAnswers({ ...readAnswers(session.kept.get(key)), ...said }) });
  const stated = switched ? { vendors: said } : key ? {} : STATEMENTS[type]?.(said);
  if (stated) session.press('API_CONFIRM', stated);
}

function byNumber(said: Answers): ReadonlyMap<number, boolean> {
  return new Map(Object.entries(said).map(([id, answer]) => [Number(id), answer === 1]));
}

/** Stored yeses of what has become inactive are taken back; what is off only on the landing page is on (§5.1). */
function reconsentGroups(session: Session): void {
  const groups = { ...session.choices.groups };
  for (const { id, status } of session.site.groups) {
    if (status === 'inactive landingpage') groups[id] = 1;
    else if (status.includes('inactive')) groups[id] = 0;
  }
  session.adopt({ ...session.choices, groups });
}

function queries(session: Session, screen: Screen, later: DeferredScreens): Methods {
  const heard = new Set<string>();
  const { country, state, stateName = '' } = session.site.place;
  return {
    IsAlertBoxClosed: () => session.answered,
    IsAlertBoxClosedAndValid: () => session.answered,
    GetDomainData: () => domainData(session),
    getGeolocationData: () => ({ country, state, stateName }),
    useGeoLocationService: true,
    IsVendorServiceEnabled: () => false,
    getCSS: () => css,
    getHTML: () => {
      later.build();
      return screen.root.outerHTML;
    },
    testLog: () => console.info('placet', { site: session.site, choices: session.choices, active: session.active }),
    // Two functions of the same text are one: the mParticle kit adds its own after every change (§5.6).
    OnConsentChanged: (listener: (event: Detail) => void) => {
      if (heard.has(String(listener))) return;
      heard.add(String(listener));
      window.addEventListener(CONSENT_EVENT, (event) => listener(event as Detail));
    },
  };
}

function insertions(session: Session): Methods {
  const inserted = new Insertions(session);
  const html = inserted.html.bind(inserted);
  return {
    InsertScript: inserted.script.bind(inserted),
    InsertHtml: html,
    InsertHTML: html,
    BlockGoogleAnalytics: (id: string, group: unknown) => blockGoogleAnalytics(session, id, group),
    TriggerGoogleAnalyticsEvent: (_category: string, action: string, label: string, value: unknown) =>
      trackEvent(session.stub, action, label, value),
  };
}

interface GivenProfile {
  identifier: string;
  isAnonymous?: boolean;
  identifierType?: string;
  purposes?: { Id: string; TransactionType: string }[];
  customPayload?: { Interaction?: number };
}

function identity(session: Session): Methods {
  const { kept, site, stub } = session;
  const { subject } = stub;
  const name = (id: string, anonymous = false, type = ''): void => {
    kept.put({
      consentId: id.replace(/ /g, ''),
      isAnonUser: anonymous ? '1' : '0',
      ...(type && { identifierType: type }),
    });
  };
  session.token = subject?.token ?? '';
  if (subject?.id && subject.id.replace(/ /g, '') !== kept.get('consentId'))
    name(subject.id, subject.isAnonymous, subject.identifierType);
  return {
    getDataSubjectId: () => kept.get('consentId'),
    getDSDefaultIdentifier: () => kept.get('identifierType') || 'Cookie Unique Id',
    setDataSubjectId: name,
    setConsentProfile: ({ identifier, isAnonymous, identifierType, purposes = [], customPayload }: GivenProfile) => {
      name(identifier, isAnonymous, identifierType);
      const given = new Map(purposes.map(({ Id, TransactionType }) => [Id, TransactionType === 'CONFIRMED' ? 1 : 0]));
      const groups = { ...session.choices.groups };
      for (const { id, purpose, status } of site.groups)
        if (!status.startsWith('always')) groups[id] = given.get(purpose) ?? groups[id] ?? 0;
      kept.put({ interactionCount: String(customPayload?.Interaction ?? kept.get('interactionCount')) });
      session.adopt({ ...session.choices, groups });
    },
    ...(stub.grouped
      ? { syncConsentProfile: (id: string, token: string, isAnonymous = false) => sync(session, { id, token, isAnonymous }) }
      : { SendReceipt: () => session.owe('API_CONFIRM') }),
  };
}

/** Another person is at the page: their profile is fetched, and the page begins again with it (§12.3). */
async function sync({ site, stub }: Session, subject: Subject): Promise<void> {
  stub.subject = subject;
  if (!page.placet?.sync)
    await new Promise<void>((arrived) => {
      page.placet = { ...page.placet, arrived };
      setTimeout(arrived, PATIENCE_MS);
      stub.insert(BEFORE_PATH, BEFORE_INTEGRITY);
    });
  await page.placet?.sync?.(site, stub, subject);
  page.placet?.restart?.();
}
