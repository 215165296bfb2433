// Bundles every test, since the oldest Node we support cannot read TypeScript, and runs Node's own test runner.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const out = `${root}node_modules/.cache/tests`;
const tests = readdirSync(`${root}test`, { recursive: true }).filter((name) => name.endsWith('.test.ts'));
await build({
  entryPoints: tests.map((name) => `${root}test/${name}`),
  outdir: out,
  outbase: `${root}test`,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  define: { VECTORS: JSON.stringify(`${root}../../vectors/`) },
  logLevel: 'warning',
});
const built = tests.map((name) => `${out}/${name.replace(/\.ts$/, '.mjs')}`);
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...built], { stdio: 'inherit' });
process.exit(run.status ?? 1);
