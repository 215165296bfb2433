// Watches changes of the page: waiting elements are added, bodies are swapped, dialogs open and close.
import { WAITING } from './release.ts';

/** The listener for it. */
export interface Watcher {
  /** An element that waits for consent may have been added or removed. */
  waiting(): void;
  /** A dialog opened or closed, or parts of the page were taken out. */
  moved(): void;
}

/** Watches the page until the returned function is called. */
export function watch(watcher: Watcher): () => void {
  const observer = new MutationObserver((changes) => {
    if (changes.some(({ addedNodes, attributeName }) => attributeName === 'data-src' || [...addedNodes].some(waits)))
      watcher.waiting();
    const moves = ({ addedNodes, attributeName, removedNodes }: MutationRecord): boolean =>
      attributeName === 'open' || removedNodes.length > 0 || [...addedNodes].some(ours);
    if (changes.some(moves)) watcher.moved();
  });
  observer.observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['open', 'data-src'],
  });
  return () => observer.disconnect();
}

function ours(node: Node): boolean {
  return (node as Element).id === 'onetrust-consent-sdk';
}

function waits(node: Node): boolean {
  return node instanceof Element && (node.matches(WAITING) || node.querySelector(WAITING) !== null);
}
