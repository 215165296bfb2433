// The TC string of IAB Europe's framework, TCF 2.0 to 2.3: decodes and encodes it (iab.md §1).
import { BitReader, BitWriter, type Field, type Ids, Malformed, type Values, flag, idsOf, letters, moment, number, put, take, vendors } from './bits.ts';

/** What a publisher allows these vendors for one purpose: 0 not at all, 1 by consent, 2 by legitimate interest. */
export interface Restriction {
  readonly purpose: number;
  readonly kind: number;
  readonly vendors: Ids;
}

/** The publisher's own purposes: how many there are, and what was agreed to. */
export interface CustomPurposes {
  readonly count: number;
  readonly consents: Ids;
  readonly interests: Ids;
}

const MOST_RESTRICTIONS = 256;

const restrictions: Field<readonly Restriction[]> = {
  take: (bits) => {
    const count = bits.number(12);
    if (count > MOST_RESTRICTIONS) throw new Malformed(`${count} restrictions are too many`);
    return Array.from({ length: count }, () => ({
      purpose: bits.number(6),
      kind: bits.number(2),
      vendors: bits.ranges(),
    }));
  },
  put: (bits, value) => {
    bits.number(12, value.length);
    for (const each of value) {
      bits.number(6, each.purpose);
      bits.number(2, each.kind);
      bits.ranges(each.vendors);
    }
  },
};

const customs: Field<CustomPurposes> = {
  take: (bits) => {
    const count = bits.number(6);
    return { count, consents: bits.ids(count), interests: bits.ids(count) };
  },
  put: (bits, { count, consents, interests }) => {
    bits.number(6, count);
    bits.ids(count, consents);
    bits.ids(count, interests);
  },
};

const CORE = {
  version: number(6),
  created: moment,
  updated: moment,
  cmpId: number(12),
  cmpVersion: number(12),
  screen: number(6),
  language: letters,
  listVersion: number(12),
  policyVersion: number(6),
  serviceSpecific: flag,
  nonStandardTexts: flag,
  specialFeatures: idsOf(12),
  purposeConsents: idsOf(24),
  purposeInterests: idsOf(24),
  purposeOneTreatment: flag,
  country: letters,
  vendorConsents: vendors,
  vendorInterests: vendors,
  restrictions,
};
const DISCLOSED = { kind: number(3), vendors };
const PUBLISHER = { kind: number(3), purposeConsents: idsOf(24), purposeInterests: idsOf(24), custom: customs };

const [IS_DISCLOSED, IS_ALLOWED, IS_PUBLISHER] = [1, 2, 3];

export type Publisher = Omit<Values<typeof PUBLISHER>, 'kind'>;

/**
 * Everything a TC string says; "interests" are legitimate interest: informed, and not objected to. Times are
 * epoch ms. `disclosed` and `publisher` are null where the segment is absent; `unknown` keeps segments of later kinds.
 */
export interface TcString extends Readonly<Values<typeof CORE>> {
  readonly disclosed: Ids | null;
  readonly publisher: Publisher | null;
  readonly unknown: readonly string[];
}

/** The value of a TC string, valid or not; raises Malformed. */
export function decode(text: string): TcString {
  const [core = '', ...others] = text.split('.');
  if (!core.startsWith('C')) throw new Malformed('is no string of version 2');
  const value = { ...take(CORE, new BitReader(core)), disclosed: null, publisher: null, unknown: [] };
  return others.reduce(withSegment, value);
}

/** The string, as core.disclosed.publisher and then unknown segments; raises Malformed for what does not fit. */
export function encode(value: TcString): string {
  const segments = [written(CORE, value)];
  const { disclosed, publisher } = value;
  if (disclosed) segments.push(written(DISCLOSED, { kind: IS_DISCLOSED, vendors: disclosed }));
  if (publisher) segments.push(written(PUBLISHER, { kind: IS_PUBLISHER, ...publisher }));
  return [...segments, ...value.unknown].join('.');
}

function withSegment(value: TcString, text: string): TcString {
  const kind = new BitReader(text).number(3);
  if (kind === IS_DISCLOSED && !value.disclosed)
    return { ...value, disclosed: take(DISCLOSED, new BitReader(text)).vendors };
  if (kind === IS_PUBLISHER && !value.publisher) {
    const { purposeConsents, purposeInterests, custom } = take(PUBLISHER, new BitReader(text));
    return { ...value, publisher: { purposeConsents, purposeInterests, custom } };
  }
  if (kind === IS_ALLOWED) return value;
  if (kind <= IS_PUBLISHER) throw new Malformed(`has a second segment of kind ${kind}`);
  return { ...value, unknown: [...value.unknown, text] };
}

function written<Fields extends object>(fields: Fields, values: Values<Fields>): string {
  const bits = new BitWriter();
  put(fields, bits, values);
  return bits.text(24);
}
