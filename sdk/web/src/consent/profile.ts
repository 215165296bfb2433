// Merges two states of one person: this device's answers and the cross-device profile (web-sdk.md §12.2).
import type { Answers } from '../formats/optanon.ts';
import { type Category, type Site, locked, membersOf } from './site.ts';

/** Where the person stands on one purpose, as the server says it, and since when (epoch ms, 0 = never). */
export interface Standing {
  readonly id: string;
  readonly status: string;
  readonly at: number;
}

/** What this device stores; `closedAt` (epoch ms) is when the person answered. */
export interface Device {
  readonly groups: Readonly<Answers>;
  readonly closedAt: number | null;
}

/** The device's new memory. `bring`: it holds answers that the profile has not got, or only older. */
export interface Joined extends Device {
  readonly bring: boolean;
}

/** One category's answer, and since when. `ours`: the device says other than the profile, and later. */
interface Settled {
  readonly id: string;
  readonly value: number | undefined;
  readonly since: number;
  readonly ours: boolean;
}

const VALUES: Readonly<Partial<Record<string, number>>> = {
  ACTIVE: 1,
  ALWAYS_ACTIVE: 1,
  EXPIRED: 0,
  HARD_OPT_OUT: 0,
  OPT_OUT: 0,
  PENDING: 0,
  WITHDRAWN: 0,
};

/**
 * Merges device and profile when a person logs in.
 *
 * 1. A profile without a single real answer is none: this device's answers become the profile.
 * 2. With `newest` (the toggle "override server consent") the later answer holds, category by category; else the
 *    profile's does.
 * 3. A category without any answer is removed here, and the person is asked again.
 */
export function joinProfile(
  site: Pick<Site, 'groups'>,
  device: Device,
  profile: readonly Standing[],
  newest: boolean,
): Joined {
  const told = new Map(profile.map((standing) => [standing.id, standing]));
  const asked = site.groups.filter((category) => isOpen(site, category));
  if (!asked.some(({ purpose }) => isReal(told.get(purpose.toLowerCase()))))
    return { ...device, bring: device.closedAt !== null };

  const rival = newest ? device : { groups: {}, closedAt: null };
  const settled = asked.map(({ id, purpose }) => settle(id, rival, told.get(purpose.toLowerCase())));
  const known = settled.filter(({ value }) => value !== undefined);
  const untouched = Object.entries(device.groups).filter(([id]) => !asked.some((category) => category.id === id));
  const last = known.map(({ since }) => since).sort((one, other) => other - one)[0] ?? null;
  return {
    groups: Object.fromEntries([...untouched, ...known.map(({ id, value = 0 }) => [id, value] as const)]),
    closedAt: known.length === settled.length ? last : null,
    bring: settled.some(({ ours }) => ours),
  };
}

/** The profile's answer, or the device's own when that is at least as new. */
function settle(id: string, { groups, closedAt }: Device, standing: Standing | undefined): Settled {
  const [value, since] = [VALUES[standing?.status ?? ''], standing?.at ?? 0];
  const told = groups[id];
  if (told === undefined || closedAt === null || closedAt < since) return { id, value, since, ours: false };
  return { id, value: told, since: closedAt, ours: told !== value };
}

/** A category that a person can answer separately. */
function isOpen(site: Pick<Site, 'groups'>, category: Category): boolean {
  return category.kind === 'COOKIE' && !locked(category) && !membersOf(site, category.id).length;
}

function isReal(standing: Standing | undefined): boolean {
  return standing !== undefined && standing.status !== 'NO_CONSENT' && standing.status !== 'ALWAYS_ACTIVE';
}

/** Does a site that shares its answers with others ask for a category that has no answer on this device? */
export function asksForMore(site: Pick<Site, 'groups' | 'profiles'>, known: Readonly<Answers>): boolean {
  return site.profiles !== undefined && site.groups.some((category) => isOpen(site, category) && !(category.id in known));
}
