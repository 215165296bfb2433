// The first script: stored state, banner and listeners of an answer. The second script has the rest.
import type { Site } from '../consent/site.ts';
import { page } from '../globals/page.ts';
import type { RunningPage } from '../handover.ts';
import type { Stub } from '../globals/contracts.ts';
import { Session } from '../session.ts';
import { afterFrame, whenReady } from '../ui/dom.ts';
import { Screen } from '../ui/screen.ts';

/** Filled in by the build: where the second script lies below the base, and its hash. */
declare const LATER_PATH: string;
declare const LATER_INTEGRITY: string;

function start(stub: Stub, site: Site): RunningPage {
  const session = new Session(site, stub);
  const screen = new Screen(session);
  // A banner with switches is finished by the second script, and shown when it is whole.
  const show = (whole = false): void => {
    const due = session.asks && !session.answered && (whole || !site.switches);
    if (due && !stub.hideBanner && !stub.ignoreHtml) whenReady(() => screen.showBanner());
  };
  if (!stub.ignoreHtml) session.screens = screen;
  return { session, screen, show, start };
}

function begin(stub: Stub, site: Site): void {
  const running = start(stub, site);
  running.session.begin();
  running.show();
  page.placet = { ...page.placet, running };
  page.placet.join?.(running);
  afterFrame(() => stub.insert(LATER_PATH, LATER_INTEGRITY));
}

const { stub } = page.placet ?? {};
if (stub) {
  stub.site.then(
    (site) => begin(stub, site),
    () => undefined, // The stub has said so.
  );
} else console.warn('placet: otSDKStub.js must come first');
