// Must we ask? Yes or no, and why: the decision table of the server, less its profile rows (cmp-api.md §14.3).

/** All that the decision looks at. Times are epoch ms, null means never; `holdsFor` is in ms, null for ever. */
export interface Facts {
  readonly now: number;
  readonly ruleShows: boolean;
  readonly consentedAt: number | null;
  readonly expiresAt: number | null;
  readonly reconsentAt: number;
  readonly holdsFor: number | null;
}

/** `reset`: stored answers are void, the person starts anew. */
export interface Ask {
  readonly show: boolean;
  readonly reason: number;
  readonly reset: boolean;
}

export const DAY = 86_400_000;

/** The first row that applies answers. */
export function mustAsk(facts: Facts): Ask {
  const { now, consentedAt, expiresAt, holdsFor } = facts;
  if (!facts.ruleShows) return { show: false, reason: 150, reset: false };
  if (consentedAt === null) return { show: true, reason: 101, reset: false };
  if (facts.reconsentAt > consentedAt) return { show: true, reason: 102, reset: true };
  const over = (expiresAt !== null && now >= expiresAt) || (holdsFor !== null && now - consentedAt >= holdsFor);
  if (over) return { show: true, reason: 103, reset: true };
  return { show: false, reason: 151, reset: false };
}
