// The US Privacy string for pages that load it by its own tag, `otCCPAiab.js`, before the stub (web-sdk.md §1.3, §10.6).
import { readAnswers, readOptanon } from '../formats/optanon.ts';
import { encode } from '../formats/usp.ts';
import { cookieJar, readCookie } from '../storage/cookie_jar.ts';
import { KeptStrings } from '../storage/strings.ts';
import { UPDATED_EVENT } from '../globals/announce.ts';
import { ownTag } from '../globals/own_tag.ts';
import { page } from '../globals/page.ts';
import { answerUsp } from '../globals/uspapi.ts';

const DAYS = 365;
const OUT_OF_SCOPE = encode({ notice: null, optedOut: null, covered: null });

interface Tag {
  readonly base: string;
  readonly ids: readonly string[];
  readonly geo: string;
  readonly covered: boolean;
}

function readTag(tag: HTMLScriptElement): Tag {
  const say = (name: string): string => tag.getAttribute(`ccpa-opt-out-${name}`) ?? '';
  return {
    base: tag.src.replace(/\/opt-out\/otCCPAiab.*$/, ''),
    ids: say('ids').split(',').map((id) => id.trim()).filter(Boolean),
    geo: say('geo').toLowerCase() || 'all',
    covered: say('lspa') === 'true',
  };
}

/** Where the visitor is, as `US;CA`: what is remembered, what the page says, else what the server sees. */
async function place(base: string): Promise<string> {
  const remembered = readOptanon(readCookie('OptanonConsent') ?? '').get('geolocation');
  const preset = page.OneTrust?.['geolocationResponse'] as { countryCode?: string; stateCode?: string } | undefined;
  if (preset?.countryCode) return `${preset.countryCode};${preset.stateCode ?? ''}`;
  if (remembered) return remembered;
  const answer = await fetch(`${base}/cookieconsentpub/v1/geo/location`, { credentials: 'omit' });
  const { country = '', state = '' } = (await answer.json()) as { country?: string; state?: string };
  return `${country};${state}`;
}

function applies(geo: string, where: string): boolean {
  return geo === 'all' || (geo === 'us' ? where.startsWith('US;') : where === 'US;CA');
}

/** Opted out when any of the ids is off; one that was never answered is not. */
function stringFor({ ids, covered }: Tag): string {
  const groups = readAnswers(readOptanon(readCookie('OptanonConsent') ?? '').get('groups'));
  return encode({ notice: true, optedOut: ids.some((id) => groups[id] === 0), covered });
}

async function begin(tag: Tag): Promise<void> {
  const kept = new KeptStrings(cookieJar({ domain: '' }), DAYS);
  let text = readCookie('usprivacy') ?? OUT_OF_SCOPE;
  answerUsp(() => text);
  const where = tag.geo === 'all' ? '' : await place(tag.base).catch(() => '');
  const follow = (): void => kept.keepUsp((text = applies(tag.geo, where) ? stringFor(tag) : OUT_OF_SCOPE));
  follow();
  window.addEventListener(UPDATED_EVENT, follow);
}

const tag = ownTag('otCCPAiab');
if (tag) void begin(readTag(tag));
