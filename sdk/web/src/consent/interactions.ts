// What a person can press on a page, and what each does to their answers.

/** What pressing does: everything on, everything off, the defaults recorded, nothing granted, or what was stated. */
export type Effect = 'grant' | 'refuse' | 'default' | 'decline' | 'state' | 'keep';

/** The effect, and the number in the cookie's `intType` (0: it has none). */
export type Interaction = readonly [effect: Effect, type: number];

/**
 * The names of the server's table (src/placet/settings/interactions.py), and the one press that only web pages have:
 * saving the switches of a banner, which has no number.
 */
export const INTERACTIONS = {
  BANNER_ALLOW_ALL: ['grant', 1],
  BANNER_REJECT_ALL: ['refuse', 2],
  BANNER_CLOSE: ['default', 3],
  BANNER_CONFIRM: ['state', 6],
  BANNER_CONTINUE_WITHOUT_ACCEPTING: ['decline', 3],
  PREFERENCE_CENTER_ALLOW_ALL: ['grant', 4],
  PREFERENCE_CENTER_REJECT_ALL: ['refuse', 5],
  PREFERENCE_CENTER_CONFIRM: ['state', 6],
  PREFERENCE_CENTER_CLOSE: ['keep', 0],
  API_ALLOW_ALL: ['grant', 1],
  API_REJECT_ALL: ['refuse', 2],
  API_CLOSE: ['default', 3],
  API_CONFIRM: ['state', 6],
  GPC_CHANGED: ['state', 7],
} as const satisfies Record<string, Interaction>;

export type InteractionName = keyof typeof INTERACTIONS;

/** What the press did whose number the cookie's `intType` holds; without one, no vendor choice was made. */
export function effectOf(type: string): Effect {
  return Object.values(INTERACTIONS).find(([, number]) => String(number) === type)?.[0] ?? 'default';
}
