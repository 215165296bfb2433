// The script for GPP: US sections from the opt-outs, Europe's from the TC string.
import type { Us } from '../consent/site.ts';
import { type UsStrings, usStrings } from '../consent/us_strings.ts';
import { encode } from '../formats/gpp.ts';
import { flatEu } from '../formats/gpp_eu.ts';
import { US_SECTIONS } from '../formats/gpp_sections.ts';
import { signalled } from '../storage/consent.ts';
import { FOREVER_DAYS, cookieJarFor } from '../storage/cookie_jar.ts';
import { KeptStrings } from '../storage/strings.ts';
import { type GppState, GppApi } from '../globals/gppapi.ts';
import { attend, hearTc, speak } from '../globals/joiners.ts';
import { page } from '../globals/page.ts';
import type { StartedPage } from '../handover.ts';
import type { TcState } from '../globals/contracts.ts';
import { answerUsp } from '../globals/uspapi.ts';
import type { Session } from '../session.ts';

const [EU, USP] = [2, 6];
/** A platform that is in no list calls itself 1 (iab.md §7.1). */
const UNREGISTERED = 1;

/** Keeps the GPP string where others look for it, and remembers it for receipts. */
class Keeper {
  readonly #strings: KeptStrings;
  #text = '';

  constructor(private readonly session: Session) {
    const { site } = session;
    this.#strings = new KeptStrings(cookieJarFor(site), site.rule.days || FOREVER_DAYS);
    speak('gpp', () => Promise.resolve(this.#text ? { gppString: this.#text } : {}));
  }

  keep(text: string, sections: Iterable<number>): void {
    this.#text = text;
    if (!text) return;
    const pieces = this.#strings.keepGpp(text);
    this.session.kept.put({ GPPCookiesCount: String(pieces), gppSid: [...sections].join(',') });
  }

  keepUsp(text: string): void {
    if (text) this.#strings.keepUsp(text);
  }
}

function prefixes(ids: readonly number[]): Map<number, string> {
  return new Map(ids.map((id) => [id, id === EU ? 'tcfeuv2' : id === USP ? 'uspv1' : (US_SECTIONS[id]?.prefix ?? '')]));
}

/** A rule of the United States: the strings are in force at once, for these laws let one object, not agree. */
function american({ session }: StartedPage, us: Us): void {
  const api = (gpp ??= new GppApi(UNREGISTERED, prefixes(us.sections)));
  const keeper = new Keeper(session);
  let made: UsStrings;
  const speakOut = (): void => {
    made = usStrings(us, session.choices.groups, signalled());
    keeper.keep(made.gpp, made.sections.keys());
    keeper.keepUsp(made.usp);
    api.tell(americanState(made, session.asks && !session.answered));
  };
  speakOut();
  if (us.usp && typeof page['__uspapi'] !== 'function') answerUsp(() => made.usp);
  session.onKept = speakOut;
}

function americanState(made: UsStrings, asking: boolean): GppState {
  const { gpp: text, sections } = made;
  const said = [...sections].map(([id, section]) => {
    const { prefix = 'uspv1' } = US_SECTIONS[id] ?? {};
    return [prefix, made.said.get(id) ?? privacySaid(section)];
  });
  const display = asking ? 'visible' : 'hidden';
  return { text, sections, said: Object.fromEntries(said) as GppState['said'], display, ready: true };
}

/** The older string under the names of its section. */
function privacySaid(text: string): Record<string, unknown> {
  const [Notice, OptOutSale, LspaCovered] = text.slice(1).split('');
  return { Version: 1, Notice, OptOutSale, LspaCovered };
}

/** Europe: the TC string as section 2; it may not be read while the person is being asked. */
function european({ session }: StartedPage, cmp: number): void {
  const api = (gpp ??= new GppApi(cmp || UNREGISTERED, prefixes([EU])));
  const keeper = new Keeper(session);
  hearTc(({ text: tc, value, status, visible }: TcState) => {
    const sections = new Map([[EU, tc]]);
    const text = encode(sections);
    const answered = status !== 'cmpuishown';
    if (answered) keeper.keep(text, sections.keys());
    const display = visible ? 'visible' : status === 'tcloaded' ? 'disabled' : 'hidden';
    api.tell({ text, sections, said: { tcfeuv2: flatEu(value) }, display, ready: answered });
  });
}

let gpp: GppApi | null = null;
attend((begun) => {
  const { iab, us } = begun.session.site;
  if (iab) european(begun, iab.cmp);
  else if (us) american(begun, us);
});
