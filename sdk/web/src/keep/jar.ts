// Small texts kept in the browser under a name: cookies of this site.
import type { Site } from '../consent/site.ts';
import { page } from '../names/page.ts';
import { cookies, setCookie } from './document_cookie.ts';

export interface Jar {
  read(name: string): string | null;
  /** `days` null keeps the text until the browser closes. */
  write(name: string, text: string, days: number | null): void;
  remove(name: string): void;
}

export interface CookieScope {
  /** The registrable part to share with sub-domains, such as `shop.example.test/path`; empty for this host alone. */
  readonly domain: string;
  /** Of the cookies, beside path, domain and end. */
  readonly attributes?: string | undefined;
}

const DAY_SECONDS = 86_400;

/** How long what holds for ever is kept. */
export const FOREVER_DAYS = 3650;

/** One cookie's text among all of them, or null. */
export function readCookie(name: string): string | null {
  const start = `${name}=`;
  for (const cookie of cookies().split('; ')) if (cookie.startsWith(start)) return cookie.slice(start.length);
  return null;
}

/** A site's cookies, or what stands in for them on this page; a test publication's keep to their host. */
export function jarOf({ test, domain, cookie }: Pick<Site, 'test' | 'domain' | 'cookie'>): Jar {
  return page.placet?.jar ?? cookieJar({ domain: test ? '' : domain, attributes: cookie });
}

/** Cookies of this site; a domain the page does not live under is left out, or the browser would drop the cookie. */
export function cookieJar({ domain, attributes = ';SameSite=Lax' }: CookieScope): Jar {
  const [host = '', ...path] = domain.split('/');
  const inside = host !== '' && `.${location.hostname}`.endsWith(`.${host}`) && host.includes('.');
  const where = `;path=/${path.join('/')}${inside ? `;domain=.${host}` : ''}`;
  const set = (name: string, text: string, seconds: number | null): void => {
    setCookie(`${name}=${text}${where}${attributes}${seconds === null ? '' : `;max-age=${seconds}`}`);
  };
  return {
    read: readCookie,
    write: (name, text, days) => set(name, text, days === null ? null : Math.round(days * DAY_SECONDS)),
    remove(name) {
      set(name, '', 0);
      setCookie(`${name}=;path=/;max-age=0`);
    },
  };
}
