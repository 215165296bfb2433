// What few pages need before their first state: an identified person's profile, or another storage for answers.
import type { Site } from '../consent/site.ts';
import { drawn, withVariant } from '../consent/variants.ts';
import { memoryJar, storageJar } from '../storage/other_jars.ts';
import { FOREVER_DAYS, cookieJarFor } from '../storage/cookie_jar.ts';
import { page } from '../globals/page.ts';
import type { Stub } from '../globals/contracts.ts';
import type { WaitingPage } from '../globals/contracts.ts';
import { tellAmp } from '../network/amp.ts';
import { sync } from '../network/profile.ts';

const VARIANT = 'OTVariant';

/** Answers are not kept in cookies (web-sdk.md §1.2): `amp` in local storage, `data-preview-mode` nowhere. */
function setAside(stub: Stub, site: Promise<Site>): Promise<Site> {
  const amp = stub.tag.hasAttribute('amp');
  if (!amp && !stub.tag.hasAttribute('data-preview-mode')) return site;
  page.placet = { ...page.placet, jar: amp ? storageJar(stub.id) : memoryJar() };
  if (amp && window.parent !== window) site.then(tellAmp, () => undefined);
  // A choice made in a preview is not a real one: it leaves no receipt.
  return amp ? site : site.then((settings) => ({ ...settings, collection: null }));
}

/** The notice that this visitor drew, today or on an earlier page. */
function vary(site: Site): Site {
  if (!site.variants) return site;
  const jar = cookieJarFor(site);
  const variant = drawn(site.variants, jar.all(VARIANT)[0] ?? '', Math.random());
  jar.write(VARIANT, variant, site.rule.days || FOREVER_DAYS);
  return withVariant(site, variant);
}

/** Before the page begins, or, for a profile, after it had to begin without us. */
async function begin(stub: Stub, { site, go }: WaitingPage): Promise<void> {
  const settings = page.placet?.running ? site : setAside(stub, site);
  const { subject } = stub;
  const changed = stub.grouped && subject?.token ? await settings.then((one) => sync(one, stub, subject)) : false;
  go(settings.then(vary));
  if (changed) page.placet?.restart?.();
}

const { stub, waiting } = page.placet ?? {};
page.placet = { ...page.placet, sync, vary };
page.placet.arrived?.();
if (stub && waiting) begin(stub, waiting).catch(() => undefined); // The stub has said so.
