// The OptanonConsent cookie, both ways (web-sdk.md §9.1).

/** The cookie's decoded texts under their own keys, in their order, known to us or not. */
export type Optanon = Map<string, string>;

/** Ids with their answers: 1 for yes, 0 for no. */
export type Answers = Record<string, number>;

/** Reads the cookie's value. A value that cannot be decoded is kept unchanged, so that the others can still be read. */
export function readOptanon(text: string): Optanon {
  const found: Optanon = new Map();
  for (const pair of text.split('&')) {
    const [key = '', ...value] = pair.split('=');
    if (key) found.set(key, decoded(value.join('=')));
  }
  return found;
}

/** The cookie's value: keys raw, texts as `encodeURIComponent` writes them, with `+` for a space. */
export function writeOptanon(values: Optanon): string {
  return [...values].map(([key, text]) => `${key}=${encoded(text)}`).join('&');
}

/** `C0001:1,C0002:0` as answers; an id may hold colons, and what is no pair is passed over. */
export function readAnswers(text = ''): Answers {
  const answers: Answers = {};
  for (const item of text.split(',')) {
    const found = /^(.+):([01])$/.exec(item);
    if (found?.[1]) answers[found[1]] = Number(found[2]);
  }
  return answers;
}

/** Answers as `C0001:1,C0002:0`. */
export function writeAnswers(answers: Answers): string {
  return Object.entries(answers)
    .map(([id, answer]) => `${id}:${answer}`)
    .join(',');
}

function decoded(text: string): string {
  const spaced = text.replace(/\+/g, ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/%20/g, '+');
}
