// Holds back third-party tags that carry no marks of their own, by the hosts they come from (web-sdk.md §8.3).
import { guardNetwork } from './guard/network.ts';
import { type Row, type Table, heldBack, isKnown } from './guard/table.ts';

/** The server puts the site's table in place of this text. */
const ROWS = JSON.parse('%TABLE%') as readonly Row[];
const CATEGORY = 'optanon-category-';

type Create = (this: Document, tag: string, options?: ElementCreationOptions) => HTMLElement;

/** Our own tag: `data-unknown` names the category of foreign hosts nobody listed, `data-guard` asks for more guards. */
const { dataset = {}, src = '' } = document.querySelector<HTMLScriptElement>('script[src*="OtAutoBlock"]') ?? {};
const TABLE: Table = {
  rows: ROWS,
  unknown: dataset['unknown'] ?? '',
  own: [location.hostname, new URL(src, location.href).hostname],
};

/** The categories that keep this element back now; nothing when it may pass. */
function heldBy(element: Element, url: string): readonly string[] {
  if (!url || element.hasAttribute('data-ot-ignore') || (element.getAttribute('class') ?? '').includes(CATEGORY)) return [];
  return heldBack(TABLE, url);
}

function mark(element: Element, ids: readonly string[]): void {
  element.classList.add(CATEGORY + ids.join('-'));
}

/** A script made by another script runs as soon as it is in the page, so its address is seen when it is given. */
function watchScript(script: HTMLScriptElement): void {
  const src = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, 'src');
  let held = false;
  const look = (url: string): void => {
    const ids = heldBy(script, url);
    if (!ids.length) return;
    held = true;
    mark(script, ids);
    Element.prototype.setAttribute.call(script, 'type', 'text/plain');
  };
  const attribute = (name: string, value: { toString(): string }): void => {
    const kind = name.toLowerCase();
    if (kind === 'src') look(value.toString());
    if (held && kind === 'type') return;
    // A TrustedScriptURL is passed on as it is.
    Element.prototype.setAttribute.call(script, name, value as string);
  };
  Object.defineProperties(script, {
    src: {
      configurable: true,
      get: () => src?.get?.call(script) as string,
      // What is given may be a TrustedScriptURL: it is read as text and passed on as it is.
      set: (url: { toString(): string }) => {
        look(url.toString());
        src?.set?.call(script, url);
      },
    },
    type: {
      configurable: true,
      get: () => script.getAttribute('type') ?? '',
      set: (type: string) => attribute('type', type),
    },
    setAttribute: { configurable: true, value: attribute },
  });
}

/** What the parser or somebody's markup puts into the page is seen before it runs. */
function inspect(node: Node): void {
  if (!(node instanceof HTMLElement)) return;
  for (const element of [node, ...node.querySelectorAll('script,iframe,embed,img')]) hold(element);
}

function hold(element: Element): void {
  const url = element.getAttribute('src') ?? '';
  if (!/^(script|iframe|embed|img)$/.test(element.localName) || element.getAttribute('type') === 'text/plain') return;
  const ids = heldBy(element, url);
  if (!ids.length) return;
  mark(element, ids);
  if (element.localName === 'script') {
    element.setAttribute('type', 'text/plain');
    return;
  }
  element.setAttribute('data-src', url);
  element.removeAttribute('src');
}

if (ROWS.length || TABLE.unknown) {
  const { prototype } = Document;
  const create = Object.getOwnPropertyDescriptor(prototype, 'createElement')?.value as Create;
  Object.assign(prototype, {
    createElement(this: Document, tag: string, options?: ElementCreationOptions): HTMLElement {
      const element = create.call(this, tag, options);
      if (element instanceof HTMLScriptElement) watchScript(element);
      return element;
    },
  });
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) {
      if (type === 'attributes') hold(target as Element);
      addedNodes.forEach(inspect);
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['src'] });
  if (dataset['guard'] === 'network') guardNetwork({ heldBy: (url) => heldBack(TABLE, url), known: isKnown });
}
