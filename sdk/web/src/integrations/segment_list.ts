// The destinations of a Segment source, as its CDN lists them (segment.md §2.2).

export interface ListOptions {
  /** The source. */
  readonly writeKey: string;
  /** Where its settings are served: Segment's CDN, or placet's own address. */
  readonly cdn: string;
}

export interface Listed {
  readonly name: string;
  readonly creationName?: string;
  readonly category: string;
}

const PATIENCE_MS = 3000;
const AGAIN_MS = 30_000;

/** Asks once and remembers, and does not wait for analytics.js (`wait=0`), since its own plugin can; null when there is no answer, and then it asks again, though not at every event. */
export function destinations({ cdn, writeKey }: ListOptions): () => Promise<readonly Listed[] | null> {
  const url = `${cdn.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(writeKey)}/integrations?wait=0`;
  let asked: Promise<readonly Listed[] | null> | null = null;
  return () =>
    (asked ??= ask(url).catch((why: unknown) => {
      console.warn('placet: which destinations there are is not known, so none is allowed.', why);
      setTimeout(() => (asked = null), AGAIN_MS);
      return null;
    }));
}

async function ask(url: string): Promise<Listed[]> {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(url, { credentials: 'omit', signal: stop.signal });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    const listed = (await answer.json()) as Listed[];
    // A dummy that real lists hold.
    return listed.filter(({ name }) => name !== 'Repeater');
  } finally {
    clearTimeout(late);
  }
}
