// The state at page start: stored answers under the current rule and the browser's signals.
import type { Answers } from '../formats/optanon.ts';
import { holds } from './banner.ts';
import { type Choices, defaultChoices, recall, same } from './choices.ts';
import { applyInteraction } from './apply_interaction.ts';
import { type Category, type Site, locked } from './site.ts';

/** What the cookies say. `closedAt` (epoch ms) is when the person answered; `landing` the first page they saw. */
export interface Memory {
  readonly known: boolean;
  readonly groups: Readonly<Answers>;
  readonly vendors: Readonly<Answers>;
  readonly closedAt: number | null;
  /** The same as the consent cookie says it, which may outlive the other cookie. */
  readonly answeredAt?: number | null;
  readonly landing: string;
  readonly gpc: boolean;
}

/** What the browser says now; `page` is its address without the query. */
export interface Browser {
  readonly now: number;
  readonly page: string;
  readonly gpc: boolean;
}

export interface Visit {
  readonly choices: Choices;
  readonly closedAt: number | null;
  /** There is no answer that counts, and the rule shows a banner. Re-consent is asked for beyond the landing page. */
  readonly asks: boolean;
  /** The page counts as the first one: categories "off on the landing page" are off. */
  readonly onLanding: boolean;
  readonly landing: string;
  readonly awaiting: boolean;
  /** At least one category obeys the browser's opt-out signal, and the signal is on. */
  readonly gpc: boolean;
  /** The signal came on since the last visit and took something away: that is a choice, and leaves a receipt. */
  readonly gpcWithdrew: boolean;
  /** The stored answers do not match the current categories: listeners must be notified. */
  readonly changed: boolean;
}

export const NOT_LANDING = 'NotLandingPage';

/** Longer addresses are cut: the consent cookie has room for 4,096 bytes in all. */
const LONGEST_PAGE = 512;

/**
 * A page begins.
 *
 * 1. An answer without its answers is no answer (§9.4).
 * 2. The landing page lasts until the address changes; then implied consent takes effect.
 * 3. Stored answers are read under today's rule; what is new has its default.
 * 4. An answer that no longer counts grants nothing beyond the defaults; what it refused stays refused.
 * 5. A signal that came on withdraws what it covers (§10.1).
 * 6. Must we ask?
 */
export function begin(site: Site, memory: Memory, browser: Browser): Visit {
  const { now } = browser;
  const page = browser.page.slice(0, LONGEST_PAGE);
  const landing = memory.landing.slice(0, LONGEST_PAGE);
  const onLanding = ['', page].includes(landing);
  const gpc = heeded(site, browser);
  const moved = arrived(site, memory, !onLanding && landing !== NOT_LANDING, now);
  const [told, awaiting, none] = standing(site, moved, onLanding, now);
  const stored = recalledUnder(site, moved, onLanding, gpc);
  const recalled = applyInteraction(site, stored, none ? 'default' : 'keep');
  const withdrawn = gpc && !memory.gpc ? obeying(site, recalled) : recalled;
  const gpcWithdrew = memory.known && !same(withdrawn.groups, recalled.groups);
  const closedAt = gpcWithdrew && !none ? now : told;
  return {
    choices: withdrawn,
    closedAt,
    asks: site.rule.shows && !(closedAt && !awaiting),
    onLanding,
    landing: onLanding ? page : NOT_LANDING,
    awaiting,
    gpc,
    gpcWithdrew,
    changed: memory.known && !same(withdrawn.groups, memory.groups),
  };
}

/**
 * When the person answered, if that still counts; whether a newer answer is called for, beyond the landing page; and
 * whether what is stored is void for either reason.
 */
function standing(
  { rule }: Site,
  { known, closedAt, answeredAt }: Memory,
  onLanding: boolean,
  now: number,
): [told: number | null, awaiting: boolean, none: boolean] {
  const lapsed = !holds(now, (closedAt ?? answeredAt) || now, rule.days);
  const told = lapsed ? null : closedAt;
  const awaiting = !onLanding && told !== null && told < rule.reconsentAt;
  return [told, awaiting, known && (lapsed || awaiting)];
}

/** The stored state after leaving the landing page, by which implied consent is given. */
function arrived(site: Site, memory: Memory, left: boolean, now: number): Memory {
  const closedAt = memory.known ? memory.closedAt : null;
  const implied = site.groups.filter((category) => category.status === 'inactive landingpage');
  if (!left || closedAt !== null || !implied.length) return { ...memory, closedAt };
  return { ...memory, closedAt: now, groups: { ...memory.groups, ...answers(implied, 1) } };
}

function recalledUnder(site: Site, memory: Memory, onLanding: boolean, gpc: boolean): Choices {
  const later = site.groups.filter(({ status }) => status === 'inactive landingpage' && !onLanding);
  const told = { ...answers(later, 1), ...answers(gpc ? obedient(site) : [], 0) };
  return recall(site, { groups: memory.groups, legitimate: {}, vendors: memory.vendors }, defaultChoices(site, told));
}

/** Is the browser's opt-out signal on, and does anything here obey it? */
function heeded(site: Site, { gpc }: Browser): boolean {
  return gpc && obedient(site).length > 0;
}

/** The categories that a browser's opt-out signal switches off. */
function obedient(site: Site): Category[] {
  return site.groups.filter((category) => category.gpc && !locked(category));
}

function obeying(site: Site, choices: Choices): Choices {
  return applyInteraction(site, choices, 'state', { groups: answers(obedient(site), 0) });
}

function answers(categories: readonly Category[], value: number): Answers {
  return Object.fromEntries(categories.map(({ id }) => [id, value]));
}

/** The ids whose answer is yes, in the site's order; IAB purposes speak through their own string (§6.2). */
export function activeIds(site: Pick<Site, 'groups'>, choices: Choices): string[] {
  const groups = site.groups.filter(({ id, kind }) => choices.groups[id] && (!/^IAB/.test(kind) || /STACK$/.test(kind)));
  const vendors = Object.keys(choices.vendors).filter((id) => choices.vendors[id]);
  return [...groups.map(({ id }) => id), ...vendors];
}
