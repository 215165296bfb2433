// Disclosure buttons and switches, for sight and for screen readers.

/** Sets a switch. */
export function turn(input: HTMLInputElement, on: boolean): void {
  input.checked = on;
  input.setAttribute('aria-checked', String(on));
}

/** Opens what a button stands for, or folds it away again. */
export function unfold(opener: Element, details: HTMLElement, open = details.hidden): void {
  details.hidden = !open;
  opener.setAttribute('aria-expanded', String(open));
}
