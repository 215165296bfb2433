// `__gpp`, version 1.1 of the API, in the shape of the reference library (iab.md §7.1).
import { takeOver } from './iab_queue.ts';

/** What is in force. `prefixes` names each section; `said` is what it says, all sub-sections in one object. */
export interface GppState {
  readonly text: string;
  readonly sections: ReadonlyMap<number, string>;
  readonly said: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly display: 'hidden' | 'visible' | 'disabled';
  readonly ready: boolean;
}

type Callback = (answer: unknown, success: boolean) => void;
type Data = Record<string, unknown>;

const EU = 'tcfeuv2';
const MOST_APPLICABLE = 2;
const FIRST_LISTENER = 1000;
const USP = 6;
const NOTHING: GppState = { text: '', sections: new Map(), said: {}, display: 'hidden', ready: false };

export class GppApi {
  #state: GppState = NOTHING;
  #nextListener = FIRST_LISTENER;
  readonly #cmpId: number;
  readonly #prefixes: ReadonlyMap<number, string>;
  readonly #listeners = new Map<number, Callback>();
  readonly #commands: Readonly<Record<string, (callback: Callback, parameter: unknown) => void>> = {
    ping: (callback) => callback(this.#ping(), true),
    addEventListener: (callback) => {
      const id = this.#nextListener++;
      this.#listeners.set(id, callback);
      callback(this.#event('listenerRegistered', true, id), true);
    },
    removeEventListener: (callback, id) =>
      callback(this.#event('listenerRemoved', this.#listeners.delete(id as number), id as number), true),
    hasSection: (callback, prefix) => callback(this.#has(prefix), true),
    getSection: (callback, prefix) => {
      const found = prefix === EU ? null : (this.#state.said[String(prefix)] ?? null);
      callback(found, found !== null);
    },
    getField: (callback, path) => {
      const [prefix = '', name = ''] = String(path).split('.');
      const found = prefix === EU ? null : (this.#state.said[prefix]?.[name] ?? null);
      callback(found, found !== null);
    },
  };

  /** Answers from now on. `prefixes` are the sections this rule speaks. */
  constructor(cmpId: number, prefixes: ReadonlyMap<number, string>) {
    this.#cmpId = cmpId;
    this.#prefixes = prefixes;
    takeOver('__gpp', (...call) => this.#call(...call));
  }

  /** Something changed: not ready, what is on the screen, each section that is another, ready (iab.md §7.1). */
  tell(next: GppState): void {
    const before = this.#state;
    this.#state = { ...next, ready: false };
    if (before.ready) this.#send('signalStatus', 'not ready');
    if (before === NOTHING) this.#send('cmpStatus', 'loaded');
    if (before.display !== next.display) this.#send('cmpDisplayStatus', next.display);
    for (const [id, text] of next.sections)
      if (before.sections.get(id) !== text) this.#send('sectionChange', this.#prefixes.get(id));
    this.#state = next;
    if (next.ready) this.#send('signalStatus', 'ready');
  }

  #call(...[command, callback, parameter]: readonly unknown[]): unknown {
    if (command === undefined || command === 'queue') return [];
    if (command === 'events') return [...this.#listeners].map(([id, each]) => ({ id, callback: each }));
    const run = typeof command === 'string' ? this.#commands[command] : undefined;
    const answer = typeof callback === 'function' ? (callback as Callback) : (): void => undefined;
    if (run) run(answer, parameter);
    else answer(null, false);
    return undefined;
  }

  #has(prefix: unknown): boolean {
    return [...this.#state.sections.keys()].some((id) => this.#prefixes.get(id) === prefix);
  }

  #send(name: string, data: unknown): void {
    for (const [id, callback] of [...this.#listeners]) {
      try {
        callback(this.#event(name, data, id), true);
      } catch (why) {
        console.warn('__gpp:', why); // A vendor's fault stays its own.
      }
    }
  }

  #event(eventName: string, data: unknown, listenerId: number): Data {
    return { eventName, listenerId, data, pingData: this.#ping() };
  }

  #ping(): Data {
    const { text, sections, said, display, ready } = this.#state;
    const ids = [...sections.keys()];
    const applicable = ids.filter((id) => id !== USP || ids.length === 1).slice(0, MOST_APPLICABLE);
    return {
      gppVersion: '1.1',
      cmpStatus: this.#state === NOTHING ? 'loading' : 'loaded',
      cmpDisplayStatus: display,
      signalStatus: ready ? 'ready' : 'not ready',
      supportedAPIs: [...this.#prefixes].map(([id, prefix]) => `${id}:${prefix}`),
      cmpId: this.#cmpId,
      sectionList: ids,
      applicableSections: ids.length ? applicable : [-1],
      gppString: text,
      parsedSections: said,
    };
  }
}
