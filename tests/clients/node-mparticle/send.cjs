// Sends a batch with each of mParticle's own models for Node, singly or in bulk, and says how the server answered.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const mParticle = createRequire(`${process.argv[2]}/`)('mparticle');
const { host, key, secret, bulk, id, marketing } = JSON.parse(readFileSync(0, 'utf8'));

const now = Date.now();
const batch = new mParticle.Batch(mParticle.Batch.Environment.development);
batch.source_request_id = id;
batch.user_identities = new mParticle.UserIdentities();
batch.user_identities.customerid = 'C-1042';
batch.user_attributes = { plan: 'gold' };
batch.mpid = '-5012345678901234567';
batch.mp_deviceid = '59780f39-d7a0-4ebe-9950-280f937c29e2';

const consent = new mParticle.ConsentState();
consent.gdpr = { ads: new mParticle.GDPRConsentState('notice-7', marketing, now, 'shop.example/prefs', 'das:1') };
consent.ccpa = { data_sale_opt_out: new mParticle.CCPAConsentState('notice-7', false, now) };
batch.consent_state = consent;

const event = new mParticle.AppEvent(mParticle.AppEvent.CustomEventType.navigation, 'Plan Chosen');
event.custom_attributes = { plan: 'gold' };
batch.addEvent(event);
const screen = new mParticle.ScreenViewEvent();
screen.screen_name = 'Home';
batch.addEvent(screen);
const purchase = new mParticle.CommerceEvent();
purchase.product_action = new mParticle.ProductAction('purchase');
batch.addEvent(purchase);
const start = new mParticle.SessionStartEvent();
start.session_id = 12345678;
start.timestamp_unixtime_ms = now;
batch.addEvent(start);

const api = new mParticle.EventsApi(new mParticle.Configuration(key, secret));
api.apiClient.basePath = `${host}/v2`;
const done = (error, _data, response) => {
  const status = response ? response.status : (error && error.status) || 0;
  process.stdout.write(JSON.stringify({ status, error: error ? String(error.message) : null }));
};
if (bulk) api.bulkUploadEvents([batch], done);
else api.uploadEvents(batch, done);
