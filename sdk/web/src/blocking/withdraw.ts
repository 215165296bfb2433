// Replaces released frames whose consent was withdrawn by empty ones that wait for consent.
import { neededBy } from './release.ts';

/** What runs in a frame ends with it: emptying the old one would not stop it in every browser. */
export function takeBack(active: readonly string[]): void {
  for (const frame of document.querySelectorAll('iframe[src][class],embed[src][class]')) {
    if (neededBy(frame).every((id) => active.includes(id))) continue;
    const empty = frame.cloneNode() as Element;
    empty.setAttribute('data-src', frame.getAttribute('src') ?? '');
    empty.removeAttribute('src');
    frame.replaceWith(empty);
  }
}
