// Sends one event of each kind with Segment's own client for Node, and says which message ids it gave them.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const { Analytics } = createRequire(`${process.argv[2]}/`)('@segment/analytics-node');
const { host, writeKey, context } = JSON.parse(readFileSync(0, 'utf8'));

const timeout = 150_000;
const analytics = new Analytics({ writeKey, host, flushAt: 10, maxRetries: 2, httpRequestTimeout: timeout });
const sent = [];
const failed = [];
analytics.on('http_request', ({ body }) => sent.push(...JSON.parse(body).batch.map((item) => item.messageId)));
analytics.on('error', (error) => failed.push(String(error.reason ?? error.code)));

const userId = 'node-user';
analytics.track({ userId, event: 'Plan Chosen', properties: { plan: 'gold' }, context });
analytics.identify({ userId, traits: { plan: 'gold' }, context });
analytics.page({ anonymousId: 'node-device', name: 'Home', context });
analytics.screen({ userId, name: 'Home', context });
analytics.group({ userId, groupId: 'g-1', context });
analytics.alias({ userId, previousId: 'before', context });
analytics.closeAndFlush({ timeout }).then(() => process.stdout.write(JSON.stringify({ sent, failed })));
