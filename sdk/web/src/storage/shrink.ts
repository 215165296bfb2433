// Keeps answers that did not arrive in one cookie as they were: removes other cookies of the name, then says less.
import { linkedTo, vendorsUnder } from '../consent/choices.ts';
import { type Site, locked } from '../consent/site.ts';
import { type Answers, type Optanon, readAnswers, writeAnswers } from '../formats/optanon.ts';
import { CLOSED, CONSENT } from './consent.ts';
import type { KeptConsent } from './consent.ts';
import type { CookieJar } from '../globals/contracts.ts';
import { removeEverywhere } from './twins.ts';

/** The keys that this SDK reads (web-sdk.md §9.1); all others belong to the SDK used before. */
const OURS = new Set(
  `groups hosts genVendors vs consentId interactionCount isAnonUser identifierType landingPath AwaitingReconsent
  isGpcEnabled browserGpcFlag isIABGlobal refusedVendors datestamp version intType geolocation answeredAt GPPCookiesCount iType`.split(/\s+/),
);

/** The keys that hold answers about single hosts and vendors. */
const SINGLE = ['hosts', 'genVendors', 'vs'];

/**
 * The consent cookie with less in it, step by step. Every step keeps each refusal and grants nothing.
 *
 * 1. As it is, now that no other cookie of the name is left.
 * 2. Without what other programs keep in it.
 * 3. Hosts and vendors only where they differ from their categories; of those we do not know, only the refusals.
 * 4. Categories off that have a refused host or vendor among theirs: single hosts and vendors then need not be named.
 */
export function lessAndLess(site: Pick<Site, 'groups' | 'vendors'>, values: Optanon): Optanon[] {
  const own = new Map([...values].filter(([key]) => OURS.has(key)));
  return [values, own, exceptionsOnly(site, own), categoriesOff(site, own)];
}

/** A category with some refused hosts is off as a whole; hosts without a known category stay listed. */
function categoriesOff(site: Pick<Site, 'groups' | 'vendors'>, values: Optanon): Optanon {
  const off = new Set(SINGLE.flatMap((key) => {
    const said = readAnswers(values.get(key));
    return Object.keys(said).filter((id) => !said[id]).flatMap((id) => linkedTo(site, id).filter((each) => !locked(each)));
  }).map(({ id }) => id));
  const groups = readAnswers(values.get('groups'));
  const less = Object.entries(groups).map(([id, answer]) => [id, off.has(id) ? 0 : answer] as const);
  const told = writeAnswers(Object.fromEntries(less));
  return exceptionsOnly(site, new Map([...values, ['groups', told], ...refusalsOnly(values)]));
}

/** Single yeses are dropped: their host or vendor is off with its category, never on against it. */
function refusalsOnly(values: Optanon): [string, string][] {
  return SINGLE.filter((key) => values.has(key)).map((key) => {
    const refused = Object.entries(readAnswers(values.get(key))).filter(([, answer]) => !answer);
    return [key, writeAnswers(Object.fromEntries(refused))];
  });
}

function exceptionsOnly(site: Pick<Site, 'groups' | 'vendors'>, values: Optanon): Optanon {
  const usual = vendorsUnder(site, readAnswers(values.get('groups')));
  const less = new Map(values);
  for (const key of SINGLE) if (less.has(key)) less.set(key, exceptions(readAnswers(less.get(key)), usual));
  return less;
}

function exceptions(said: Answers, usual: Answers): string {
  return writeAnswers(Object.fromEntries(Object.entries(said).filter(([id, answer]) => answer !== (usual[id] ?? 1))));
}

/** Comes into force with the second script. */
export function shrinking(site: Pick<Site, 'groups' | 'vendors'>): (values: Optanon, write: (less: Optanon) => boolean) => boolean {
  return (values, write) => {
    removeEverywhere(CONSENT);
    if (lessAndLess(site, values).some(write)) return true;
    console.warn('placet: the answers could not be kept in OptanonConsent: the visitor will be asked again');
    return false;
  };
}

/** What the first script could not keep is kept now, with the answer's time; other cookies of these names go. */
export function mend(kept: KeptConsent, jar: CookieJar, test: boolean): void {
  // A test publication's cookies stand beside those that visitors have.
  const twins = (name: string): boolean => !test && jar.all(name).length > 1;
  if (kept.lost || twins(CONSENT)) {
    kept.put({});
    if (!kept.lost && kept.lostAt) kept.close(kept.lostAt);
  }
  const closedAt = kept.closedAt();
  if (twins(CLOSED) && closedAt !== null) {
    removeEverywhere(CLOSED);
    kept.close(closedAt);
  }
}

