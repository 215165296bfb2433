// Marks a choice whose receipt is still missing: if a page ends first, the next one finds it.
import { INTERACTIONS, type InteractionName } from '../consent/interactions.ts';
import { discard, store, stored } from '../storage/storage.ts';

const OWED = 'placet.owed';

/** Where it cannot be kept, this page alone remembers it, and no older note stays in its place. */
export function keepPendingReceipt(name: InteractionName): void {
  store(OWED, name);
}

/** The press an earlier page could not prove, if there is one. */
export function owed(): InteractionName | null {
  const name = stored(OWED) ?? '';
  return name in INTERACTIONS ? (name as InteractionName) : null;
}

export function settleDebt(): void {
  discard(OWED);
}
