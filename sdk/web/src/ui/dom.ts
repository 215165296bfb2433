// Builds elements without ever parsing HTML, so that it works under a strict content security policy.
import type { Rich } from '../consent/site.ts';

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: Event) => void);

/** An element: attributes by name (false, null and undefined are left out), `onclick` and its like as listeners. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Text with links and emphasis. A link to another site says nothing of where it came from. */
export function rich(parts: Rich, opens: string): Node {
  const fragment = document.createDocumentFragment();
  for (const part of parts) {
    if (typeof part === 'string') {
      fragment.append(part);
      continue;
    }
    const element = document.createElement(part.tag);
    if (part.href !== undefined) linked(element, part.href, opens);
    if (part.lang) element.lang = part.lang;
    element.append(rich(part.parts, opens));
    fragment.append(element);
  }
  return fragment;
}

/** An element becomes a link that opens beside the page. */
export function linked<Kind extends HTMLElement>(element: Kind, href: string, opens: string): Kind {
  element.setAttribute('href', href);
  element.setAttribute('target', '_blank');
  element.setAttribute('rel', 'noopener noreferrer');
  element.setAttribute('aria-description', opens);
  return element;
}

/** What a person can reach with the Tab key inside an element, in order. */
export function reachable(root: Element): HTMLElement[] {
  const all = root.querySelectorAll<HTMLElement>('a[href],button:not([disabled]),input:not([disabled]),[tabindex="0"]');
  return [...all].filter((element) => element.getClientRects().length > 0);
}

export function whenReady(run: () => void): void {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run, { once: true });
  else run();
}

/** Runs once the next frame is painted; after a second even where none is, as in a tab behind others. */
export function afterFrame(run: () => void): void {
  void new Promise<void>((painted) => {
    requestAnimationFrame(() => setTimeout(painted));
    setTimeout(painted, 1000);
  }).then(run);
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line drawing of 16 by 16, which screen readers pass over. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const CROSS = 'M3 3l10 10M13 3L3 13';
export const CHEVRON = 'M6 3l5 5-5 5';
export const SLIDERS = 'M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M9.2 4.5a1.7 1.7 0 103.4 0 1.7 1.7 0 10-3.4 0M3.6 11.5a1.7 1.7 0 103.4 0 1.7 1.7 0 10-3.4 0';
