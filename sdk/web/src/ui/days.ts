// A number of days in the person's language.

/** `400 days`, `400 Tage`; browsers have no word for it in Maltese. */
export function inDays(days: number, language = ''): string {
  if (/^mt\b/i.test(language)) return `${days}${maltese(days % 100)}`;
  try {
    return new Intl.NumberFormat(language, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days);
  } catch {
    return new Intl.NumberFormat('en', { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days);
  }
}

function maltese(rest: number): string {
  if (rest > 1 && rest < 11) return ' jiem';
  return rest > 10 && rest < 20 ? '-il jum' : ' jum';
}
