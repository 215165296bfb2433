// `document.write` of a released inline script: called when the page has been read, it would replace the whole page.
import { trusted } from '../globals/trusted_types.ts';

/** Runs code while what it writes into the document is put behind `place` instead. */
export function writing(place: Element, run: () => void): void {
  const texts: string[] = [];
  const write = (...more: unknown[]): void => void texts.push(more.join(''));
  const stand: Record<string, unknown> = { write, writeln: write, open: () => document, close: () => undefined };
  const own = Object.getOwnPropertyDescriptors(document) as PropertyDescriptorMap;
  for (const name in stand) Reflect.defineProperty(document, name, { configurable: true, writable: true, value: stand[name] });
  run();
  // Scripts that were written run here, and may write, too.
  while (texts.length) {
    const range = document.createRange();
    place.after(range.createContextualFragment(trusted.createHTML(texts.splice(0).join(''))));
  }
  for (const name in stand) {
    Reflect.deleteProperty(document, name);
    if (own[name]) Reflect.defineProperty(document, name, own[name]);
  }
}
