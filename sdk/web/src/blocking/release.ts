// Tags that wait for consent: which categories each needs, and how it is released (web-sdk.md §8.1).
import { trusted } from '../globals/trusted_types.ts';
import { writing } from './writing.ts';

const CATEGORIES = /(?:^|\s)optanon-category-([\w,-]+)/;
const VENDORS = /(?:^|\s)ot-vscat-([\w,-]+)/;
/** A released script is no longer `text/plain`, everything else no longer has `data-src`: nothing is let go twice. */
export const WAITING = 'script[type="text/plain"][class],:not(script)[data-src][class]';
const NOT_COPIED = /^(on(load|error)|type|(data-)?src)$/;

/** Set while released external scripts have not run: inline ones behind them wait for this. */
let running: Promise<unknown> | null = null;

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

function copied(old: HTMLScriptElement): HTMLScriptElement {
  const script = document.createElement('script');
  for (const { name, value } of old.attributes) if (!NOT_COPIED.test(name)) script.setAttribute(name, value);
  script.type = old.dataset['type'] === 'module' ? 'module' : 'text/javascript';
  script.async = old.hasAttribute('async');
  // Attributes do not carry the nonce: a browser hides it from them.
  if (old.nonce) script.nonce = old.nonce;
  return script;
}

/** The new script runs in the order of the page, unless it says `async`; the old one's listeners hear what becomes of it. */
function restart(old: HTMLScriptElement): void {
  const script = copied(old);
  const url = old.getAttribute('src') ?? old.dataset['src'];
  const module = script.type === 'module';
  const { parentNode } = old;
  const end = new Promise((done) => {
    for (const kind of ['load', 'error'])
      script.addEventListener(kind, () => {
        done(kind);
        old.dispatchEvent(new Event(kind));
      });
  });
  if (url !== undefined) {
    script.src = trusted.createScriptURL(url);
    if (!module && !script.noModule && !script.async && !script.defer) follow(end);
  }
  old.remove();
  parentNode?.appendChild(script);
  if (url !== undefined) return;
  // An empty script waits at its place; its text starts it.
  const start = (): void => writing(script, () => (script.text = trusted.createScript(old.text)));
  if (running && !module) void running.then(start);
  else start();
}

/** Inline scripts from now on run after this. */
function follow(end: Promise<unknown>): void {
  const all = (running = Promise.all([running, end]));
  void all.then(() => {
    if (running === all) running = null;
  });
}
