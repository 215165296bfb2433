// Bundles a page's code with the clients it imports, as a site would; `@placet/web/x` is the built file `x.js`.
// With `run`, bundles for Node instead, runs it, and answers what the code exports as `answer`.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const home = process.argv[2];
const { buildSync } = require(join(home, 'node_modules/esbuild'));

const { entry, ours, run = false } = JSON.parse(readFileSync(0, 'utf8'));
const built = buildSync({
  stdin: { contents: entry.replace(/@placet\/web\/(\w+)/g, (_, name) => join(ours, `${name}.js`)), resolveDir: __dirname },
  bundle: true,
  write: false,
  ...(run && { platform: 'node', format: 'cjs' }),
  nodePaths: [join(home, 'node_modules')],
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
});
const code = built.outputFiles[0].text;
const answer = () => {
  const made = { exports: {} };
  new Function('module', 'exports', 'require', code)(made, made.exports, require);
  return made.exports.answer;
};
process.stdout.write(JSON.stringify(run ? answer() : code));
