// The current consent, read from sources that every script of the page can read: cookies, else the globals.
import { type Answers, readAnswers, readOptanon } from '../formats/optanon.ts';
import { readCookie } from '../storage/cookie_jar.ts';
import { page } from '../globals/page.ts';

/** `text` is `C0001:1,C0002:0`, the cookie's own words; `at` is when the person answered, empty while they have not. */
export interface Agreed {
  readonly text: string;
  readonly answers: Readonly<Answers>;
  readonly at: string;
}

/** Read anew each time: a choice made in another tab or before this script came is never missed. */
export function agreed(): Agreed {
  const text = cookie('OptanonConsent', (value) => readOptanon(value).get('groups')) || told();
  return { text, answers: readAnswers(text), at: cookie('OptanonAlertBoxClosed', (value) => value) };
}

/** Calls `listener` for every later choice, also one that changes nothing; returns the unsubscribe function. */
export function onChoice(listener: (now: Agreed) => void): () => void {
  if (typeof window === 'undefined') return () => undefined;
  let known = mark(agreed());
  // The event behind `OnConsentChanged`. It also comes when a page begins, for those who know nothing yet.
  const heard = (): void => {
    const now = agreed();
    if (mark(now) === known) return;
    known = mark(now);
    listener(now);
  };
  window.addEventListener('consent.onetrust', heard);
  return () => window.removeEventListener('consent.onetrust', heard);
}

function mark({ at, text }: Agreed): string {
  return `${at} ${text}`;
}

/** Where cookies are forbidden, or not written yet, the global says which categories are active; others are off. */
function told(): string {
  const ids = typeof page.OnetrustActiveGroups === 'string' ? page.OnetrustActiveGroups.split(',') : [];
  return ids
    .filter(Boolean)
    .map((id) => `${id}:1`)
    .join(',');
}

function cookie(name: string, read: (value: string) => string | undefined): string {
  if (typeof document === 'undefined') return '';
  try {
    return read(readCookie(name) ?? '') ?? '';
  } catch {
    // A sandboxed frame may not even ask.
    return '';
  }
}
