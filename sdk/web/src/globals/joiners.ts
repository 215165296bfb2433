// Scripts that only some rules need join the page here, whichever comes first (they and the page load side by side).
import { page } from './page.ts';
import type { StartedPage } from '../handover.ts';
import type { PageJoiner } from '../handover.ts';
import type { StringsForReceipt } from './contracts.ts';
import type { TcState } from './contracts.ts';

const WAIT_MS = 50;
const MOST_WAITS = 100;

/** A page starts, or starts again: every registered joiner joins this one. */
export function begin(begun: StartedPage): void {
  page.placet = { ...page.placet, begun };
  for (const guest of page.placet.guests ?? []) guest(begun);
}

/** Joins the page that has begun, if one has, and each that will. */
export function attend(guest: PageJoiner): void {
  const { begun, guests = [] } = page.placet ?? {};
  page.placet = { ...page.placet, guests: [...guests, guest] };
  if (begun) guest(begun);
}

/** From now on, this is who says the strings of this kind. */
export function speak(kind: string, speaker: StringsForReceipt): void {
  page.placet = { ...page.placet, speakers: { ...page.placet?.speakers, [kind]: speaker } };
}

/** All speakers there are, once there are so many. Who is not there within five seconds is not waited for. */
export async function arrived(expected = 0): Promise<StringsForReceipt[]> {
  const speakers = (): StringsForReceipt[] => Object.values(page.placet?.speakers ?? {});
  for (let waits = 0; speakers().length < expected && waits < MOST_WAITS; waits++)
    await new Promise((done) => setTimeout(done, WAIT_MS));
  return expected ? speakers() : [];
}

/** What all speakers say, for a receipt. */
export async function spoken(expected = 0): Promise<Record<string, unknown>> {
  const said = await Promise.all((await arrived(expected)).map((say) => say()));
  return Object.assign({}, ...said) as Record<string, unknown>;
}

/** The TC string has changed: notifies its listeners. */
export function tellTc(state: TcState): void {
  page.placet = { ...page.placet, tc: state };
  page.placet.hearTc?.(state);
}

/** Listens for the TC string: called with the current one, if there is one, and with each later one. */
export function hearTc(hear: (state: TcState) => void): void {
  page.placet = { ...page.placet, hearTc: hear };
  if (page.placet.tc) hear(page.placet.tc);
}
