// Every way in which a script puts elements into a page, or an address onto one that is there, seen before it happens.

type Method = (this: never, ...args: unknown[]) => unknown;
type Prototype = Record<string, Method>;
type View = Window & typeof globalThis;

/** What is done about an element that comes into a page, and about an attribute that is set: true takes it over. */
export interface Gatekeeper {
  arrives(element: Element): void;
  /** It is in the page. */
  arrived(element: Element): void;
  attribute(element: Element, name: string, value: string): boolean;
  written(html: string): string;
}

const GUARDED = 'script,iframe,embed,img';
const NODES = { Node: ['appendChild', 'insertBefore', 'replaceChild'], Range: ['insertNode', 'surroundContents'] };
const PARENTS = ['append', 'prepend', 'replaceChildren'];
const SIBLINGS = ['before', 'after', 'replaceWith'];
const INTO: Readonly<Record<string, readonly string[]>> = {
  ...NODES,
  Document: PARENTS,
  DocumentFragment: PARENTS,
  Element: [...PARENTS, ...SIBLINGS, 'insertAdjacentElement'],
  CharacterData: SIBLINGS,
  DocumentType: SIBLINGS,
};
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  HTMLScriptElement: ['src', 'type'],
  SVGScriptElement: ['type'],
  HTMLIFrameElement: ['src'],
  HTMLEmbedElement: ['src'],
};

/** Guards one window: the page's own, or that of a frame it makes. */
export function guardWindow(view: View, keeper: Gatekeeper): void {
  const prototype = (name: string): Prototype => (view as unknown as Record<string, { prototype: Prototype }>)[name]?.prototype ?? {};
  for (const name in INTO) for (const method of INTO[name] ?? []) guardInsertion(prototype(name), method, keeper);
  for (const name in ATTRIBUTES) {
    guardMethods(prototype(name), keeper);
    for (const property of ATTRIBUTES[name] ?? []) guardProperty(prototype(name), property, keeper);
  }
  guardWriting(prototype('Document'), keeper);
}

function guardInsertion(prototype: Prototype, name: string, keeper: Gatekeeper): void {
  const real = prototype[name];
  if (!real) return;
  prototype[name] = function (this: Node | Range, ...args: unknown[]) {
    // Nothing runs or loads outside a page: pieces that are put together first are looked at once, when they come in.
    if ('isConnected' in this && !this.isConnected) return real.apply(this as never, args);
    const found = args.flatMap(guardedIn);
    for (const element of found) keeper.arrives(element);
    const result = real.apply(this as never, args);
    for (const element of found) keeper.arrived(element);
    return result;
  };
}

/** The guarded elements of what is put in: itself, and those below it. */
export function guardedIn(what: unknown): Element[] {
  const { nodeType, firstElementChild } = (what ?? {}) as Element;
  if (nodeType !== 1 && nodeType !== 11) return [];
  const below = firstElementChild ? [...(what as Element).querySelectorAll(GUARDED)] : [];
  return nodeType === 1 && (what as Element).matches(GUARDED) ? [what as Element, ...below] : below;
}

/** A script already in a page runs as soon as it has an address, by whichever of these ways. */
function guardMethods(prototype: Prototype, keeper: Gatekeeper): void {
  const ways: Readonly<Record<string, (args: unknown[]) => [unknown, unknown]>> = {
    setAttribute: ([name, value]) => [name, value],
    setAttributeNS: ([, name, value]) => [name, value],
    setAttributeNode: ([attribute]) => nameAndValue(attribute),
    setAttributeNodeNS: ([attribute]) => nameAndValue(attribute),
  };
  for (const way in ways) {
    const real = prototype[way];
    if (!real) continue;
    prototype[way] = function (this: Element, ...args: unknown[]) {
      const [name, value] = ways[way]?.(args) ?? [];
      return keeper.attribute(this, String(name).toLowerCase(), String(value)) ? null : real.apply(this as never, args);
    };
  }
}

function nameAndValue(attribute: unknown): [unknown, unknown] {
  const { name, value } = (attribute ?? {}) as Attr;
  return [name, value];
}

function guardProperty(prototype: object, name: string, keeper: Gatekeeper): void {
  const real = Object.getOwnPropertyDescriptor(prototype, name);
  if (!real?.set) return;
  Object.defineProperty(prototype, name, {
    ...real,
    // What is given may be a TrustedScriptURL: it is read as text and passed on as it is.
    set(this: Element, value: unknown) {
      if (!keeper.attribute(this, name, String(value))) real.set?.call(this, value);
    },
  });
}

/** Markup that is written runs at once, without ever being seen as elements before. */
function guardWriting(prototype: Prototype, keeper: Gatekeeper): void {
  for (const name of ['write', 'writeln']) {
    const real = prototype[name];
    if (!real) continue;
    prototype[name] = function (this: Document, ...texts: unknown[]) {
      const text = texts.join('');
      const safe = keeper.written(text);
      // Text that stays as it was keeps its kind: it may be a TrustedHTML.
      return safe === text ? real.apply(this as never, texts) : real.call(this as never, safe);
    };
  }
}
