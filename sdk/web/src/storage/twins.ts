// Several cookies of one name, set for different domains and paths: a page sees their texts, but not which is which.
import { setCookie } from './document_cookie.ts';

const ATTRIBUTES = ['', ';SameSite=None;Secure;Partitioned'];

/** Deletes a cookie for this host and each above it, on this path and each above it. */
export function removeEverywhere(name: string): void {
  const parts = location.hostname.split('.');
  const domains = ['', ...parts.slice(0, -1).map((_, at) => `;domain=.${parts.slice(at).join('.')}`)];
  for (const path of paths())
    for (const domain of domains)
      for (const attributes of ATTRIBUTES) setCookie(`${name}=;path=${path};max-age=0${domain}${attributes}`);
}

/** `/`, `/a`, `/a/`, `/a/b` and so on, for the page's own path: browsers tell a path with a slash at its end from one without. */
function paths(): string[] {
  const steps = location.pathname.split('/').filter(Boolean);
  const above = steps.flatMap((_, at) => {
    const path = `/${steps.slice(0, at + 1).join('/')}`;
    return [path, `${path}/`];
  });
  return ['/', ...above];
}
