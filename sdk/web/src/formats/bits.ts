// A row of bits, read from the left or written to the right: the primitives of the IAB's strings (iab.md §1.4, §5.1).

/** Numbers from 1 to 65,535: purposes, vendors, sections. */
export type Ids = ReadonlySet<number>;

/** A text that cannot be read; the message says why. */
export class Malformed extends Error {}

/** One field: how it is read, and how it is written. */
export interface Field<Value> {
  take(bits: BitReader): Value;
  put(bits: BitWriter, value: Value): void;
}

/** Fields by name, in their order: the layout of a segment. */
export type Table = Readonly<Record<string, Field<never>>>;
export type Values<Fields> = { [Name in keyof Fields]: Fields[Name] extends Field<infer Value> ? Value : never };

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const MAX_ID = 65_535;
const MOST_ENTRIES = 4095;
const FIBONACCI = fibonacciTerms();

function fibonacciTerms(): number[] {
  const terms = [1, 2];
  for (let at = 1; (terms[at] ?? 0) <= MAX_ID; at++) terms.push((terms[at] ?? 0) + (terms[at - 1] ?? 0));
  return terms;
}

/** Bits taken one after the other; asking for more than there are raises Malformed. */
export class BitReader {
  readonly #digits: string;
  #at = 0;

  /** The bits of base64url text without `=`. */
  constructor(text: string) {
    this.#digits = text.replace(/[^]/g, (letter) => digits(valueOf(letter), 6));
  }

  get left(): string {
    return this.#digits.slice(this.#at);
  }

  /** Are the bits that are left zeros, or no more than an encoder adds up to a multiple of 8 and then of 6? */
  get onlyPaddingLeft(): boolean {
    const bytes = this.#at + (-this.#at & 7);
    return this.#digits.length < bytes + 6 || !this.left.includes('1');
  }

  number(width: number): number {
    return Number(`0b0${this.#take(width)}`);
  }

  /** A bitfield whose first bit is id 1. */
  ids(width: number): Ids {
    const row = this.#take(width);
    const found = new Set<number>();
    for (let at = row.indexOf('1'); at >= 0; at = row.indexOf('1', at + 1)) found.add(at + 1);
    return found;
  }

  /** Range(Int): a count, then single ids or first and last id, in any order. */
  ranges(): Ids {
    const found = new Set<number>();
    for (let left = this.number(12); left > 0; left--) {
      const isRun = this.number(1);
      const first = this.number(16);
      addRun(found, first, isRun ? this.number(16) : first);
    }
    return found;
  }

  /** The vendor section of TCF: a maximum, then a bitfield or ranges. */
  vendors(): Ids {
    const highest = this.number(16);
    return this.number(1) ? this.ranges() : this.ids(highest);
  }

  /** Range(Fibonacci): a count, then ascending distances. */
  fibonacciRanges(): Ids {
    const found = new Set<number>();
    let last = 0;
    for (let left = this.number(12); left > 0; left--) {
      const isRun = this.number(1);
      const first = last + this.#fibonacci();
      last = isRun ? first + this.#fibonacci() : first;
      addRun(found, first, last);
    }
    return found;
  }

