// Segment's snippet, written by its own package for a host of ours.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const snippet = require(join(process.argv[2], 'node_modules/@segment/snippet'));

const { host, apiKey } = JSON.parse(readFileSync(0, 'utf8'));
const text = snippet.max({ host, apiKey, useHostForBundles: true, page: true, load: true });
// It knows https only; the tests' server has no certificate.
process.stdout.write(JSON.stringify(text.replaceAll(`https://${host}`, `http://${host}`)));
