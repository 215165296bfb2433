// The topmost modal dialog of the page: only its content can be used.

let open: Element[] = [];

/** The modal dialog that was opened last, or null; browsers without `:modal` have none that we can see. */
export function frontDialog(): Element | null {
  try {
    const now = [...document.querySelectorAll('dialog:modal')];
    open = [...open.filter((dialog) => now.includes(dialog)), ...now.filter((dialog) => !open.includes(dialog))];
    return open[open.length - 1] ?? null;
  } catch {
    return null;
  }
}
