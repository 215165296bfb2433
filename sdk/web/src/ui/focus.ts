// Keyboard focus: trapped inside a dialog, free to leave a banner, restored afterwards.
import { reachable } from './dom.ts';

/** Tab and Shift+Tab go round inside `root`, as WCAG asks of a modal dialog. */
export function trap(root: HTMLElement, event: KeyboardEvent): void {
  if (event.key !== 'Tab') return;
  const all = reachable(root);
  const [first, last] = [all[0], all[all.length - 1]];
  const here = document.activeElement;
  const leaving = event.shiftKey ? here === first || here === root : here === last;
  if (!leaving && root.contains(here)) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

/** Tab beyond the last element goes on at the start of the page, though the banner stands at its end. */
export function letGo(root: HTMLElement, event: KeyboardEvent): void {
  if (event.key !== 'Tab' || event.shiftKey) return;
  if (document.activeElement === reachable(root).pop()) toPage();
}

/** Tab goes on at the start of the page. */
export function toPage(): void {
  const { body } = document;
  const had = body.getAttribute('tabindex');
  body.tabIndex = -1;
  body.focus({ preventScroll: true });
  if (had === null) body.removeAttribute('tabindex');
}

/** Puts the keyboard on an element, unless the person is already somewhere in the page. */
export function offerFocus(element: HTMLElement): void {
  const here = document.activeElement;
  if (!here || here === document.body) element.focus({ preventScroll: true });
}
