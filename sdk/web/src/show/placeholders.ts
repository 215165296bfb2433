// What stands where content waits for consent: what it is, and a button that asks for exactly that.
import type { Site } from '../consent/site.ts';
import { neededBy, waiting } from '../guard/release.ts';
import { h } from './dom.ts';

const shown = new Map<Element, HTMLElement>();

/** Puts a placeholder before every frame that waits, and takes away those whose frame has come. */
export function placeholders(site: Site, allow: (ids: readonly string[]) => void): void {
  const frames = waiting().filter((element) => element.localName === 'iframe');
  for (const [frame, standIn] of shown) {
    if (frames.includes(frame)) continue;
    standIn.remove();
    frame.removeAttribute('hidden');
    shown.delete(frame);
  }
  for (const frame of frames) if (!shown.has(frame)) shown.set(frame, standInFor(frame, site, allow));
}

function standInFor(frame: Element, site: Site, allow: (ids: readonly string[]) => void): HTMLElement {
  const needed = neededBy(frame);
  const names = site.groups.filter(({ id }) => needed.includes(id)).map(({ name }) => name);
  const { words } = site;
  const show = words['show'] ?? '';
  const title = frame.getAttribute('title');
  // The page's own words for it, in the page's language; they tell several such buttons apart.
  const called = title && h('p', { lang: document.documentElement.lang, dir: 'auto' }, h('strong', {}, title));
  const standIn = h(
    'div',
    { class: 'ot-placeholder', lang: site.language, dir: site.rtl ? 'rtl' : 'ltr' },
    called,
    h('p', {}, (words['blocked'] ?? '').replace('{name}', names.join(', '))),
    h('button', { type: 'button', 'aria-label': title && `${show}: ${title}`, onclick: () => allow(needed) }, show),
  );
  const { width, height } = frame.getBoundingClientRect();
  if (width && height) {
    standIn.style.width = `${width}px`;
    standIn.style.minHeight = `${height}px`;
  }
  frame.setAttribute('hidden', '');
  frame.before(standIn);
  return standIn;
}
