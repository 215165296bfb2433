// Bundles each banner as a site would, minified, and packs the files as a server would send them.
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { brotliCompressSync } = require('node:zlib');
const { buildSync } = require('esbuild');

const out = process.argv[2];
mkdirSync(out, { recursive: true });
buildSync({
  entryPoints: ['placet', 'vanilla', 'klaro', 'c15t'].map((name) => join(__dirname, `${name}.js`)),
  outdir: out,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.svg': 'dataurl' },
  logLevel: 'error',
});
for (const name of readdirSync(out)) writeFileSync(join(out, `${name}.br`), brotliCompressSync(readFileSync(join(out, name))));
