// Named texts stored in the browser: cookies of this site.
import type { Site } from '../consent/site.ts';
import { page } from '../globals/page.ts';
import { cookies, setCookie } from './document_cookie.ts';
import type { CookieJar } from '../globals/contracts.ts';

export interface CookieScope {
  /** The registrable part to share with sub-domains, such as `shop.example.test/path`; empty for this host alone. */
  readonly domain: string;
  /** Of the cookies, beside path, domain and end. */
  readonly attributes?: string | undefined;
}

const DAY_SECONDS = 86_400;
const ROOT = ';path=/';

/** How long what holds for ever is kept. */
export const FOREVER_DAYS = 3650;

/** The texts of all cookies of this name. */
function cookiesOf(name: string): string[] {
  const start = `${name}=`;
  const found = cookies().split('; ').filter((cookie) => cookie.startsWith(start));
  return found.map((cookie) => cookie.slice(start.length));
}

/** One cookie's text among all of them, or null. */
export function readCookie(name: string): string | null {
  const start = `${name}=`;
  const found = cookies().split('; ').find((cookie) => cookie.startsWith(start));
  return found?.slice(start.length) ?? null;
}

/** A site's cookies, or what stands in for them on this page; a test publication's keep to their host. */
export function cookieJarFor({ test, domain, cookie }: Pick<Site, 'test' | 'domain' | 'cookie'>): CookieJar {
  return page.placet?.jar ?? cookieJar({ domain: test ? '' : domain, attributes: cookie });
}

/** Cookies of this site; a domain the page does not live under is left out, or the browser would drop the cookie. */
export function cookieJar({ domain, attributes = ';SameSite=Lax' }: CookieScope): CookieJar {
  const [host = '', ...path] = domain.split('/');
  const inside = host !== '' && `.${location.hostname}`.endsWith(`.${host}`) && host.includes('.');
  const where = `;path=/${path.join('/')}${inside ? `;domain=.${host}` : ''}${attributes}`;
  const set = (name: string, text: string, place: string, days: number | null): void => {
    setCookie(`${name}=${text}${place}${days === null ? '' : `;max-age=${Math.round(days * DAY_SECONDS)}`}`);
  };
  const remove = (name: string): void => {
    set(name, '', where, 0);
    set(name, '', ROOT, 0);
  };
  return {
    all: cookiesOf,
    write(name, text, days) {
      const kept = (place = where): boolean => {
        set(name, text, place, days);
        const found = cookiesOf(name);
        // What holds for this host alone, as in a preview, may stand beside what its sub-domains share.
        return found.includes(text) && !(inside && found[1]);
      };
      // A browser that refuses the domain (a public suffix) still keeps it for this host.
      return kept() || (remove(name), kept() || kept(ROOT + attributes));
    },
    remove,
  };
}
