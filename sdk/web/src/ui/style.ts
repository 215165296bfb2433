// Adds the style sheets and the site's colours to the page, under any content security policy.
import type { Site } from '../consent/site.ts';

/** A constructed sheet needs no permission; browsers without them get a `<style>`, which a strict page must allow. */
export function applyStyles(css: string, nonce: string): void {
  if ('adoptedStyleSheets' in document && 'replaceSync' in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return;
  }
  const style = document.createElement('style');
  style.id = 'onetrust-style';
  style.nonce = nonce;
  style.append(css);
  document.head.append(style);
}

/** The site's colours as custom properties, and the scheme: the visitor's own unless the site fixes one. */
export function applyTheme(root: HTMLElement, site: Site): void {
  for (const [name, value] of Object.entries(site.theme)) root.style.setProperty(`--p-${name}`, value);
  const prefers = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void => {
    root.classList.toggle('ot-dark', site.scheme === 'dark' || (site.scheme === 'auto' && prefers.matches));
  };
  follow();
  prefers.addEventListener('change', follow);
}
