// Bundles a page's code with the clients it imports, as a site would; `@placet/web/x` is the built file `x.js`.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const home = process.argv[2];
const { buildSync } = require(join(home, 'node_modules/esbuild'));

const { entry, ours } = JSON.parse(readFileSync(0, 'utf8'));
const code = entry.replace(/@placet\/web\/(\w+)/g, (_, name) => join(ours, `${name}.js`));
const built = buildSync({
  stdin: { contents: code, resolveDir: __dirname },
  bundle: true,
  write: false,
  nodePaths: [join(home, 'node_modules')],
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
});
process.stdout.write(JSON.stringify(built.outputFiles[0].text));
