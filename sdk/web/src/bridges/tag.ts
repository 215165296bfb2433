// How a bridge reads its options from the attributes of its own script tag.

/** The tag that loaded this script: the running one, else by its name (a tag made `async` by a tag manager, say). */
export function ownTag(name: string): HTMLScriptElement | null {
  const running = document.currentScript;
  return running instanceof HTMLScriptElement ? running : document.querySelector(`script[src*="${name}"]`);
}

/** An attribute that says yes by being there; only the word `false` says no. */
export function truth(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text !== 'false';
}

/** Words with commas or spaces between them. */
export function words(text: string | undefined): string[] | undefined {
  return text?.split(/[\s,]+/).filter(Boolean);
}
