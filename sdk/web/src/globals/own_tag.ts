// The script tag that loaded one of our scripts.

/** The running script when it has this name, else the first of the name (an `async` tag, or one that was bundled). */
export function ownTag(name: string): HTMLScriptElement | null {
  const named = `script[src*="${name}"]`;
  const running = document.currentScript;
  return running?.matches(named) ? (running as HTMLScriptElement) : document.querySelector(named);
}
