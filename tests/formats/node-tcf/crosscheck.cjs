// The reference TCF library, asked from Python: one JSON question on stdin, one JSON answer on stdout.
//
// {"decode": [tcString, ...], "encode": {"list": vendor list, "cases": [model, ...]}}
//   -> {"decoded": [model | {"refused": why}, ...], "encoded": [tcString | {"refused": why}, ...]}
// The folder that holds node_modules is the first argument.
'use strict';
const { readFileSync } = require('node:fs');
const { GVL, PurposeRestriction, TCModel, TCString } = require(`${process.argv[2]}/node_modules/@iabtechlabtcf/core`);

const SETS = [
  'specialFeatureOptins',
  'purposeConsents',
  'purposeLegitimateInterests',
  'vendorConsents',
  'vendorLegitimateInterests',
  'vendorsDisclosed',
  'publisherConsents',
  'publisherLegitimateInterests',
  'publisherCustomConsents',
  'publisherCustomLegitimateInterests',
];
const VALUES = [
  'cmpId',
  'cmpVersion',
  'consentScreen',
  'publisherCountryCode',
  'isServiceSpecific',
  'useNonStandardTexts',
  'purposeOneTreatment',
  'numCustomPurposes',
];
const READ_ONLY_VALUES = ['version', 'consentLanguage', 'vendorListVersion', 'policyVersion'];

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return { refused: String(error.message ?? error) };
  }
}

function ids(vector) {
  const found = [];
  vector.forEach((has, id) => has && found.push(id));
  return found;
}

function decode(text) {
  const model = TCString.decode(text);
  const answer = { created: model.created.toISOString(), lastUpdated: model.lastUpdated.toISOString() };
  for (const name of [...VALUES, ...READ_ONLY_VALUES]) answer[name] = model[name];
  for (const name of SETS) answer[name] = ids(model[name]);
  answer.publisherRestrictions = model.publisherRestrictions
    .getRestrictions()
    .map((each) => [each.purposeId, each.restrictionType, model.publisherRestrictions.getVendors(each)]);
  return answer;
}

function encode(list, given) {
  const model = new TCModel(new GVL(list));
  for (const name of VALUES) model[name] = given[name];
  for (const name of SETS) model[name].set(given[name]);
  for (const [purpose, type, vendors] of given.publisherRestrictions)
    for (const vendor of vendors) model.publisherRestrictions.add(vendor, new PurposeRestriction(purpose, type));
  model.created = new Date(given.created);
  model.lastUpdated = new Date(given.created);
  return TCString.encode(model);
}

const question = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(
  JSON.stringify({
    decoded: (question.decode ?? []).map((text) => attempt(() => decode(text))),
    encoded: (question.encode?.cases ?? []).map((given) => attempt(() => encode(question.encode.list, given))),
  }),
);
