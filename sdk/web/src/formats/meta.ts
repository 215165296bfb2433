// The limited data use signal for Meta's tag (the server's formats/signals.py).

const STATES: Readonly<Record<string, number>> = { 'US-CA': 1000, 'US-CO': 1001, 'US-CT': 1002 };
const COUNTRY = 1;

/** The arguments of `fbq("dataProcessingOptions", …)`; where Meta has no number for the place it finds out itself. */
export function metaOptions(limited: boolean, region: string): unknown[] {
  if (!limited) return [[]];
  const state = STATES[region.toUpperCase()] ?? 0;
  return [['LDU'], state ? COUNTRY : 0, state];
}
