// External listeners of every state: Microsoft's, Meta's and Shopify's tags, and the page's functions.
import { metaOptions } from '../formats/meta.ts';
import type { Session } from '../session.ts';
import { storageOf } from './google.ts';
import { page } from './page.ts';

type Call = (...args: unknown[]) => void;
interface Shopify {
  customerPrivacy?: { setTrackingConsent?: (consent: object, done: () => void) => void };
  loadFeatures?: (features: object[], done: (failed?: unknown) => void) => void;
}

const CHANGED = 'consent.changed';

export class Tags {
  /** The last function given to `UpdateGCM`, or named in `otEventListeners` for a change of consent: one slot. */
  custom: (() => void) | null = null;
  #denied = false;

  constructor(private readonly session: Session) {
    const listeners = (page.otEventListeners ?? []).filter(({ event }) => event === CHANGED);
    this.custom = listeners[listeners.length - 1]?.listener ?? null;
  }

  /** The state was computed. */
  tell(): void {
    this.#tellMicrosoft();
    this.#tellMeta();
    this.#tellShopify();
    this.custom?.();
  }

  /** Denied until the visitor has answered (web-sdk.md §10.3); only what Google's mapping says of `ad_storage`. */
  #tellMicrosoft(): void {
    const { session } = this;
    const { microsoft, google } = session.site.rule;
    const storage = storageOf({ ad_storage: google['ad_storage'] ?? '' }, session.active);
    if (!microsoft || !storage['ad_storage']) return;
    const queue = (page['uetq'] ??= []) as { push: Call };
    if (session.answered) queue.push('consent', 'update', storage);
    else if (!this.#denied) queue.push('consent', 'default', { ad_storage: 'denied' });
    this.#denied = true;
  }

  /** Granted or revoked; where one objects rather than agrees, an objection is limited data use. */
  #tellMeta(): void {
    const { session } = this;
    const { meta, model } = session.site.rule;
    const fbq = page['fbq'];
    if (!meta || typeof fbq !== 'function') return;
    const active = session.active.includes(meta);
    const { country, state } = session.site.place;
    if (model === 'opt-out') (fbq as Call)('dataProcessingOptions', ...metaOptions(!active, `${country}-${state}`));
    else (fbq as Call)('consent', active ? 'grant' : 'revoke');
  }

  /** Shopify's own names by category, as the stub's tag maps them; a choice, so not before there is one. */
  #tellShopify(): void {
    const { session } = this;
    const mapping = session.stub.tag.dataset['shopifyConsentMapping'];
    const shop = page['Shopify'] as Shopify | undefined;
    if (mapping === undefined || !shop || !session.answered) return;
    const consent = mapped(mapping, session.active);
    const set = (): void => shop.customerPrivacy?.setTrackingConsent?.(consent, () => undefined);
    if (shop.customerPrivacy?.setTrackingConsent) set();
    else shop.loadFeatures?.([{ name: 'consent-tracking-api', version: '0.1' }], (failed) => failed || set());
  }
}

/** `{"analytics":"C0002"}` as Shopify's answers; what is no such mapping says nothing. */
function mapped(text: string, active: readonly string[]): Record<string, boolean> {
  try {
    const mapping = Object.entries(JSON.parse(text) as Record<string, string>);
    return Object.fromEntries(mapping.map(([name, id]) => [name, active.includes(id)]));
  } catch {
    return {};
  }
}
