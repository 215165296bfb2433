// How fast the reference library is: one JSON question on stdin, rates per second on stdout.
//
// {"seconds": s, "strings": [gpp, ...]} -> {"decode": rate, "encode": rate}
// The folder that holds node_modules is the first argument.
'use strict';
const { readFileSync } = require('node:fs');
const { GppModel } = require(`${process.argv[2]}/node_modules/@iabgpp/cmpapi`);

function rate(seconds, inputs, work) {
  const started = process.hrtime.bigint();
  const until = started + BigInt(Math.round(seconds * 1e9));
  let done = 0;
  let now = started;
  while (now < until) {
    for (const input of inputs) work(input);
    done += inputs.length;
    now = process.hrtime.bigint();
  }
  return done / (Number(now - started) / 1e9);
}

function encode(sections) {
  const model = new GppModel();
  for (const [section, fields] of sections) {
    for (const [field, value] of fields) model.setFieldValue(section, field, value);
  }
  return model.encode();
}

const { seconds, strings } = JSON.parse(readFileSync(0, 'utf8'));
const values = strings.map((gpp) =>
  Object.entries(new GppModel(gpp).toObject()).map(([section, fields]) => [section, Object.entries(fields)]),
);
const decode = (gpp) => new GppModel(gpp).toObject();
rate(seconds / 4, strings, decode);
rate(seconds / 4, values, encode);
process.stdout.write(
  JSON.stringify({ decode: rate(seconds, strings, decode), encode: rate(seconds, values, encode) }),
);