  #fibonacci(): number {
    const end = this.#digits.indexOf('11', this.#at);
    if (end < 0) throw new Malformed('a Fibonacci number has no end');
    const terms = this.#take(end - this.#at + 2).slice(0, -1);
    return terms.split('').reduce((sum, digit, at) => sum + (digit === '1' ? (FIBONACCI[at] ?? Infinity) : 0), 0);
  }

  #take(width: number): string {
    const end = this.#at + width;
    if (end > this.#digits.length) throw new Malformed(`needs ${width} bits, ${this.left.length} are left`);
    const taken = this.#digits.slice(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** Bits added one after the other; a value that does not fit its width raises Malformed. */
export class BitWriter {
  #digits = '';

  number(width: number, value: number): void {
    if (!(value >= 0 && value < 2 ** width)) throw new Malformed(`${value} does not fit into ${width} bits`);
    this.#digits += digits(value, width);
  }

  /** A bitfield whose first bit is id 1. */
  ids(width: number, ids: Ids): void {
    const row = new Array<string>(width).fill('0');
    for (const id of ids) {
      if (!(id >= 1 && id <= width)) throw new Malformed(`${id} is not between 1 and ${width}`);
      row[id - 1] = '1';
    }
    this.#digits += row.join('');
  }

  ranges(ids: Ids): void {
    const runs = runsOf(ids);
    if (runs.length > MOST_ENTRIES) throw new Malformed(`${runs.length} ranges are too many`);
    this.number(12, runs.length);
    for (const [first, last] of runs) {
      this.number(1, Number(last > first));
      this.number(16, first);
      if (last > first) this.number(16, last);
    }
  }

  /** The vendor section of TCF: ranges only where shorter than a bitfield. */
  vendors(ids: Ids): void {
    const runs = runsOf(ids);
    const highest = runs[runs.length - 1]?.[1] ?? 0;
    const width = runs.reduce((sum, [first, last]) => sum + (last > first ? 33 : 17), 12);
    const asRanges = width < highest && runs.length <= MOST_ENTRIES;
    this.number(16, highest);
    this.number(1, Number(asRanges));
    if (asRanges) this.ranges(ids);
    else this.ids(highest, ids);
  }

  fibonacciRanges(ids: Ids): void {
    const runs = runsOf(ids);
    this.number(12, runs.length);
    let before = 0;
    for (const [first, last] of runs) {
      this.number(1, Number(last > first));
      this.#fibonacci(first - before);
      if (last > first) this.#fibonacci(last - first);
      before = last;
    }
  }

  /** Base64url text without `=`; zeros are added up to each multiple in turn, the last of which is one of 6. */
  text(...multiples: number[]): string {
    let row = this.#digits;
    for (const multiple of multiples) while (row.length % multiple) row += '0';
    return (row.match(/.{6}/g) ?? []).map((six) => ALPHABET[Number(`0b${six}`)]).join('');
  }

  #fibonacci(value: number): void {
    let rest = value;
    let code = '';
    for (const term of [...FIBONACCI].reverse()) {
      code = (rest >= term ? '1' : '0') + code;
      if (rest >= term) rest -= term;
    }
    this.#digits += `${code.replace(/0+$/, '')}1`;
  }
}

/** Reads a table's fields in their order. */
export function take<Fields extends object>(fields: Fields, bits: BitReader): Values<Fields> {
  const taken = Object.entries(fields as Record<string, Field<unknown>>).map(([name, field]) => [name, field.take(bits)]);
  return Object.fromEntries(taken) as Values<Fields>;
}

/** Writes a table's fields in their order. */
export function put<Fields extends object>(fields: Fields, bits: BitWriter, values: Values<Fields>): void {
  const table = Object.entries(fields as Record<string, Field<unknown>>);
  for (const [name, field] of table) field.put(bits, (values as Record<string, unknown>)[name]);
}

/** An unsigned integer. */
export function number(width: number): Field<number> {
  return { take: (bits) => bits.number(width), put: (bits, value) => bits.number(width, value) };
}

export const flag: Field<boolean> = {
  take: (bits) => bits.number(1) === 1,
  put: (bits, value) => bits.number(1, Number(value)),
};

/** A time as epoch ms; the text counts tenths of a second. */
export const moment: Field<number> = {
  take: (bits) => bits.number(36) * 100,
  put: (bits, value) => bits.number(36, (value - (value % 100)) / 100),
};

/** Two letters, A being 0. */
export const letters: Field<string> = {
  take: (bits) => String.fromCharCode(65 + bits.number(6), 65 + bits.number(6)),
  put: (bits, text) => [0, 1].forEach((at) => bits.number(6, text.charCodeAt(at) - 65)),
};

/** A bitfield of known width. */
export function idsOf(width: number): Field<Ids> {
  return { take: (bits) => bits.ids(width), put: (bits, ids) => bits.ids(width, ids) };
}

/** A vendor section. */
export const vendors: Field<Ids> = { take: (bits) => bits.vendors(), put: (bits, ids) => bits.vendors(ids) };

/** Ids as first and last of each run, ascending. */
export function runsOf(ids: Ids): [number, number][] {
  const runs: [number, number][] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const run = runs[runs.length - 1];
    if (run?.[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}

function addRun(found: Set<number>, first: number, last: number): void {
  if (!(first >= 1 && last >= first && last <= MAX_ID)) throw new Malformed(`${first} to ${last} is no range`);
  for (let id = first; id <= last; id++) found.add(id);
}

function valueOf(letter: string): number {
  const value = ALPHABET.indexOf(letter);
  if (value < 0) throw new Malformed(`${letter} is no letter of base64url`);
  return value;
}

function digits(value: number, width: number): string {
  return value.toString(2).padStart(width, '0');
}
