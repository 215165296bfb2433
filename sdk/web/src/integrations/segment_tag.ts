// The Segment integration as a script tag beside the snippet, above or below it: its attributes are its options.
import { page } from '../globals/page.ts';
import { type Analytics, type SegmentOptions, connect } from './segment.ts';
import { ownTag, truth, words } from './tag.ts';

type Queue = unknown[] & { push(call: unknown[]): number };

/** The page's analytics.js by its global, before and after it has loaded: the snippet's array takes calls by name. */
function named(name: string): Analytics {
  const call =
    (method: keyof Analytics) =>
    (...given: unknown[]): void => {
      const found = (page[name] ??= []) as Queue | Record<string, (...given: unknown[]) => unknown>;
      // The snippet of version 4, which has no `register`, understands this too.
      if (Array.isArray(found)) found.push([method, ...given]);
      else void found[method]?.(...given);
    };
  return { register: call('register'), track: call('track'), page: call('page') };
}

/** Only what the tag says; the rest keeps the defaults. */
function optionsOf({ dataset }: HTMLScriptElement): SegmentOptions {
  const all: Record<string, unknown> = {
    mode: dataset['mode'],
    events: words(dataset['events']),
    onetrust: truth(dataset['onetrust']),
    tell: truth(dataset['tell']),
    page: truth(dataset['page']),
    unmapped: dataset['unmapped'],
    fallback: truth(dataset['fallback']),
    segment: truth(dataset['segment']),
    writeKey: dataset['writeKey'],
    cdn: dataset['cdn'],
    categories: dataset['categories'] && (JSON.parse(dataset['categories']) as object),
    destinations: dataset['destinations'] && (JSON.parse(dataset['destinations']) as object),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const tag = ownTag('segment-tag.js');
if (tag) connect(named(tag.dataset['global'] ?? 'analytics'), optionsOf(tag));
