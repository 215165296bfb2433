// Firefox, driven over WebDriver BiDi: a line of JSON in, a line of JSON out, until the input ends.
const { createRequire } = require('node:module');
const { createInterface } = require('node:readline');

const [home, executablePath] = process.argv.slice(2);
const puppeteer = createRequire(`${home}/`)('puppeteer-core');
const PATIENCE_MS = 150_000;
/** Only this machine is ever asked for anything, whatever the name. */
const PREFERENCES = { 'network.dns.forceResolve': '127.0.0.1', 'network.proxy.type': 0, 'intl.accept_languages': 'en-GB' };

let browser;
let context;
const pages = new Map();

/** Pages stay pages on our side; what a script answers is plain JSON. */
const verbs = {
  async start(preferences) {
    await browser?.close();
    browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      timeout: PATIENCE_MS,
      protocolTimeout: 2 * PATIENCE_MS,
      extraPrefsFirefox: { ...PREFERENCES, ...preferences },
    });
  },
  async leave() {
    await context?.close();
    context = undefined;
    pages.clear();
  },
  async visitor() {
    await verbs.leave();
    context = await browser.createBrowserContext();
  },
  async tab(name) {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    pages.set(name, page);
  },
  open: (name, url) => pages.get(name).goto(url, { waitUntil: 'load' }).then(() => null),
  says: (name, script) => pages.get(name).evaluate(script),
  until: (name, script) => pages.get(name).waitForFunction(script, { polling: 50 }).then(() => null),
  /** People click in the tab they see. A locator waits until what it clicks on has stopped moving: a banner slides in. */
  async click(name, selector) {
    await pages.get(name).bringToFront();
    await pages.get(name).locator(selector).click();
  },
  press: (name, key) => pages.get(name).keyboard.press(key).then(() => null),
};

async function answer(line) {
  const [verb, ...words] = JSON.parse(line);
  try {
    return { answer: (await verbs[verb](...words)) ?? null };
  } catch (why) {
    return { fault: `${verb} ${JSON.stringify(words)}: ${why.message}` };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
  await browser?.close();
})();
