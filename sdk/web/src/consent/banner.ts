// Must we ask? What a page needs of the server's decision table (cmp-api.md §14.3): the rows without profiles and strings.

export const DAY = 86_400_000;

/**
 * Does an answer given at `at` still count, where answers hold for so many days (0 = for ever)? Times are epoch ms. A
 * time more than a day ahead of the clock is wrong, and proves nothing.
 */
export function holds(now: number, at: number, days: number): boolean {
  return now - at >= -DAY && (!days || now - at < days * DAY);
}
