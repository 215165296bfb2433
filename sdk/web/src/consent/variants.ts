// Which of several notices a visitor sees: chosen at random once, then stored (web-sdk.md §9.2).
import type { Site, Variant } from './site.ts';

/** Who drew none of the variants sees the rule's own notice, and that is kept as well. */
export const OWN = 'own';

/** The variant that was kept if it is still on trial, else the one that the dice (0 to 1, not included) say. */
export function drawn(variants: readonly Variant[], kept: string, dice: number): string {
  if (kept === OWN || variants.some(({ id }) => id === kept)) return kept;
  let left = dice * 100;
  return variants.find(({ share }) => (left -= share) < 0)?.id ?? OWN;
}

/** The site with the notice of this variant. */
export function withVariant({ variants = [], ...site }: Site, variant: string): Site {
  return { ...site, ...variants.find(({ id }) => id === variant)?.site, variant };
}
