// JSON of plain data, written without anything a page may have changed: old libraries define `toJSON` on every array.

// eslint-disable-next-line no-control-regex -- these are what JSON must escape
const UNSAFE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/g;

/** Objects, arrays, texts, numbers, booleans and null; undefined is left out of objects, and null in arrays. */
export function writeJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return 'null';
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) parts[at] = writeJson(value[at]);
    return `[${parts.join(',')}]`;
  }
  const told = value as Record<string, unknown>;
  for (const key of Object.keys(told))
    if (told[key] !== undefined) parts[parts.length] = `${quoted(key)}:${writeJson(told[key])}`;
  return `{${parts.join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}
