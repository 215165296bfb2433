// Other places than cookies to keep answers in: AMP has its own entry of local storage, a preview forgets them.
import { writeJson } from '../formats/json.ts';
import type { CookieJar } from '../globals/contracts.ts';
import { store } from './storage.ts';

/** Texts under their names, all in one entry of local storage (web-sdk.md §9.3); they last until they are replaced. */
export function storageJar(key: string): CookieJar {
  const all = (): Record<string, string> => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, string>;
    } catch {
      return {};
    }
  };
  const read = (name: string): string | null => all()[name] ?? null;
  const put = (texts: object): boolean => store(key, writeJson(texts));
  return {
    all: (name) => [read(name) ?? []].flat(),
    write: (name, text) => put({ ...all(), [name]: text }) && read(name) === text,
    remove: (name) => void put(Object.fromEntries(Object.entries(all()).filter(([other]) => other !== name))),
  };
}

/** Remembers as long as this page. */
export function memoryJar(): CookieJar {
  const texts = new Map<string, string>();
  return {
    all: (name) => [texts.get(name) ?? []].flat(),
    write: (name, text) => Boolean(texts.set(name, text)),
    remove: (name) => void texts.delete(name),
  };
}
