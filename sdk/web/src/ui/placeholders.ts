// What stands where content waits for consent: what it is, and a button that asks for exactly that.
import type { Site } from '../consent/site.ts';
import { neededBy, waiting } from '../blocking/release.ts';
import { h } from './dom.ts';

interface Shown {
  readonly standIn: HTMLElement;
  /** How the frame was displayed. */
  readonly display: string;
  readonly priority: string;
}

const shown = new Map<HTMLElement, Shown>();

/** Puts a placeholder before every frame that waits, and takes away those whose frame has come. */
export function placeholders(site: Site, allow: (ids: readonly string[]) => void): void {
  const frames = waiting().filter((element) => element.localName === 'iframe') as HTMLElement[];
  for (const [frame, { standIn, display, priority }] of shown) {
    if (frames.includes(frame) && frame.previousElementSibling === standIn) continue;
    standIn.remove();
    frame.style.setProperty('display', display, priority);
    shown.delete(frame);
  }
  for (const frame of frames) if (!shown.has(frame)) standInFor(frame, site, allow);
}

/** The frame is not seen, whatever the page's style says of frames; a copy from a page's cache brings an old stand-in. */
function put(frame: HTMLElement, standIn: HTMLElement): void {
  const { previousElementSibling: before, style } = frame;
  if (before?.matches('.ot-placeholder')) before.remove();
  shown.set(frame, { standIn, display: style.display, priority: style.getPropertyPriority('display') });
  style.setProperty('display', 'none', 'important');
  frame.before(standIn);
}

function standInFor(frame: HTMLElement, site: Site, allow: (ids: readonly string[]) => void): void {
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
  put(frame, standIn);
}
