// The GPP string, header and US sections, both ways (iab.md §5).
import { BitReader, BitWriter, Malformed } from './bits.ts';
import { type Layout, US_SECTIONS } from './gpp_sections.ts';

/** A section's text by its id, ascending. */
export type Sections = ReadonlyMap<number, string>;

/** What a US section says, all sub-sections in one object, as the reference library answers it. */
export type Said = Record<string, number | number[] | boolean>;

const SENSITIVE = 'SensitiveDataProcessing';
const SENSITIVE_ITEMS = 8;
const [TYPE, VERSION] = [3, 1];

/** The sections of a GPP string; raises Malformed. A bare TC string is section 2 alone. */
export function decode(text: string): Map<number, string> {
  if (text.startsWith('C')) return new Map([[2, text]]);
  const [header = '', ...sections] = text.split('~');
  const bits = new BitReader(header);
  if (bits.number(6) !== TYPE || bits.number(6) !== VERSION) throw new Malformed('is no GPP string');
  const ids = [...bits.fibonacciRanges()];
  if (!bits.onlyPaddingLeft) throw new Malformed('more follows the list of sections');
  if (ids.length !== sections.length || sections.includes('')) throw new Malformed('sections are missing');
  return new Map(ids.map((id, at) => [id, sections[at] ?? '']));
}

/** The string of these sections. */
export function encode(sections: Sections): string {
  const ids = [...sections.keys()].sort((a, b) => a - b);
  const bits = new BitWriter();
  bits.number(6, TYPE);
  bits.number(6, VERSION);
  bits.fibonacciRanges(new Set(ids));
  return [bits.text(8, 6), ...ids.map((id) => sections.get(id))].join('~');
}

/** What a US section's text says; raises Malformed. */
export function readSection(id: number, text: string): Said {
  const layout = layoutOf(id);
  const [core = '', ...others] = text.split('.');
  const said = readCore(layout, core);
  if (layout.second === 'gpc') return { ...said, ...readGpc(others) };
  if (layout.second === 'sensitive' && others[0]) {
    const bits = new BitReader(others[0]);
    said[SENSITIVE] = pairs(bits, SENSITIVE_ITEMS);
    if (!bits.onlyPaddingLeft) throw new Malformed('more follows the last known item');
  }
  return said;
}

/** The section's text in its newest layout, or the one that these lists fit; raises Malformed for a missing field. */
export function writeSection(id: number, said: Said): string {
  const layout = layoutOf(id);
  const line = [...layout.lines].reverse().find((each) => fields(each).every(([name, items]) => fits(said[name], items)));
  if (line === undefined) throw new Malformed(`${layout.prefix} lacks a field`);
  const parts = [packed(fields(line).map(([name], at) => [at ? 2 : 6, said[name] as number | number[]]))];
  if (layout.second === 'gpc' && 'Gpc' in said) parts.push(said['Gpc'] ? 'YA' : 'QA');
  if (layout.second === 'sensitive' && SENSITIVE in said) parts.push(packed([[2, said[SENSITIVE] as number[]]]));
  return parts.join('.');
}

/** The newest layout of a section with every field "not applicable". */
export function nothingSaid(id: number): Said {
  const { lines } = layoutOf(id);
  const blank = fields(lines[lines.length - 1] ?? '').map(([name, items]) => [name, items ? Array<number>(items).fill(0) : 0]);
  return Object.fromEntries(blank.map(([name, value], at) => [name, at ? value : lines.length])) as Said;
}

function layoutOf(id: number): Layout {
  const layout = US_SECTIONS[id];
  if (!layout) throw new Malformed(`section ${id} is no US section`);
  return layout;
}

/** Names with the length of their list, 0 for a single number. */
function fields(line: string): [string, number][] {
  return line.split(' ').map((word) => {
    const [name = '', items = '0'] = word.split('*');
    return [name, Number(items)];
  });
}

function fits(value: unknown, items: number): boolean {
  return items ? Array.isArray(value) && value.length === items : typeof value === 'number';
}

/** The longest layout that the text fills: one that ends early is cut off, one that ends late is padded. */
function readCore({ lines, prefix }: Layout, text: string): Said {
  for (const line of [...lines].reverse()) {
    const bits = new BitReader(text);
    const names = fields(line);
    const width = names.reduce((sum, [, items]) => sum + 2 * (items || 1), 4);
    if (bits.left.length < width) continue;
    const said: Said = {};
    names.forEach(([name, items], at) => (said[name] = items ? pairs(bits, items) : bits.number(at ? 2 : 6)));
    if (!bits.onlyPaddingLeft) throw new Malformed(`more follows the last known field of ${prefix}`);
    return said;
  }
  throw new Malformed(`${prefix} ends too early`);
}

/** The first sub-section that holds the signal; others, and empty ones, are passed over. */
function readGpc(others: readonly string[]): Said {
  for (const text of others.filter(Boolean)) {
    const bits = new BitReader(text);
    if (bits.number(2) === 1) return { GpcSegmentType: 1, Gpc: bits.number(1) === 1 };
  }
  return {};
}

function pairs(bits: BitReader, count: number): number[] {
  return Array.from({ length: count }, () => bits.number(2));
}

function packed(values: readonly [width: number, value: number | readonly number[]][]): string {
  const bits = new BitWriter();
  for (const [width, value] of values) for (const each of [value].flat()) bits.number(width, each);
  return bits.text(8, 6);
}
