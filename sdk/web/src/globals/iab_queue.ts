// The IAB's functions before their script is loaded: calls are queued, other frames can find them (iab.md §6, §7).
import { page } from './page.ts';

export type IabName = '__tcfapi' | '__gpp' | '__uspapi';
type Call = readonly unknown[];
type Answer = (value: unknown, success?: boolean) => void;

const PINGS: Readonly<Record<string, object>> = {
  __tcfapi: { cmpLoaded: false, cmpStatus: 'stub', displayStatus: 'stub', apiVersion: '2.0' },
  __gpp: {
    gppVersion: '1.1',
    cmpStatus: 'stub',
    cmpDisplayStatus: 'hidden',
    signalStatus: 'not ready',
    supportedAPIs: [],
    cmpId: 0,
    sectionList: [],
    applicableSections: [0],
    gppString: '',
    parsedSections: {},
  },
};

/** Puts a function of this name on the window unless there is one: `ping` is answered, everything else is kept. */
export function hold(name: IabName): void {
  // An element with this id is the global's value until the global is set.
  if (typeof page[name] !== 'function') page[name] = waitingFunction(name);
  const frame = `${name}Locator`;
  if (frames[frame as unknown as number]) return;
  addFrame(frame);
  // A page that swaps its body loses the frame.
  new MutationObserver(() => addFrame(frame)).observe(document, { childList: true, subtree: true });
  window.addEventListener('message', (event) => relay(name, event));
}

function waitingFunction(name: IabName): (...call: Call) => unknown {
  const queue: Call[] = [];
  const held = (...call: Call): unknown => {
    if (!call.length || call[0] === 'queue') return queue;
    const answer = call.find((part) => typeof part === 'function') as Answer | undefined;
    if (call[0] === 'ping' && PINGS[name]) answer?.(PINGS[name], true);
    else queue.push(call);
    return undefined;
  };
  return Object.assign(held, { a: queue });
}

/** Other frames find us by a frame of this name beside them; it needs a body to stand in. */
function addFrame(name: string): void {
  if (frames[name as unknown as number]) return;
  const body = document.querySelector('body');
  if (!body) {
    setTimeout(() => addFrame(name), 5);
    return;
  }
  const frame = document.createElement('iframe');
  frame.name = name;
  frame.style.setProperty('display', 'none', 'important');
  frame.title = name;
  body.append(frame);
}

interface Message {
  readonly command: string;
  readonly parameter?: unknown;
  readonly version?: number;
  readonly callId: unknown;
}

/** A call from another frame: made here, its answer sent back in the form it came in. */
function relay(name: IabName, { data, source }: MessageEvent): void {
  const asText = typeof data === 'string';
  const message = messageIn(data, `${name}Call`);
  if (!message) return;
  const { command, parameter, version, callId } = message;
  const answer = (returnValue: unknown, success?: boolean): void => {
    const told = { [`${name}Return`]: { returnValue, success, callId } };
    (source as Window | null)?.postMessage(asText ? JSON.stringify(told) : told, '*');
  };
  const call = page[name] as (...args: unknown[]) => unknown;
  if (name === '__gpp') call(command, answer, parameter, version ?? '1.1');
  else call(command, version ?? 2, answer, parameter);
}

function messageIn(data: unknown, key: string): Message | undefined {
  try {
    const told: unknown = typeof data === 'string' && data.includes(key) ? JSON.parse(data) : data;
    return (told as Record<string, Message> | null)?.[key];
  } catch {
    return undefined; // Somebody else's text.
  }
}

/** The real function takes over: what waited is done now, in its order. */
export function takeOver(name: IabName, run: (...call: Call) => unknown): void {
  hold(name);
  const waiting = (page[name] as () => unknown)();
  page[name] = run;
  if (Array.isArray(waiting)) for (const call of waiting as Call[]) run(...call);
}
