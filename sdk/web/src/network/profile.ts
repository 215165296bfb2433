// Loads an identified person's cross-device profile into this device's stored state.
import { type InteractionName } from '../consent/interactions.ts';
import { type Standing, joinProfile } from '../consent/profile.ts';
import type { Profiles, Site } from '../consent/site.ts';
import { writeAnswers } from '../formats/optanon.ts';
import { type KeptConsent, keptFor } from '../storage/consent.ts';
import { FOREVER_DAYS, cookieJarFor } from '../storage/cookie_jar.ts';
import { KeptStrings } from '../storage/strings.ts';
import { page } from '../globals/page.ts';
import type { Stub } from '../globals/contracts.ts';
import type { Subject } from '../globals/contracts.ts';
import { keepPendingReceipt } from './pending_receipt.ts';

/** After this a server that says nothing is not waited for any longer. */
const GIVE_UP_MS = 20_000;

/** The cookie's words for who this is. */
const NAMES = ['consentId', 'isAnonUser', 'identifierType'];

/** The button behind each number of the cookie's `intType` (web-sdk.md §9.1). */
const BUTTONS: Readonly<Partial<Record<string, InteractionName>>> = {
  1: 'BANNER_ALLOW_ALL',
  2: 'BANNER_REJECT_ALL',
  3: 'BANNER_CLOSE',
  4: 'PREFERENCE_CENTER_ALLOW_ALL',
  5: 'PREFERENCE_CENTER_REJECT_ALL',
};

/** A profile, empty when there is none, with the strings that say what was answered to the IAB's purposes. */
interface Profile {
  readonly standings: readonly Standing[];
  readonly tc: string;
  readonly ac: string;
}

/** What the server said: a profile, no answer at all, or that it does not believe the token. */
type Found = Profile | 'nothing' | 'refused';

/**
 * Fetches the profile and writes it into the cookies: true when it did.
 *
 * 1. What another known person answered on this device is none of this person's business: it is forgotten.
 * 2. A person who cannot prove their identifier stays anonymous.
 * 3. An answer given on this page while we waited is the newest there is: it stays.
 */
export async function sync(site: Site, stub: Stub, subject: Subject): Promise<boolean> {
  if (!site.profiles) return false;
  const id = subject.id.replace(/ /g, '');
  const before = keptFor(site);
  if (before.get('isAnonUser') === '0' && before.get('consentId') !== id) before.forget();
  const closedAt = before.closedAt();
  const known = Object.fromEntries(NAMES.map((key) => [key, before.get(key)]));

  const found = await ask(site.profiles, subject, id);

  const kept = keptFor(site);
  if (found === 'refused') {
    stub.subject = undefined;
    // The page had to begin without us, and took their word for it.
    const believed = kept.get('consentId') === id && known['consentId'] !== id;
    if (believed) kept.put(known);
    return believed;
  }
  if (found === 'nothing') return false;
  if (kept.closedAt() !== closedAt) return false;
  name(kept, subject, id);
  take(kept, site, found);
  return true;
}

interface Body {
  readonly preferences: readonly { readonly id: string; readonly status: string; readonly lastInteractionDate?: string }[];
  readonly syncGroups?: Readonly<Partial<Record<string, { readonly tcStringV2?: string; readonly gacString?: string }>>>;
}

function read({ preferences, syncGroups }: Body, group: string): Profile {
  const standings = preferences.map(({ id, status, lastInteractionDate = '' }) => ({
    id,
    status,
    at: Date.parse(lastInteractionDate) || 0,
  }));
  const { tcStringV2 = '', gacString = '' } = syncGroups?.[group] ?? {};
  return { standings, tc: tcStringV2, ac: gacString };
}

async function ask({ url, tenant, group }: Profiles, { token = '' }: Subject, id: string): Promise<Found> {
  // A header holds bytes: an identifier beyond Latin letters goes as UTF-8.
  const identifier = String.fromCharCode(...new TextEncoder().encode(id));
  const headers = { Identifier: identifier, TenantId: tenant, Authorization: token };
  try {
    const given = new AbortController();
    setTimeout(() => given.abort(), GIVE_UP_MS);
    const answer = await fetch(`${url}?syncgroup=${group}`, { headers, credentials: 'omit', signal: given.signal });
    if (answer.status === 401 || answer.status === 403) return 'refused';
    return answer.status === 200 ? read((await answer.json()) as Body, group) : 'nothing';
  } catch {
    return 'nothing';
  }
}

function name(kept: KeptConsent, { isAnonymous, identifierType }: Subject, id: string): void {
  const type = identifierType ? { identifierType } : {};
  kept.put({ consentId: id, isAnonUser: isAnonymous ? '1' : '0', iType: '', ...type });
}

/** The profile into the cookies; what only this device knows becomes a receipt, under the button it came from. */
function take(kept: KeptConsent, site: Site, { standings, tc, ac }: Profile): void {
  const { groups, closedAt } = kept.memory();
  const joined = joinProfile(site, { groups, closedAt }, standings, site.profiles?.newest ?? false);
  // The device's answers are the newer ones, and so is its string.
  if (tc && site.iab && !joined.bring) new KeptStrings(cookieJarFor(site), site.rule.days || FOREVER_DAYS).keepTc(tc, ac);
  const news = Object.entries(joined.groups).some(([id, value]) => (groups[id] ?? 0) !== value);
  page.placet = { ...page.placet, synced: news };
  if (Object.keys(joined.groups).length) kept.put({ groups: writeAnswers(joined.groups) });
  if (joined.closedAt === null) kept.reopen();
  else kept.close(joined.closedAt);
  if (joined.bring && site.collection) keepPendingReceipt(BUTTONS[kept.get('intType')] ?? 'API_CONFIRM');
}
