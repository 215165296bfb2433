// What is written is read back; what cannot be kept grants nothing.
import assert from 'node:assert/strict';
import test from 'node:test';
import { CLOSED, CONSENT, KeptConsent } from '../../src/storage/consent.ts';
import type { CookieJar } from '../../src/globals/contracts.ts';
import { lessAndLess } from '../../src/storage/shrink.ts';
import { readOptanon, writeOptanon } from '../../src/formats/optanon.ts';
import { aCategory, aSite } from '../cases.ts';

const MOST = 4096;
const HOSTS = Array.from({ length: 240 }, (_, at) => `H${String(at).padStart(10, '0')}`);

/** A jar like a browser's: what is too long is not kept; `twin` is another cookie of the same name. */
function aJar(twin = ''): CookieJar & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    all: (name) => [...(name === CONSENT && twin ? [twin] : []), texts.get(name) ?? []].flat(),
    write(name, text) {
      if (name.length + text.length <= MOST) texts.set(name, text);
      else texts.delete(name);
      return texts.get(name) === text;
    },
    remove: (name) => void texts.delete(name),
  };
}

function kept(jar: CookieJar, site = aSite()): KeptConsent {
  return new KeptConsent(site, jar);
}

test('an answer that fits is kept and closed', () => {
  const jar = aJar();
  const one = kept(jar);
  one.choose({ groups: { C0001: 1, C0002: 0 }, legitimate: {}, vendors: {} }, { answeredAt: '5' });
  one.close(1_795_000_000_000);
  assert.deepEqual([one.lost, kept(jar).memory().groups, kept(jar).closedAt()], [false, { C0001: 1, C0002: 0 }, 1_795_000_000_000]);
});

test('an answer that cannot be kept turns everything off and is asked for again', () => {
  const jar = aJar();
  jar.write(CLOSED, new Date().toISOString(), 1);
  jar.write(CONSENT, 'groups=C0002%3A1', 1);
  const one = kept(jar);
  one.choose({ groups: { C0001: 1, C0002: 0, C0004: 1 }, legitimate: {}, vendors: {} }, { consentId: 'x'.repeat(5000) });
  one.close(Date.now());
  const next = kept(jar);
  assert.deepEqual([one.lost, next.memory().groups, next.closedAt()], [true, { C0001: 0, C0002: 0, C0004: 0 }, null]);
});

test('of two cookies of one name each refusal counts', () => {
  const jar = aJar('groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0&hosts=H1%3A1&consentId=a');
  jar.write(CONSENT, 'groups=C0001%3A1%2CC0002%3A0%2CC0004%3A1&hosts=H1%3A0', 1);
  const { groups, vendors } = kept(jar).memory();
  assert.deepEqual([groups, vendors], [{ C0001: 1, C0002: 0, C0004: 0 }, { H1: 0 }]);
});

const MANY = aSite([aCategory('C0002', { vendors: HOSTS.slice(0, 120) }), aCategory('C0004', { vendors: HOSTS.slice(120) })]);
const WHOLE = { ...MANY, vendors: HOSTS } as typeof MANY;

function steps(answers: Readonly<Record<string, number>>, groups: string, more = ''): { length: number; values: Map<string, string> }[] {
  const hosts = HOSTS.map((id) => `${id}:${answers[id] ?? 1}`).join();
  const values = readOptanon(`groups=${encodeURIComponent(groups)}&hosts=${encodeURIComponent(hosts)}${more}`);
  return lessAndLess(WHOLE, values).map((less) => ({ length: writeOptanon(less).length, values: less }));
}

test('240 hosts fit when only exceptions are said, and every refusal is among them', () => {
  const [first, , last] = steps({ [HOSTS[7] ?? '']: 0 }, 'C0002:1,C0004:1');
  assert.ok((first?.length ?? 0) > MOST && (last?.length ?? MOST) < 500);
  assert.equal(last?.values.get('hosts'), `${HOSTS[7] ?? ''}:0`);
});

test('a host that is on while its category is off stays an exception', () => {
  const off = Object.fromEntries(HOSTS.map((id) => [id, 0]));
  const last = steps({ ...off, [HOSTS[9] ?? '']: 1 }, 'C0002:0,C0004:0')[2];
  assert.equal(last?.values.get('hosts'), `${HOSTS[9] ?? ''}:1`);
});

test('what other programs left in the cookie goes first, refusals of unknown hosts stay', () => {
  const [, own, last] = steps({}, 'C0002:1,C0004:1', `&future=${'x'.repeat(3000)}&genVendors=V1%3A1%2CV2%3A0%2C`);
  assert.equal(own?.values.has('future'), false);
  assert.equal(last?.values.get('genVendors'), 'V2:0');
});

test('240 hosts refused singly fit with their categories off, and no category comes on', () => {
  const off = Object.fromEntries(HOSTS.slice(0, 119).map((id) => [id, 0]));
  const none = Object.fromEntries(HOSTS.map((id) => [id, 0]));
  const all = steps(none, 'C0002:1,C0004:1');
  assert.ok(all.slice(0, 3).every(({ length }) => length > MOST) && (all[3]?.length ?? MOST) < 500);
  assert.deepEqual([all[3]?.values.get('groups'), all[3]?.values.get('hosts')], ['C0002:0,C0004:0', '']);
  const some = steps(off, 'C0002:1,C0004:1')[3];
  assert.deepEqual([some?.values.get('groups'), some?.values.get('hosts')], ['C0002:0,C0004:1', '']);
});

test('a single yes is dropped with its category, a refusal nobody lists stays', () => {
  const off = Object.fromEntries(HOSTS.map((id) => [id, 0]));
  const last = steps({ ...off, [HOSTS[9] ?? '']: 1 }, 'C0002:1,C0004:0', '&genVendors=V2%3A0%2CV3%3A1%2C').at(-1);
  assert.deepEqual(['groups', 'hosts', 'genVendors'].map((key) => last?.values.get(key)), ['C0002:0,C0004:0', '', 'V2:0']);
});

test('groups are cut by no step but the last', () => {
  for (const { values } of steps({}, 'C0002:0,C0004:1')) assert.equal(values.get('groups'), 'C0002:0,C0004:1');
});
