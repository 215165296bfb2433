// The note that a choice still lacks its receipt: should a page end first, the next one finds it.
import { INTERACTIONS, type InteractionName } from '../consent/interactions.ts';

const OWED = 'placet.owed';

export function owe(name: InteractionName): void {
  try {
    localStorage.setItem(OWED, name);
  } catch {
    // Storage is forbidden: the debt is remembered by this page alone.
  }
}

/** The press an earlier page could not prove, if there is one. */
export function owed(): InteractionName | null {
  try {
    const name = localStorage.getItem(OWED) ?? '';
    return name in INTERACTIONS ? (name as InteractionName) : null;
  } catch {
    return null;
  }
}

export function settleDebt(): void {
  try {
    localStorage.removeItem(OWED);
  } catch {
    // Storage is forbidden: nothing was noted.
  }
}
