// What a person can press on a page, and what each does to their answers.

/** What pressing does: everything on, everything off, the defaults recorded, nothing granted, or what was stated. */
export type Effect = 'grant' | 'refuse' | 'default' | 'decline' | 'state' | 'keep';

/** `record` is the name receipts carry, `type` the number in the cookie's `intType` (0: it has none of its own). */
export interface Interaction {
  readonly record: string;
  readonly effect: Effect;
  readonly type: number;
}

/** The same names that the server's table has (src/placet/consent/interactions.py). */
export const INTERACTIONS = {
  BANNER_ALLOW_ALL: { record: 'Banner - Allow All', effect: 'grant', type: 1 },
  BANNER_REJECT_ALL: { record: 'Banner - Reject All', effect: 'refuse', type: 2 },
  BANNER_CLOSE: { record: 'Banner - Close', effect: 'default', type: 3 },
  BANNER_CONTINUE_WITHOUT_ACCEPTING: { record: 'Banner - Continue without Accepting', effect: 'decline', type: 3 },
  PREFERENCE_CENTER_ALLOW_ALL: { record: 'Preference Center - Allow All', effect: 'grant', type: 4 },
  PREFERENCE_CENTER_REJECT_ALL: { record: 'Preference Center - Reject All', effect: 'refuse', type: 5 },
  PREFERENCE_CENTER_CONFIRM: { record: 'Preference Center - Confirm', effect: 'state', type: 6 },
  PREFERENCE_CENTER_CLOSE: { record: 'Preference Center - Close', effect: 'keep', type: 0 },
  API_ALLOW_ALL: { record: 'API - Allow All', effect: 'grant', type: 1 },
  API_REJECT_ALL: { record: 'API - Reject All', effect: 'refuse', type: 2 },
  API_CLOSE: { record: 'API - Close', effect: 'default', type: 3 },
  API_CONFIRM: { record: 'API - Confirm', effect: 'state', type: 6 },
  GPC_CHANGED: { record: 'GPC value changed', effect: 'state', type: 7 },
} as const satisfies Record<string, Interaction>;

export type InteractionName = keyof typeof INTERACTIONS;
