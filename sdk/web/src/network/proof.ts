// The receipt of a choice: what was chosen, over which text, by which button (web-sdk.md §11).
import { INTERACTIONS, type InteractionName } from '../consent/interactions.ts';
import { entries, recordOf } from '../consent/receipt.ts';
import { spoken } from '../globals/joiners.ts';
import { newId, signalled } from '../storage/consent.ts';
import type { Session } from '../session.ts';
import { owed, settleDebt } from './pending_receipt.ts';
import { type ReceiptBody, send } from './receipts.ts';

/** Receipts of this page that are being written: their note is not an earlier page's. */
let writing = 0;

/** From now on this session's choices leave receipts; one that an earlier page could not write is written now. */
export function startProving(session: Session): void {
  session.prove = (name) => void prove(session, name);
  const earlier = owed();
  // A press of just now is about to be proven by itself: only what is owed after that is ours to prove.
  if (session.owed) setTimeout(() => session.owed && session.prove?.(session.owed));
  else if (earlier && !writing) void prove(session, earlier, session.kept.closedAt());
}

/**
 * Sends the receipt of a choice made now, or `earlier` (epoch ms). `OTConsentApplied` follows when the server has answered, or there is nothing to send.
 */
export async function prove(session: Session, name: InteractionName, earlier: number | null = null): Promise<void> {
  session.owed = null;
  const { site, token } = session;
  if (site.collection) {
    writing++;
    const body = { ...receiptOf(session, name, earlier), ...(await spoken(site.more?.length)) };
    writing--;
    session.lastReceipt = body;
    const sent = send(site, body, token);
    settleDebt();
    if (await sent) return tellApplied();
    // An unproven identity is asked for again by the next page, and grants nothing there.
    session.kept.put({ answeredAt: '1' });
    session.kept.reopen();
  } else settleDebt();
  tellApplied();
}

function tellApplied(): void {
  window.dispatchEvent(new CustomEvent('OTConsentApplied'));
}

function receiptOf({ kept, site, choices }: Session, name: InteractionName, earlier: number | null): ReceiptBody {
  const [effect] = INTERACTIONS[name];
  const count = Number(kept.get('interactionCount'));
  const identifierType = kept.get('identifierType');
  return {
    requestInformation: site.collection?.token,
    identifier: kept.get('consentId'),
    ...(identifierType && { identifierType }),
    customPayload: { Interaction: count, AddDefaultInteraction: count === 1 && !identifierType },
    ...(earlier !== null && { interactionDate: new Date(earlier).toISOString() }),
    isAnonymous: kept.get('isAnonUser') !== '0',
    test: site.test,
    language: site.language,
    purposes: entries(site, choices, effect),
    dsDataElements: { InteractionType: recordOf(name), Country: site.place.country, ConsentModel: site.rule.model },
    placet: {
      id: newId(),
      at: new Date(earlier ?? Date.now()).toISOString(),
      gpc: signalled(),
      rule: site.rule.id,
      layout: site.layout,
      publication: site.collection?.publication,
      content: site.collection?.content,
      notice: site.collection?.notice,
      ...(site.variant && { variant: site.variant }),
      ...(site.vendors.length > 0 && { vendors: choices.vendors }),
    },
  };
}
