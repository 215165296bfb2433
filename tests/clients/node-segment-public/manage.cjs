// Makes calls with Segment's own client for its Public API, one after the other, and says what each was answered.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const sdk = createRequire(`${process.argv[2]}/`)('@segment/public-api-sdk-typescript');
const { host, token, calls } = JSON.parse(readFileSync(0, 'utf8'));

/** What an earlier call was answered may be named in a later one: `$0.filter.id`. */
function filled(value, answers) {
  if (typeof value !== 'string' || !value.startsWith('$')) return value;
  const [number, ...path] = value.slice(1).split('.');
  return path.reduce((found, name) => found[name], answers[Number(number)].data);
}

async function main() {
  const answers = [];
  for (const { api, call, with: values } of calls) {
    const client = new sdk[api](host);
    client.accessToken = token;
    try {
      const { body } = await client[call](...values.map((value) => filled(value, answers)));
      answers.push({ data: JSON.parse(JSON.stringify(body.data)) });
    } catch (error) {
      answers.push({ status: error.statusCode, errors: error.body && error.body.errors, message: String(error) });
    }
  }
  process.stdout.write(JSON.stringify(answers));
}

main();
