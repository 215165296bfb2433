// Builds the scripts that the server delivers, prints their sizes and refuses to grow past the budgets.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = new URL('..', import.meta.url).pathname;
const out = `${root}dist/`;
/** The oldest browsers we speak to: about four years old. */
const BROWSERS = ['chrome94', 'firefox93', 'safari16'];
/**
 * Properties that only our own scripts read, shortened in all of them alike. A name belongs here when nobody else could
 * mean it: no page, no browser, no setting, no cookie. `npm run check` would not notice; tests/browser would.
 */
const OWN_NAMES = new RegExp(
  `^(?:${`
    active adopt announced answered arrived asking asks awaiting changed choices choose closedAt
    consentedAt darken expiresAt flush gpcWithdrew grouped hideBanner holdsFor
    ignoreAnalytics ignoreHtml kept known landing lastReceipt layer lost lostAt memory onKept onLanding onState onWithdrawn
    looks openWrapper owed press prove quiet reason refresh reopen reset restart ruleShows screens settled shrink soon
    showBanner subject visit waiting`.trim().split(/\s+/).join('|')})$`,
);
const OPTIONS = {
  bundle: true,
  minify: true,
  target: BROWSERS,
  charset: 'utf8',
  legalComments: 'none',
  absWorkingDir: root,
  logLevel: 'warning',
};
/** Nearly everything in these runs at once: compiled whole, beside the page's thread, they begin a quarter sooner. */
const AT_ONCE = /^ot(SDKStub|BannerSdk|Preferences)\.js$/;
const COMPILE_ALL = '//# allFunctionsCalledOnLoad';

/** Backwards, for each script names the next by its hash, so that browsers may keep it for ever. */
const SCRIPTS = [
  { name: 'otBefore.js', from: 'src/entry/early.ts', format: 'iife', named: 'BEFORE' },
  { name: 'otPreferences.js', from: 'src/entry/deferred.ts', format: 'iife', named: 'LATER' },
  { name: 'otBannerSdk.js', from: 'src/entry/main.ts', format: 'iife', named: 'SDK' },
  { name: 'otSDKStub.js', from: 'src/entry/stub.ts', format: 'iife', budget: 2100 },
  { name: 'otTCF.js', from: 'src/entry/tcf.ts', format: 'iife', signals: true },
  { name: 'otGPP.js', from: 'src/entry/gpp.ts', format: 'iife', signals: true },
  { name: 'tcf.stub.js', from: 'src/entry/tcf_stub.ts', format: 'iife' },
  { name: 'otCCPAiab.js', from: 'src/entry/usp.ts', format: 'iife' },
  { name: 'OtAutoBlock.js', from: 'src/entry/autoblock.ts', format: 'iife' },
  { name: 'api.js', from: 'src/entry/api.ts', format: 'esm' },
  { name: 'react.js', from: 'src/entry/react.ts', format: 'esm', external: ['react'] },
  { name: 'segment.js', from: 'src/integrations/segment.ts', format: 'esm' },
  { name: 'mparticle.js', from: 'src/integrations/mparticle.ts', format: 'esm' },
  { name: 'segment-tag.js', from: 'src/integrations/segment_tag.ts', format: 'iife' },
  { name: 'google.js', from: 'src/integrations/google.ts', format: 'iife' },
  { name: 'mparticle-tag.js', from: 'src/integrations/mparticle_tag.ts', format: 'iife' },
];
/** Of 13 KB in all, what is left for a site's own settings and words is 1.4 KB; tests/api/web holds them to it. */
const BANNER_BUDGET = 11_800;

/** TCF and GPP together, which are loaded only where a rule speaks them. */
const SIGNALS_BUDGET = 25 * 1024;

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

/** Style sheets travel inside the scripts as text: nesting resolved, minified. */
const styles = {
  name: 'styles',
  setup(hooks) {
    hooks.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const built = await build({ ...OPTIONS, entryPoints: [path], loader: {}, target: BROWSERS, write: false });
      return { contents: built.outputFiles[0].text.trim(), loader: 'text' };
    });
  },
};

/** The scripts of the banner, which share one page's objects; the others speak to programs that know full names. */
const SHARED = /^ot(Before|Preferences|BannerSdk|SDKStub|TCF|GPP)\.js$/;
let mangleCache = {};

async function script({ name, from, format, external }, define) {
  const names = SHARED.test(name) ? { mangleProps: OWN_NAMES, mangleCache } : {};
  const banner = AT_ONCE.test(name) ? { js: COMPILE_ALL } : {};
  const how = { ...OPTIONS, ...names, banner, format, external, define, plugins: [styles] };
  const built = await build({ ...how, entryPoints: [from], outfile: out + name });
  mangleCache = built.mangleCache ?? mangleCache;
  return readFile(out + name);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const sizes = {};
let zipped = 0;
const define = {};
for (const wanted of SCRIPTS) {
  const bytes = await script(wanted, define);
  if (wanted.named) {
    const hash = createHash('sha256').update(bytes).digest();
    define[`${wanted.named}_PATH`] = JSON.stringify(`/scripttemplates/${hash.toString('hex').slice(0, 16)}/${wanted.name}`);
    // The shortest that browsers take: a hash does not compress, and the stub names two.
    define[`${wanted.named}_INTEGRITY`] = JSON.stringify(`sha256-${hash.toString('base64')}`);
  }
  const packed = brotli(bytes);
  sizes[wanted.name] = packed.length;
  zipped += gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length;
  await writeFile(`${out}${wanted.name}.br`, packed);
  const limit = wanted.budget ? ` of ${wanted.budget}` : '';
  console.log(`${wanted.name.padEnd(16)} ${String(bytes.length).padStart(6)} B  brotli ${sizes[wanted.name]}${limit}`);
  if (wanted.budget && sizes[wanted.name] > wanted.budget) throw new Error(`${wanted.name} is over its budget`);
}
const banner = sizes['otSDKStub.js'] + sizes['otBannerSdk.js'];
console.log(`stub and banner with its CSS: brotli ${banner} of ${BANNER_BUDGET}`);
const signals = SCRIPTS.filter((each) => each.signals).reduce((sum, { name }) => sum + sizes[name], 0);
console.log(`TCF and GPP: brotli ${signals} of ${SIGNALS_BUDGET}`);
const all = Object.values(sizes).reduce((sum, size) => sum + size, 0);
console.log(`everything: brotli ${all}, gzip ${zipped}: ${Math.round(100 - (100 * all) / zipped)} % less`);
if (signals > SIGNALS_BUDGET) throw new Error('TCF and GPP are over their budget');
if (banner > BANNER_BUDGET) throw new Error('the banner is over its budget');
await writeFile(`${out}sizes.json`, JSON.stringify(sizes, null, 1) + '\n');
