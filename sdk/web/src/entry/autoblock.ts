// Blocks third-party tags without category marks, by their hosts (web-sdk.md §8.3).
import { guardImports } from '../blocking/imports.ts';
import { type Gatekeeper, guardWindow, guardedIn } from '../blocking/insertion.ts';
import { guardNetwork } from '../blocking/network.ts';
import { type Row, type Table, heldBack, isKnown } from '../blocking/table.ts';
import { heldMarkup } from '../blocking/written.ts';
import { UPDATED_EVENT } from '../globals/announce.ts';
import { ownTag } from '../globals/own_tag.ts';

/** The server puts the site's table in place of this text. */
const ROWS = JSON.parse('%TABLE%') as readonly Row[];
const CATEGORY = 'optanon-category-';
/** Types whose scripts run; everything else is data. */
const EXECUTABLE = /^\s*(module|(text|application)\/(x-)?(java|ecma|j|live)script.*)?\s*$/i;
const XLINK = 'http://www.w3.org/1999/xlink';

/** Our own tag: `data-unknown` names the category of unlisted third-party hosts, `data-guard` asks for more guards. */
const tag = ownTag('OtAutoBlock');
const { unknown = '', guard = '' } = tag?.dataset ?? {};
const TABLE: Table = {
  rows: ROWS,
  unknown,
  own: [location.hostname, new URL(tag?.src ?? '', location.href).hostname],
};

const held = new WeakSet<Element>();
const guarded = new WeakSet<Window>();
// As they were before anybody guarded them.
/* eslint-disable @typescript-eslint/unbound-method */
const give = Element.prototype.setAttribute;
const insert = Node.prototype.insertBefore;
/* eslint-enable */

/** A script of SVG names its address otherwise. */
function addressOf(element: Element): string {
  return element.getAttribute('src') ?? element.getAttribute('href') ?? element.getAttributeNS(XLINK, 'href') ?? '';
}

/** Marks an element whose address is held back now, before it runs or loads; true when it is. */
function hold(element: Element, url = addressOf(element)): boolean {
  if (!url || element.hasAttribute('data-ot-ignore')) return false;
  // Who has a mark of the page's own, or was let go with ours, is left alone.
  if (!held.has(element) && element.getAttribute('class')?.includes(CATEGORY)) return false;
  const script = element.localName === 'script';
  const type = element.getAttribute('type') ?? '';
  if (script && !EXECUTABLE.test(type)) return held.has(element);
  const ids = heldBack(TABLE, url);
  if (!ids.length) return false;
  held.add(element);
  element.classList.add(CATEGORY + ids.join('-'));
  if (script) holdScript(element, type, url);
  else {
    give.call(element, 'data-src', url);
    element.removeAttribute('src');
  }
  return true;
}

function holdScript(script: Element, type: string, url: string): void {
  if (type.trim().toLowerCase() === 'module') give.call(script, 'data-type', 'module');
  give.call(script, 'type', 'text/plain');
  if (script.namespaceURI?.endsWith('svg')) give.call(script, 'src', url);
}

/** A frame that is loading already stops when it is taken out; it is put back empty. */
function holdLoading(element: Element): void {
  const frame = /^(iframe|embed)$/.test(element.localName) && element.hasAttribute('src');
  if (!hold(element) || !frame) return;
  const { parentNode, nextSibling } = element;
  if (parentNode) insert.call(parentNode, element, nextSibling);
}

const keeper: Gatekeeper = {
  arrives: hold,
  arrived: enter,
  attribute(element, name, value) {
    const script = element.localName === 'script';
    if (name === 'type' && script && held.has(element)) {
      if (value.trim().toLowerCase() === 'module') give.call(element, 'data-type', 'module');
      return true;
    }
    return name === 'src' && hold(element, value) && !script;
  },
  written: (html) => heldMarkup(html, (type) => EXECUTABLE.test(type), (url) => heldBack(TABLE, url)),
};

/** A frame without `src` is often filled by the script that made it: it is guarded like this page. */
function enter(element: Element): void {
  if (element.localName !== 'iframe') return;
  const frame = element as HTMLIFrameElement;
  guardFrame(frame);
  if (!frame.hasAttribute('src')) frame.addEventListener('load', () => guardFrame(frame));
}

function guardFrame(frame: HTMLIFrameElement): void {
  try {
    const view = frame.contentWindow as (Window & typeof globalThis) | null;
    // Reading it throws for a cross-origin frame.
    if (view?.document) guardView(view);
  } catch {
    // Its scripts are its own.
  }
}

function guardView(view: Window & typeof globalThis): void {
  if (guarded.has(view)) return;
  guarded.add(view);
  guardWindow(view, keeper);
}

/** Elements inserted by the parser or by markup are seen before they run. */
const observer = new MutationObserver((changes) => {
  for (const { addedNodes, target, type } of changes) {
    if (type === 'attributes') guardedIn(target).slice(0, 1).forEach(holdLoading);
    for (const node of addedNodes)
      for (const element of guardedIn(node)) {
        holdLoading(element);
        enter(element);
      }
  }
});

if (ROWS.length || TABLE.unknown) {
  guardView(window);
  observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['src'] });
  // A frame that was let in without a mark goes when its category loses consent.
  window.addEventListener(UPDATED_EVENT, () => {
    for (const frame of document.querySelectorAll('iframe[src],embed[src]')) holdLoading(frame);
  });
  if (/\bnetwork\b/.test(guard)) guardNetwork({ heldBy: (url) => heldBack(TABLE, url), known: isKnown });
  if (/\bimports\b/.test(guard)) guardImports(TABLE, tag);
}
