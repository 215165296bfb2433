// The IAB's strings, by the cases that every language runs: each is read into its model, and written back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as additional from '../../src/formats/additional.ts';
import { type Ids, Malformed, runsOf } from '../../src/formats/bits.ts';
import * as gpp from '../../src/formats/gpp.ts';
import { US_SECTIONS } from '../../src/formats/gpp_sections.ts';
import * as tcf from '../../src/formats/tcf.ts';
import * as usp from '../../src/formats/usp.ts';
import { cases, published } from '../cases.ts';

interface Case {
  id: string;
  invalid?: boolean;
  source: string;
  canonical?: unknown;
}
interface TcCase extends Case {
  tcString: string;
  determined: string[];
  model: Record<string, unknown>;
}
interface AcCase extends Case {
  ac: string;
  model: { consented: number[]; disclosed: number[] | null };
}
interface UspCase extends Case {
  usp: string;
  model: { notice: string; optOutSale: string; lspaCovered: string };
}
interface GppCase extends Case {
  gpp: string;
  headerIds: number[];
  sections: Record<string, Record<string, unknown>>;
  variant?: string;
  libraryForm?: string;
  withHeaders?: boolean;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const KINDS = ['core', 'disclosed', 'allowed', 'publisher'];

function spans(ids: Ids): string {
  return runsOf(ids)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}

const list = (ids: Ids): number[] => [...ids].sort((a, b) => a - b);

/** The value under the names of the cases. */
function model(tc: tcf.TcString): Record<string, unknown> {
  const { publisher } = tc;
  return {
    version: tc.version,
    created: new Date(tc.created).toISOString(),
    lastUpdated: new Date(tc.updated).toISOString(),
    cmpId: tc.cmpId,
    cmpVersion: tc.cmpVersion,
    consentScreen: tc.screen,
    consentLanguage: tc.language,
    vendorListVersion: tc.listVersion,
    policyVersion: tc.policyVersion,
    isServiceSpecific: tc.serviceSpecific,
    useNonStandardTexts: tc.nonStandardTexts,
    specialFeatureOptins: list(tc.specialFeatures),
    purposeConsents: list(tc.purposeConsents),
    purposeLegitimateInterests: list(tc.purposeInterests),
    purposeOneTreatment: tc.purposeOneTreatment,
    publisherCountryCode: tc.country,
    vendorConsents: spans(tc.vendorConsents),
    vendorLegitimateInterests: spans(tc.vendorInterests),
    publisherRestrictions: sorted(
      tc.restrictions.map(({ purpose, kind, vendors }) => ({
        purposeId: purpose,
        restrictionType: kind,
        vendors: spans(vendors),
      })),
    ),
    ...(tc.disclosed && { vendorsDisclosed: spans(tc.disclosed) }),
    ...(publisher && {
      publisherConsents: list(publisher.purposeConsents),
      publisherLegitimateInterests: list(publisher.purposeInterests),
      numCustomPurposes: publisher.custom.count,
      publisherCustomConsents: list(publisher.custom.consents),
      publisherCustomLegitimateInterests: list(publisher.custom.interests),
    }),
  };
}

function segments(text: string): Record<string, string> {
  return Object.fromEntries(text.split('.').map((each) => [KINDS[ALPHABET.indexOf(each.charAt(0)) >> 3] ?? 'unknown', each]));
}

/** The model without what we do not keep; the order of restrictions says nothing. */
function wanted(told: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(told).filter(([name]) => name !== 'segments' && name !== 'vendorsAllowed');
  return { ...Object.fromEntries(kept), publisherRestrictions: sorted(told['publisherRestrictions'] as Restricted[]) };
}

interface Restricted {
  purposeId: number;
  restrictionType: number;
}

function sorted<Each extends Restricted>(given: Each[]): Each[] {
  return [...given].sort((a, b) => a.purposeId - b.purposeId || a.restrictionType - b.restrictionType);
}

const TCF = cases<TcCase>('tcf.jsonl');

test('every TC string is read', () => {
  for (const row of TCF.filter(({ invalid }) => !invalid)) {
    assert.deepEqual(model(tcf.decode(row.tcString)), wanted(row.model), row.id);
  }
});

test('every TC string is written back, never longer', () => {
  for (const row of TCF.filter(({ invalid }) => !invalid)) {
    const value = tcf.decode(row.tcString);
    const [ours, theirs] = [segments(tcf.encode(value)), segments(row.tcString)];
    assert.deepEqual(tcf.decode(tcf.encode(value)), value, row.id);
    for (const name of row.determined) assert.equal(ours[name], theirs[name], `${row.id} ${name}`);
    if (row.source === 'placet') continue;
    for (const [name, text] of Object.entries(ours)) assert.ok(text.length <= (theirs[name] ?? '').length, row.id);
  }
});

test('what is no TC string is refused', () => {
  for (const row of TCF.filter(({ invalid }) => invalid)) assert.throws(() => tcf.decode(row.tcString), Malformed, row.id);
});

test('what does not fit is not written', () => {
  const value = tcf.decode(TCF[0]?.tcString ?? '');
  for (const odd of [{ cmpId: 4096 }, { screen: -1 }, { purposeConsents: new Set([25]) }, { vendorConsents: new Set([65_536]) }])
    assert.throws(() => tcf.encode({ ...value, ...odd }), Malformed);
});

test('every Additional Consent string is read and written back', () => {
  for (const row of cases<AcCase>('ac.jsonl')) {
    if (row.invalid) {
      assert.throws(() => additional.decode(row.ac), Malformed, row.id);
      continue;
    }
    const value = additional.decode(row.ac);
    assert.deepEqual(value, { consented: row.model.consented, disclosed: row.model.disclosed }, row.id);
    if (row.canonical) assert.equal(additional.encode(value), row.ac, row.id);
  }
});

test('every US Privacy string is read and written back', () => {
  for (const row of cases<UspCase>('usp.jsonl')) {
    if (row.invalid) {
      assert.throws(() => usp.decode(row.usp), Malformed, row.id);
      continue;
    }
    const { notice, optOutSale, lspaCovered } = row.model;
    assert.equal(usp.encode(usp.decode(row.usp)), `1${notice}${optOutSale}${lspaCovered}`, row.id);
  }
});

/** What we write for a case. The Canadian section, and section headers, are the server's alone. */
const written = ({ canonical, libraryForm, gpp: text }: GppCase): string => (canonical ?? libraryForm ?? text) as string;
const GPP = cases<GppCase>('gpp.jsonl').filter(({ withHeaders }) => !withHeaders);
const READABLE = GPP.filter(({ invalid }) => !invalid);
const inUs = (text: string): [number, string][] => [...gpp.decode(text)].filter(([id]) => id in US_SECTIONS);

test('every GPP string is taken apart, and its US sections are read', () => {
  for (const row of READABLE) {
    assert.deepEqual([...gpp.decode(row.gpp).keys()], row.headerIds, row.id);
    for (const [id, text] of inUs(row.gpp))
      assert.deepEqual(gpp.readSection(id, text), row.sections[US_SECTIONS[id]?.prefix ?? ''], row.id);
  }
});

test('every header and US section is written back to the letter', () => {
  for (const row of READABLE) {
    const sections = gpp.decode(written(row));
    for (const [id, text] of inUs(row.gpp))
      assert.equal(gpp.writeSection(id, gpp.readSection(id, text)), sections.get(id), `${row.id} ${id}`);
    const known = row.variant !== 'unknown-section' && row.variant !== 'bare-tc';
    if (known) assert.equal(gpp.encode(sections), written(row), row.id);
  }
});

test('what is no GPP string is refused', () => {
  const read = (text: string): void => {
    for (const [id, section] of gpp.decode(text)) {
      if (id === 2) tcf.decode(section);
      if (id === 5) throw new Malformed('the server reads these');
      if (id === 6) usp.decode(section);
      if (id in US_SECTIONS) gpp.readSection(id, section);
    }
  };
  for (const row of GPP.filter(({ invalid }) => invalid)) assert.throws(() => read(row.gpp), Malformed, row.id);
});

test('the US sections are laid out as published', () => {
  const { sections } = published('gpp-us-sections.json') as { sections: { id: number; core: { name: string }[] }[] };
  for (const { id, core } of sections)
    assert.deepEqual(
      Object.keys(gpp.nothingSaid(id)),
      core.map(({ name }) => name),
      String(id),
    );
});

interface PaddingCase extends Case {
  kind: string;
  text: string;
  why?: string;
  section?: number;
  same?: string;
  ids?: number[];
  consented?: number[];
  disclosed?: number[];
}

/** What a case says; the Canadian section, and `=` behind a TC string, are the server's alone. */
function padded({ kind, section = 0 }: PaddingCase, text: string): unknown {
  if (kind === 'usSection') return gpp.readSection(section, text);
  if (kind === 'gpp') return [...gpp.decode(text).keys()];
  if (kind === 'gppHeader') return [...gpp.decode(`${text}~C`).keys()];
  return additional.decode(text);
}

const PADDED = cases<PaddingCase>('padding.jsonl').filter(({ kind }) => kind !== 'canada' && kind !== 'tcSigns');

test('padding says nothing, whatever it holds', () => {
  for (const row of PADDED.filter(({ invalid }) => !invalid)) {
    const { same, ids, consented, disclosed } = row;
    const wanted = same !== undefined ? padded(row, same) : (ids ?? { consented, disclosed });
    assert.deepEqual(padded(row, row.text), wanted, row.id);
  }
});

test('more than padding is refused', () => {
  const refused = PADDED.filter(({ invalid }) => invalid);
  assert.equal(refused.length > 10, true);
  for (const row of refused) assert.throws(() => padded(row, row.text), { message: RegExp(row.why ?? '') }, row.id);
});
