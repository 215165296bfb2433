// The reference library, asked from Python: one JSON question on stdin, one JSON answer on stdout.
//
// {"decode": [gpp, ...], "encode": [[[section, field, value], ...], ...], "oldCanada": [[[field, value], ...], ...]}
//   -> {"decoded": [sections | {"refused": why}, ...], "encoded": [gpp | {"refused": why}, ...], "oldCanada": [core, ...]}
// The folder that holds node_modules is the first argument.
'use strict';
const { readFileSync } = require('node:fs');
const {
  BitStringEncoder,
  CompressedBase64UrlEncoder,
  GppModel,
  RangeEntry,
  TCFCAV1_CORE_SEGMENT_FIELD_NAMES,
  TcfCaV1CoreSegment,
} = require(`${process.argv[2]}/node_modules/@iabgpp/cmpapi`);

const DATES = new Set(['Created', 'LastUpdated']);
const RESTRICTIONS = new Set(['PublisherRestrictions', 'PubRestrictions']);

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return { refused: String(error.message ?? error) };
  }
}

function own(field, value) {
  if (DATES.has(field)) return new Date(value);
  if (RESTRICTIONS.has(field)) return value.map(({ key, type, ids }) => new RangeEntry(key, type, ids));
  return value;
}

function decode(gpp) {
  return new GppModel(gpp).toObject();
}

function encode(fields) {
  const model = new GppModel();
  // Setting any other field of a TCF section stamps today on its dates, so the dates come last.
  const ordered = [...fields].sort((a, b) => Number(DATES.has(a[1])) - Number(DATES.has(b[1])));
  for (const [section, field, value] of ordered) model.setFieldValue(section, field, own(field, value));
  return model.encode();
}

// What the library wrote before it learned Fibonacci ranges; it keeps that form for reading only.
function oldCanada(values) {
  const fields = new TcfCaV1CoreSegment().buildFields(true);
  for (const [field, value] of values) fields.get(field).setValue(own(field, value));
  const bits = BitStringEncoder.getInstance().encode(fields, TCFCAV1_CORE_SEGMENT_FIELD_NAMES);
  return CompressedBase64UrlEncoder.getInstance().encode(bits);
}

const question = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(
  JSON.stringify({
    decoded: (question.decode ?? []).map((gpp) => attempt(() => decode(gpp))),
    encoded: (question.encode ?? []).map((fields) => attempt(() => encode(fields))),
    oldCanada: (question.oldCanada ?? []).map((values) => attempt(() => oldCanada(values))),
  }),
);
