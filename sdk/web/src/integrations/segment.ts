// Passes consent to Segment's analytics.js: adds it to each event, or writes its `integrations` object (segment.md §5).
import { type Agreed, agreed, onChoice } from './agreed.ts';
import { type Listed, type ListOptions, destinations } from './segment_list.ts';

export const KINDS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type Kind = (typeof KINDS)[number];

/** Segment's name for the event that tells of a choice (segment.md §4.2). */
export const UPDATED = 'Segment Consent Preference Updated';

/** One id, or several that must all be on. */
export type Needed = string | readonly string[];

export interface SegmentOptions extends Partial<ListOptions> {
  /**
   * `preferences` stamps `context.consent.categoryPreferences`, for destinations that Segment or placet gates.
   * `integrations` switches destinations on and off in each event, for workspaces that cannot filter.
   */
  readonly mode?: 'preferences' | 'integrations';
  /** Which kinds of events; all six. What is not stamped counts as never asked. */
  readonly events?: readonly Kind[];
  /** Also put the cookie's own text, `C0001:1,C0002:0`, into `context.consent.onetrust`. */
  readonly onetrust?: boolean;
  /** Send `Segment Consent Preference Updated` after each choice; yes where events are stamped. */
  readonly tell?: boolean;
  /** Call `page()` after each choice, so that newly allowed destinations learn of this page. */
  readonly page?: boolean;
  /** Which of our categories each of Segment's kinds of destinations needs. */
  readonly categories?: Readonly<Record<string, Needed>>;
  /** The same for single destinations, by name. */
  readonly destinations?: Readonly<Record<string, Needed>>;
  /** How unmapped destinations are treated: `leave` omits them, which Segment reads as on. */
  readonly unmapped?: 'leave' | 'off';
  /** The value of `All` when the list of destinations cannot be had. */
  readonly fallback?: boolean;
  /** The value of `Segment.io`: false keeps even Segment from getting the event. */
  readonly segment?: boolean;
}

/** Whatever analytics.js hands to its plugins, as far as we touch it. */
interface Carrier {
  event: { context?: object; integrations?: object };
}
type Hook = <C extends Carrier>(ctx: C) => Promise<C>;

/** A plugin as `analytics.register` and `AnalyticsBrowser.load({plugins})` take it. */
export interface ConsentPlugin extends Partial<Record<Kind, Hook>> {
  readonly name: string;
  readonly version: string;
  readonly type: 'enrichment';
  isLoaded(): boolean;
  load(): Promise<void>;
}

/** An analytics.js, loaded or still loading. */
export interface Analytics {
  register(plugin: ConsentPlugin): unknown;
  track(event: string, properties: object, options: object): unknown;
  page(): unknown;
}

type Switches = Record<string, unknown>;

const CATEGORIES: Readonly<Record<string, Needed>> = {
  Analytics: 'C0002',
  Personalization: 'C0003',
  Advertising: 'C0004',
  'Social Media': 'C0005',
};
const connected = new WeakMap<object, () => void>();

/** Registers the plugin once, and tells Segment of every choice; returns what ends the telling. */
export function connect(analytics: Analytics, options: SegmentOptions = {}): () => void {
  const before = connected.get(analytics);
  if (before) return before;
  void analytics.register(consentPlugin(options));
  const stop = onChoice((now) => {
    const consent = { categoryPreferences: preferences(now) };
    if (options.tell ?? options.mode !== 'integrations') void analytics.track(UPDATED, {}, { consent });
    if (options.page) void analytics.page();
  });
  connected.set(analytics, stop);
  return stop;
}

/** The plugin alone. Its hooks never throw: where nothing can be known, nothing is allowed. */
export function consentPlugin(options: SegmentOptions = {}): ConsentPlugin {
  const hook = options.mode === 'integrations' ? switching(options) : stamping(options);
  const hooks = Object.fromEntries((options.events ?? KINDS).map((kind) => [kind, hook]));
  return {
    name: 'placet consent',
    version: '1.0.0',
    type: 'enrichment',
    isLoaded: () => true,
    load: () => Promise.resolve(),
    ...hooks,
  };
}

/** Every answer as a boolean; nothing known is an empty object, with which no mapped destination is allowed. */
export function preferences({ answers }: Agreed): Record<string, boolean> {
  return Object.fromEntries(Object.entries(answers).map(([id, answer]) => [id, answer === 1]));
}

function stamping({ onetrust }: SegmentOptions): Hook {
  return (ctx) => {
    const now = agreed();
    const context = ctx.event.context ?? {};
    const said = 'consent' in context && typeof context.consent === 'object' ? context.consent : {};
    const consent = { ...said, ...(onetrust && { onetrust: now.text }), categoryPreferences: preferences(now) };
    ctx.event.context = { ...context, consent };
    return Promise.resolve(ctx);
  };
}

function switching(options: SegmentOptions): Hook {
  const { writeKey, cdn = 'https://cdn.segment.com' } = options;
  const list = writeKey ? destinations({ writeKey, cdn }) : (): Promise<Listed[]> => Promise.resolve([]);
  if (writeKey) void list();
  return async (ctx) => {
    const listed = await list();
    ctx.event.integrations = joined(switches(options, listed, agreed()), ctx.event.integrations ?? {});
    return ctx;
  };
}

/** The `integrations` object for these answers; `listed` null means that the list of destinations is unknown. */
export function switches(options: SegmentOptions, listed: readonly Listed[] | null, now: Agreed): Switches {
  const closed = options.unmapped === 'off';
  const made: Switches = {};
  const put = (name: string, needed: Needed | undefined): void => {
    if (needed !== undefined) made[name] = [needed].flat().every((id) => now.answers[id] === 1);
    else if (closed) made[name] = false;
  };
  for (const [name, needed] of Object.entries(options.destinations ?? {})) put(name, needed);
  for (const one of listed ?? []) put(one.creationName ?? one.name, neededBy(one, options));
  if (listed === null) made['All'] = options.fallback ?? false;
  else if (closed) made['All'] = false;
  return { ...made, 'Segment.io': options.segment ?? true };
}

/** The page's own word on a destination, by either of its names, else what its kind needs. */
function neededBy({ name, creationName = name, category }: Listed, options: SegmentOptions): Needed | undefined {
  const { categories = CATEGORIES, destinations: single = {} } = options;
  return single[creationName] ?? single[name] ?? categories[category];
}

/** Ours with the event's own: a refusal of either binds, settings of an allowed destination stay. */
function joined(ours: Switches, own: object): Switches {
  const said = new Map<string, unknown>(Object.entries(own));
  const decided = Object.entries(ours).map(([name, on]): [string, unknown] => [name, on && (said.get(name) ?? on)]);
  return { ...Object.fromEntries(said), ...Object.fromEntries(decided) };
}
