// The values that the scripts of one page pass to each other at run time.
import type { Stub } from './globals/contracts.ts';
import type { Site } from './consent/site.ts';
import type { Session } from './session.ts';
import type { DeferredScreens } from './ui/deferred_screens.ts';
import type { Screen } from './ui/screen.ts';

/** What the first script passes to the second. */
export interface RunningPage {
  readonly session: Session;
  readonly screen: Screen;
  /** Shows the banner if it is due; one that has switches, once it can be `whole`. */
  readonly show: (whole?: boolean) => void;
  /** The same again, for other settings. */
  readonly start: (stub: Stub, site: Site) => RunningPage;
}

/** A page that has begun, with its later screens: what scripts for single rules join. */
export interface StartedPage extends RunningPage {
  readonly later: DeferredScreens;
}

/** Joins each page that begins: the first, and each one after a restart. */
export type PageJoiner = (begun: StartedPage) => void;

declare module './globals/page.ts' {
  interface PlacetGlobals {
    running?: RunningPage;
    join?: (running: RunningPage) => unknown;
    begun?: StartedPage;
    guests?: PageJoiner[];
  }
}
