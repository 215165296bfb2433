// Markup on its way into the page as text: tags of held back addresses are changed before a parser sees them.

const START_TAG = /<(script|iframe|embed|img)((?:\s+|\/)(?:"[^"]*"|'[^']*'|[^>"'])*)>/gi;
const VALUE = `(\\s*=\\s*)("[^"]*"|'[^']*'|[^\\s>"']+)`;
const CATEGORY = 'optanon-category-';

/** An attribute of a start tag: where its name and its value stand, and the value without quotes. */
interface Found {
  readonly at: number;
  readonly valueAt: number;
  readonly value: string;
  readonly quoted: boolean;
}

function attribute(tag: string, name: string): Found | null {
  const found = new RegExp(`([\\s"'/]${name})${VALUE}`, 'i').exec(tag);
  if (!found) return null;
  const [, start = '', equals = '', text = ''] = found;
  const quoted = /^["']/.test(text);
  const value = quoted ? text.slice(1, -1) : text;
  return { at: found.index + 1, valueAt: found.index + start.length + equals.length + Number(quoted), value, quoted };
}

function inserted(text: string, at: number, more: string): string {
  return text.slice(0, at) + more + text.slice(at);
}

/** The attributes of a tag with its category; no quotes are added, since markup often stands inside a script's own. */
function marked(rest: string, category: string): string {
  const own = attribute(rest, 'class');
  return own?.quoted ? inserted(rest, own.valueAt, `${category} `) : ` class=${category}${rest}`;
}

/** Markup in which every tag that `held` gives categories for waits for them. */
export function heldMarkup(
  html: string,
  executable: (type: string) => boolean,
  held: (url: string) => readonly string[],
): string {
  return html.replace(START_TAG, (whole: string, kind: string, rest: string) => {
    const src = attribute(rest, 'src');
    const script = kind.toLowerCase() === 'script';
    const type = attribute(rest, 'type')?.value ?? '';
    if (!src || /\sdata-ot-ignore\b/i.test(rest) || attribute(rest, 'class')?.value.includes(CATEGORY)) return whole;
    const ids = script && !executable(type) ? [] : held(src.value);
    if (!ids.length) return whole;
    const category = CATEGORY + ids.join('-');
    if (!script) return `<${kind}${marked(inserted(rest, src.at, 'data-'), category)}>`;
    const module = type.trim().toLowerCase() === 'module' ? ' data-type=module' : '';
    return `<${kind} type=text/plain${module}${marked(rest, category)}>`;
  });
}
