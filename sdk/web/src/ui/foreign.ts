/** How a text in another language than its surroundings is marked: it also runs in its own direction. */
export const foreign = (lang?: string): Record<string, string> => (lang ? { lang, dir: 'auto' } : {});
