// Passes through Trusted Types: the one policy, `placet`, which a strict page lists in its `trusted-types` directive.
import { page } from './page.ts';
import type { TrustedPolicy } from './contracts.ts';

const same = (text: string): string => text;
const PLAIN: TrustedPolicy = { createScriptURL: same, createScript: same, createHTML: same };

function create(): TrustedPolicy {
  try {
    return page.trustedTypes?.createPolicy('placet', PLAIN) ?? PLAIN;
  } catch {
    // Not listed: a page without enforcement does not care, one with it blocks us and reports why.
    return PLAIN;
  }
}

/**
 * What is passed here is the page's own: its tags, released, and markup it hands to `InsertHtml`. Made once for all our
 * scripts: a page may forbid a second policy of the same name.
 */
export const trusted = page.placet?.trusted ?? create();
page.placet = { ...page.placet, trusted };
