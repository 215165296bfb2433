// Deletes cookies of categories without consent, as far as a page can reach them.
import type { Category } from '../consent/site.ts';
import { cookies, setCookie } from '../storage/document_cookie.ts';

/** What we keep ourselves is never another category's cookie, whatever a list says. */
const OURS = /^(Optanon|OTGPPConsent|OTAdditionalConsent|OTVariant|otpreview|eupubconsent|usprivacy)/;

/**
 * Deletes the cookies of these categories; a listed name that ends in `*` stands for all that begin so. One that a
 * category of `kept` lists, too, stays.
 */
export function sweep(categories: readonly Category[], kept: readonly Category[] = []): void {
  const [names, stay] = [namesOf(categories), namesOf(kept)];
  if (!names.length) return;
  const listed = (list: readonly string[], found: string): boolean => list.some((name) => matches(name, found));
  const all = new Set(cookies().split('; ').map((cookie) => cookie.split('=')[0] ?? ''));
  for (const found of all) if (found && !OURS.test(found) && listed(names, found) && !listed(stay, found)) remove(found);
}

function namesOf(categories: readonly Category[]): string[] {
  return categories.flatMap((category) => category.cookies?.map(({ name }) => name) ?? []);
}

export function matches(name: string, found: string): boolean {
  return name.endsWith('*') ? found.startsWith(name.slice(0, -1)) : found === name;
}

/** A page cannot see how a cookie was set: it is deleted for each way, the usual ones first, until it is gone. */
export function remove(name: string): void {
  const [root, ...deeper] = paths();
  for (const path of [[root], deeper]) {
    for (const extra of ['', ';secure', ';secure;partitioned']) {
      if (!there(name)) return;
      for (const each of path) for (const domain of domains()) setCookie(`${name}=;path=${each};max-age=0${domain}${extra}`);
    }
  }
}

function there(name: string): boolean {
  return cookies().split('; ').some((cookie) => cookie.split('=')[0] === name);
}

/** Without a domain, then for this host and each one above. */
function domains(): string[] {
  const parts = location.hostname.split('.');
  return ['', ...parts.slice(0, -1).map((_, at) => `;domain=.${parts.slice(at).join('.')}`)];
}

/** Every path whose cookies this page sees, with a slash at its end and without. */
function paths(): string[] {
  const parts = location.pathname.split('/').slice(1);
  const starts = parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`);
  return ['/', ...starts.flatMap((path, at) => (at < parts.length - 1 ? [path, `${path}/`] : [path]))];
}
