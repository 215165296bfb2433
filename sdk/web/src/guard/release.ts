// Tags that wait for consent: which categories each needs, and how it is let go (web-sdk.md §8.1).
import { trusted } from '../names/trusted.ts';

const CATEGORIES = /(?:^|\s)optanon-category-([\w,-]+)/;
const VENDORS = /(?:^|\s)ot-vscat-([\w,-]+)/;
const WAITING = 'script[type="text/plain"][class],[data-src][class]';

/** The categories an element waits for, or else the vendors; all of them must be active. */
export function neededBy(element: Element): string[] {
  const name = element.getAttribute('class') ?? '';
  const found = CATEGORIES.exec(name) ?? VENDORS.exec(name);
  return found?.[1]?.split(/[-,]/).filter(Boolean) ?? [];
}

/** Every element that still waits, in the order of the page. */
export function waiting(): Element[] {
  return [...document.querySelectorAll(WAITING)].filter((element) => neededBy(element).length);
}

/** Lets go of everything whose categories are all active. A script becomes a new one at the end of its parent. */
export function release(active: readonly string[]): void {
  for (const element of waiting()) {
    const needed = neededBy(element);
    if (!needed.every((id) => active.includes(id))) continue;
    if (element.localName === 'script') restart(element as HTMLScriptElement);
    else show(element);
  }
}

function show(element: Element): void {
  element.setAttribute('src', element.getAttribute('data-src') ?? '');
  element.removeAttribute('data-src');
}

function restart(old: HTMLScriptElement): void {
  const script = document.createElement('script');
  for (const { name, value } of old.attributes) {
    if (name === 'src') script.src = trusted.createScriptURL(value);
    else if (name !== 'type') script.setAttribute(name, value);
  }
  script.type = 'text/javascript';
  // Attributes do not carry the nonce: a browser hides it from them.
  if (old.nonce) script.nonce = old.nonce;
  if (!old.src) script.text = trusted.createScript(old.text);
  const parent = old.parentNode;
  old.remove();
  parent?.appendChild(script);
}
