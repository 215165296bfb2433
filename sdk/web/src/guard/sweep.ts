// Cookies that lost their consent are deleted, as far as a page can reach them.
import type { Category } from '../consent/site.ts';

/** Deletes the cookies of these categories; a listed name that ends in `*` stands for all that begin so. */
export function sweep(categories: readonly Category[]): void {
  const names = categories.flatMap((category) => category.cookies?.map(({ name }) => name) ?? []);
  if (!names.length) return;
  for (const cookie of document.cookie.split('; ')) {
    const found = cookie.split('=')[0] ?? '';
    if (found && names.some((name) => matches(name, found))) remove(found);
  }
}

export function matches(name: string, found: string): boolean {
  return name.endsWith('*') ? found.startsWith(name.slice(0, -1)) : found === name;
}

/** A page cannot see for which domain a cookie was set: it is deleted for this host and each one above. */
export function remove(name: string): void {
  const parts = location.hostname.split('.');
  const hosts = parts.slice(0, -1).map((_, at) => `;domain=.${parts.slice(at).join('.')}`);
  for (const domain of ['', ...hosts]) document.cookie = `${name}=;path=/;max-age=0${domain}`;
}
