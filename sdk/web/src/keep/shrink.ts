// Keeps answers that did not arrive in one cookie as they were: removes other cookies of the name, then says less.
import { vendorsUnder } from '../consent/choices.ts';
import type { Site } from '../consent/site.ts';
import { type Answers, type Optanon, readAnswers, writeAnswers } from '../formats/optanon.ts';
import { CLOSED, CONSENT } from './consent.ts';
import type { KeptConsent } from './consent.ts';
import type { Jar } from './jar.ts';
import { removeEverywhere } from './twins.ts';

/** The keys that mean something to us (web-sdk.md §9.1); all others belong to whoever was here before. */
const OURS = new Set(
  `groups hosts genVendors vs consentId interactionCount isAnonUser identifierType landingPath AwaitingReconsent
  isGpcEnabled browserGpcFlag isIABGlobal datestamp version intType geolocation answeredAt GPPCookiesCount iType`.split(/\s+/),
);

/**
 * The consent cookie with less in it, step by step. Every step keeps each refusal and grants nothing.
 *
 * 1. As it is, now that no other cookie of the name is left.
 * 2. Without what other programs keep in it.
 * 3. Hosts and vendors only where they differ from their categories; of those we do not know, only the refusals.
 */
export function lessAndLess(site: Pick<Site, 'groups' | 'vendors'>, values: Optanon): Optanon[] {
  const own = new Map([...values].filter(([key]) => OURS.has(key)));
  return [values, own, exceptionsOnly(site, own)];
}

function exceptionsOnly(site: Pick<Site, 'groups' | 'vendors'>, values: Optanon): Optanon {
  const usual = vendorsUnder(site, readAnswers(values.get('groups')));
  const less = new Map(values);
  for (const key of ['hosts', 'genVendors', 'vs']) if (less.has(key)) less.set(key, exceptions(readAnswers(less.get(key)), usual));
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
export function mend(kept: KeptConsent, jar: Jar, test: boolean): void {
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

