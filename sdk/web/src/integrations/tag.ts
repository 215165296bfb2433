// How an integration reads its options from the attributes of its script tag.

export { ownTag } from '../globals/own_tag.ts';

/** An attribute that says yes by being there; only the word `false` says no. */
export function truth(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text !== 'false';
}

/** Words with commas or spaces between them. */
export function words(text: string | undefined): string[] | undefined {
  return text?.split(/[\s,]+/).filter(Boolean);
}
