// How fast the reference library reads and writes: one JSON question on stdin, microseconds of processor
// time per string on stdout.
//
// {"list": vendor list, "cases": [{"text", "consents", "interests", "disclosed"}, ...], "seconds": per measurement}
//   -> {"decode": µs, "encode": µs}
// The folder that holds node_modules is the first argument.
'use strict';
const { readFileSync } = require('node:fs');
const { GVL, TCModel, TCString } = require(`${process.argv[2]}/node_modules/@iabtechlabtcf/core`);

const { list, cases, seconds } = JSON.parse(readFileSync(0, 'utf8'));
const gvl = new GVL(list);

function model({ consents, interests, disclosed }) {
  const made = new TCModel(gvl);
  made.cmpId = 300;
  made.cmpVersion = 2;
  made.isServiceSpecific = true;
  made.publisherCountryCode = 'DE';
  made.purposeConsents.set([1, 2, 3, 4, 7, 9, 10]);
  made.purposeLegitimateInterests.set([2, 7, 9, 10]);
  made.vendorConsents.set(consents);
  made.vendorLegitimateInterests.set(interests);
  made.vendorsDisclosed.set(disclosed);
  return made;
}

function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function microseconds(work, inputs) {
  let done = 0;
  const started = processorTime();
  let now = started;
  while (now < started + seconds * 1e6) {
    for (const input of inputs) work(input);
    done += inputs.length;
    now = processorTime();
  }
  return (now - started) / done;
}

const texts = cases.map(({ text }) => text);
const models = cases.map(model);
const read = (text) => TCString.decode(text, new TCModel(gvl));
const write = (made) => TCString.encode(made);
microseconds(read, texts);
process.stdout.write(
  JSON.stringify({ decode: microseconds(read, texts), encode: microseconds(write, models.slice(0, 20)) }),
);
