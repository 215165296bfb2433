// Tells the page which categories are active: globals, data layer and window events, in their order (web-sdk.md §6).
import { page } from './page.ts';
import type { Stub } from './contracts.ts';

/** `,C0001,C0002,`: the commas at both ends are part of the contract, and nothing at all is `,,`. */
export function listed(ids: readonly string[]): string {
  return `,${ids.join(',')},`;
}

export function setGlobals(ids: readonly string[]): void {
  page.OnetrustActiveGroups = page.OptanonActiveGroups = listed(ids);
}

/** Pushes to the data layer, which is created when missing; something else of that name is left alone. */
export function push(stub: Stub, ...entries: object[]): void {
  if (stub.layer === null) return;
  const layer = (page[stub.layer] ??= []);
  // One by one: tag managers replace `push`, and not all of them look beyond its first argument.
  if (Array.isArray(layer)) for (const entry of entries) layer.push(entry);
}

/** The two entries that every computation of the state pushes. */
export function pushLoaded(stub: Stub, ids: readonly string[]): void {
  push(
    stub,
    { event: 'OneTrustLoaded', OnetrustActiveGroups: listed(ids) },
    { event: 'OptanonLoaded', OptanonActiveGroups: listed(ids) },
  );
}

export function pushUpdated(stub: Stub, ids: readonly string[]): void {
  push(stub, { event: 'OneTrustGroupsUpdated', OnetrustActiveGroups: listed(ids) });
}

/** Dispatches window events, after the running code has ended. */
export function dispatch(ids: readonly string[], ...names: string[]): void {
  setTimeout(() => {
    for (const name of names) window.dispatchEvent(new CustomEvent(name, { detail: [...ids] }));
  });
}

export const CONSENT_EVENT = 'consent.onetrust';
export const UPDATED_EVENT = 'OneTrustGroupsUpdated';
