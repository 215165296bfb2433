// Other places than cookies to keep answers in: AMP has its own entry of local storage, a preview forgets them.
import type { Jar } from './jar.ts';

/** Texts under their names, all in one entry of local storage (web-sdk.md §9.3); they last until they are replaced. */
export function storageJar(key: string): Jar {
  const all = (): Record<string, string> => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, string>;
    } catch {
      return {};
    }
  };
  const put = (texts: object): void => {
    try {
      localStorage.setItem(key, JSON.stringify(texts));
    } catch {
      // Storage is forbidden: the answer lasts as long as this page.
    }
  };
  return {
    read: (name) => all()[name] ?? null,
    write: (name, text) => put({ ...all(), [name]: text }),
    remove: (name) => put(Object.fromEntries(Object.entries(all()).filter(([other]) => other !== name))),
  };
}

/** Remembers as long as this page. */
export function memoryJar(): Jar {
  const texts = new Map<string, string>();
  return {
    read: (name) => texts.get(name) ?? null,
    write: (name, text) => void texts.set(name, text),
    remove: (name) => void texts.delete(name),
  };
}
