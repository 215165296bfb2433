// Scripts and markup that a page inserts once a category has consent (web-sdk.md §5.4).
import type { Session } from '../session.ts';
import { page } from './page.ts';
import { trusted } from './trusted_types.ts';

interface Options {
  ignoreGroupCheck?: boolean;
  deleteSelectorContent?: boolean;
  makeSelectorVisible?: boolean;
  makeElementsVisible?: string[];
  deleteElements?: string[];
}

type Callback = (() => void) | null | undefined;

export class Insertions {
  /** What ran already: each thing runs once per page, however often `OptanonWrapper` asks for it. */
  private readonly done = new Set<string>();

  constructor(private readonly session: Session) {}

  script(url: string, selector: string, callback: Callback, options: Options | null, group: unknown, async = false): void {
    const place = selector === 'head' ? document.head : selector === 'body' ? document.body : byId(selector);
    if (!place || !this.may(`${url} ${selector}`, options, group)) return;
    prepare(place, options);
    const script = document.createElement('script');
    script.src = trusted.createScriptURL(url);
    script.async = async;
    if (this.session.stub.tag.nonce) script.nonce = this.session.stub.tag.nonce;
    if (callback) script.addEventListener('load', () => callback());
    place.append(script);
  }

  html(html: string, id: string, callback: Callback, options: Options | null, group: unknown): void {
    const place = byId(id);
    if (!place || !this.may(`${html} ${id}`, options, group)) return;
    prepare(place, options);
    const wrapper = document.createElement('div');
    wrapper.innerHTML = trusted.createHTML(html);
    place.append(wrapper);
    callback?.();
  }

  /** An unknown category inserts (§17, trap 6): pages written for the original rely on it. */
  private may(what: string, options: Options | null, group: unknown): boolean {
    const id = String(group);
    const known = id in this.session.choices.groups;
    if (known && !this.session.choices.groups[id] && !options?.ignoreGroupCheck) return false;
    if (this.done.has(`${id} ${what}`)) return false;
    this.done.add(`${id} ${what}`);
    return true;
  }
}

/** Google Analytics' own switch: `ga-disable-<id>` is true while the category has no consent. */
export function blockGoogleAnalytics(session: Session, analyticsId: string, group: unknown): void {
  page[`ga-disable-${analyticsId}`] = !session.choices.groups[String(group)];
}

function prepare(place: HTMLElement, options: Options | null): void {
  const { deleteSelectorContent, makeSelectorVisible, makeElementsVisible = [], deleteElements = [] } = options ?? {};
  if (deleteSelectorContent) place.replaceChildren();
  if (makeSelectorVisible) place.style.display = 'block';
  for (const id of makeElementsVisible) byId(id)?.style.setProperty('display', 'block');
  for (const id of deleteElements) byId(id)?.remove();
}

function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}
