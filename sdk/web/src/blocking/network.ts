// Keeps a page's own code from reaching hosts whose categories have no consent: fetch, XHR, beacons, images.
import { UPDATED_EVENT } from '../globals/announce.ts';

/** Which categories keep an address back now; `known` says whether the visitor's answers are there yet. */
export interface Gate {
  heldBy(url: string): readonly string[];
  known(): boolean;
}

/** How long a request of the very first moments waits for the first state. */
const PATIENCE_MS = 5000;

type Send = (this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null) => void;
type Open = (this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]) => void;

/** Wraps what a page speaks to the network with. What is held back fails as if the network were down. */
export function guardNetwork(gate: Gate): void {
  guardFetch(gate);
  guardRequests(gate);
  guardBeacons(gate);
  guardSource(HTMLImageElement.prototype, gate);
}

/** Resolves to true when the address may be asked; a first page's earliest calls wait until its state is known. */
async function allowed(gate: Gate, url: string): Promise<boolean> {
  if (gate.heldBy(url).length && !gate.known())
    await new Promise((known) => {
      window.addEventListener(UPDATED_EVENT, known, { once: true });
      setTimeout(known, PATIENCE_MS);
    });
  return !gate.heldBy(url).length;
}

function addressOf(what: RequestInfo | URL): string {
  return what instanceof Request ? what.url : String(what);
}

function guardFetch(gate: Gate): void {
  const real = window.fetch.bind(window);
  window.fetch = async (what, init) => {
    const url = addressOf(what);
    if (!(await allowed(gate, url))) throw new TypeError(`placet: ${url} waits for consent`);
    return real(what, init);
  };
}

function guardRequests(gate: Gate): void {
  const { prototype } = XMLHttpRequest;
  const open = method(prototype, 'open') as Open;
  const send = method(prototype, 'send') as Send;
  const addresses = new WeakMap<XMLHttpRequest, string>();
  Object.assign(prototype, {
    open(this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]) {
      addresses.set(this, String(url));
      open.call(this, method, url, ...rest);
    },
    send(this: XMLHttpRequest, body?: XMLHttpRequestBodyInit | null) {
      const url = addresses.get(this) ?? '';
      if (!gate.heldBy(url).length) return send.call(this, body);
      void allowed(gate, url).then((may) => (may ? send.call(this, body) : fail(this)));
    },
  });
}

/** Fails the request as the browser does when the network is down. */
function fail(request: XMLHttpRequest): void {
  for (const name of ['error', 'loadend']) request.dispatchEvent(new ProgressEvent(name));
}

function guardBeacons(gate: Gate): void {
  const real = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, data) => !gate.heldBy(String(url)).length && real(url, data);
}

/** Images made by scripts, which load outside a page, too: one that is held back keeps its address in `data-src`, as marked ones do. */
function guardSource(prototype: HTMLImageElement, gate: Gate): void {
  const src = Object.getOwnPropertyDescriptor(prototype, 'src');
  const give = method(Element.prototype, 'setAttribute') as (this: Element, name: string, value: string) => void;
  const hold = (element: Element, url: string): boolean => {
    const ids = element.hasAttribute('data-ot-ignore') ? [] : gate.heldBy(url);
    if (!ids.length) return false;
    element.classList.add(`optanon-category-${ids.join('-')}`);
    give.call(element, 'data-src', url);
    return true;
  };
  Object.defineProperty(prototype, 'src', {
    ...src,
    set(this: Element, url: unknown) {
      if (!hold(this, String(url))) src?.set?.call(this, url);
    },
  });
  Object.defineProperty(prototype, 'setAttribute', {
    configurable: true,
    writable: true,
    value(this: Element, name: string | null, value: string | null) {
      if (String(name).toLowerCase() !== 'src' || !hold(this, String(value))) give.call(this, String(name), String(value));
    },
  });
}

/** A method as it is on its prototype, to be called with any receiver. */
function method(prototype: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.value;
}
