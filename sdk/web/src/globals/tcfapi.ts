// `__tcfapi`, versions 2.2 and 2.3 of the API: what vendors ask of a consent platform (iab.md §6).
import type { Iab } from '../consent/site.ts';
import { bitText } from '../consent/vendors.ts';
import { type Ids, runsOf } from '../formats/bits.ts';
import type { Restriction } from '../formats/tcf.ts';
import { takeOver } from './iab_queue.ts';
import type { TcState } from './contracts.ts';

type Callback = (answer: unknown, success?: boolean) => void;
type Data = Record<string, unknown>;
type Flags = Record<number, boolean>;
type Command = (callback: Callback, parameter: unknown) => void;

const VERSIONS: readonly unknown[] = [2, '2', 0, null, undefined];

export class TcfApi {
  #iab: Iab;
  #state: TcState | null = null;
  #waiting: (() => void)[] = [];
  #nextListener = 1;
  readonly #base: string;
  readonly #listeners = new Map<number, [callback: Callback, vendors: unknown]>();
  readonly #commands: Readonly<Record<string, Command>> = {
    getTCData: (callback, vendors) => callback(this.#data(vendors), true),
    getInAppTCData: (callback) => callback(this.#inApp(), true),
    getVendorList: (callback, version) => void this.#vendorList(callback, version),
    addEventListener: (callback, vendors) => {
      const id = this.#nextListener++;
      this.#listeners.set(id, [callback, vendors]);
      callback(this.#data(vendors, id), true);
    },
    removeEventListener: (callback, id) => callback(this.#listeners.delete(id as number), true),
  };

  /** Answers from now on; all but `ping` waits for the first state. */
  constructor(iab: Iab, base: string) {
    this.#iab = iab;
    this.#base = base;
    takeOver('__tcfapi', (...call) => this.#call(...call));
  }

  /** Something changed: notifies every listener. */
  tell(iab: Iab, state: TcState): void {
    this.#iab = iab;
    this.#state = state;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [id, [callback, vendors]] of [...this.#listeners]) quietly(() => callback(this.#data(vendors, id), true));
    waiting.forEach((run) => quietly(run));
  }

  /** OneTrust's own question: the strings of an app, and `addtlConsent` (web-sdk.md §5.2). */
  request(callback: Callback): void {
    callback(this.#state ? this.#inApp() : null, this.#state !== null);
  }

  ping(): Data {
    const iab = this.#iab;
    const known = this.#state !== null;
    return {
      gdprApplies: true,
      cmpLoaded: true,
      cmpStatus: known ? 'loaded' : 'loading',
      displayStatus: this.#state?.visible ? 'visible' : this.#state?.status === 'tcloaded' ? 'disabled' : 'hidden',
      apiVersion: '2.2',
      cmpVersion: iab.cmpVersion,
      cmpId: iab.cmp,
      gvlVersion: iab.list,
      tcfPolicyVersion: iab.policy,
    };
  }

  /** `__tcfapi()` without a command still shows what waits, as the stub does. */
  #call(...[command, version, callback, parameter]: readonly unknown[]): unknown {
    if (command === undefined) return [];
    if (typeof callback !== 'function') throw new Error('__tcfapi: the callback must be a function');
    const answer = callback as Callback;
    const run = typeof command === 'string' ? this.#commands[command] : undefined;
    if (!VERSIONS.includes(version)) answer(null, false);
    else if (command === 'ping') answer(this.ping(), true);
    else if (!run) answer(null, false);
    else if (this.#state) run(answer, parameter);
    else this.#waiting.push(() => run(answer, parameter));
    return undefined;
  }

  #head(): Data {
    const { value, text, status, ac } = this.#state as TcState;
    return {
      tcString: text,
      tcfPolicyVersion: value.policyVersion,
      cmpId: value.cmpId,
      cmpVersion: value.cmpVersion,
      eventStatus: status,
      cmpStatus: 'loaded',
      publisherCC: value.country,
      ...(ac && { addtlConsent: ac }),
    };
  }

  #data(vendors?: unknown, listenerId?: number): Data {
    const { value } = this.#state as TcState;
    const chosen = Array.isArray(vendors) ? (vendors as number[]) : null;
    const { publisher } = value;
    return {
      ...this.#head(),
      gdprApplies: true,
      isServiceSpecific: value.serviceSpecific,
      useNonStandardTexts: value.nonStandardTexts,
      purposeOneTreatment: value.purposeOneTreatment,
      ...(this.#iab.advertiser && { enableAdvertiserConsentMode: true }),
      ...(listenerId !== undefined && { listenerId }),
      purpose: { consents: flags(value.purposeConsents), legitimateInterests: flags(value.purposeInterests) },
      vendor: {
        consents: flags(value.vendorConsents, chosen),
        legitimateInterests: flags(value.vendorInterests, chosen),
        disclosedVendors: flags(value.disclosed ?? new Set(), chosen),
      },
      specialFeatureOptins: flags(value.specialFeatures),
      publisher: {
        consents: flags(publisher?.purposeConsents),
        legitimateInterests: flags(publisher?.purposeInterests),
        customPurpose: {
          consents: flags(publisher?.custom.consents),
          legitimateInterests: flags(publisher?.custom.interests),
        },
        restrictions: restrictionsOf(value.restrictions),
      },
    };
  }

  /** The same as texts of digits, for those who know apps. */
  #inApp(): Data {
    const { value } = this.#state as TcState;
    const { publisher } = value;
    const custom = publisher?.custom;
    return {
      ...this.#head(),
      gdprApplies: 1,
      isServiceSpecific: Number(value.serviceSpecific),
      useNonStandardTexts: Number(value.nonStandardTexts),
      purposeOneTreatment: Number(value.purposeOneTreatment),
      purpose: { consents: bitText(value.purposeConsents), legitimateInterests: bitText(value.purposeInterests) },
      vendor: {
        consents: bitText(value.vendorConsents),
        legitimateInterests: bitText(value.vendorInterests),
        disclosedVendors: bitText(value.disclosed ?? new Set()),
      },
      specialFeatureOptins: bitText(value.specialFeatures),
      publisher: {
        consents: bitText(publisher?.purposeConsents ?? new Set()),
        legitimateInterests: bitText(publisher?.purposeInterests ?? new Set()),
        customPurpose: {
          consents: bitText(custom?.consents ?? new Set()),
          legitimateInterests: bitText(custom?.interests ?? new Set()),
        },
        restrictions: restrictionTexts(value.restrictions),
      },
    };
  }

  async #vendorList(callback: Callback, version: unknown): Promise<void> {
    const wanted = version === undefined || version === 'LATEST' ? this.#iab.list : Number(version);
    if (wanted !== this.#iab.list) return callback(null, false);
    try {
      const answer = await fetch(this.#base + this.#iab.lists, { credentials: 'omit' });
      callback(await answer.json(), true);
    } catch {
      callback(null, false);
    }
  }
}

/** A vendor's fault stays its own. */
function quietly(run: () => void): void {
  try {
    run();
  } catch (why) {
    console.warn('__tcfapi:', why);
  }
}

/** Every id up to the highest, with its answer; only those of `chosen` where that is given. */
function flags(ids: Ids = new Set(), chosen: readonly number[] | null = null): Flags {
  const highest = runsOf(ids).pop()?.[1] ?? 0;
  const all = chosen ?? Array.from({ length: highest }, (_, at) => at + 1);
  return Object.fromEntries(all.map((id) => [id, ids.has(id)]));
}

/** Purpose to vendor to kind; of several kinds for one vendor the strictest, which is the lowest, wins (iab.md §1.5). */
function restrictionsOf(restrictions: readonly Restriction[]): Record<number, Record<number, number>> {
  const found: Record<number, Record<number, number>> = {};
  for (const { purpose, kind, vendors } of [...restrictions].sort((a, b) => b.kind - a.kind)) {
    const row = (found[purpose] ??= {});
    for (const vendor of vendors) row[vendor] = kind;
  }
  return found;
}

/** A digit or `_` for each vendor up to the highest that anything restricts, as the reference writes it. */
function restrictionTexts(restrictions: readonly Restriction[]): Record<string, string> {
  const highest = bitText(new Set(restrictions.flatMap(({ vendors }) => [...vendors]))).length;
  const texts = Object.entries(restrictionsOf(restrictions)).map(([purpose, row]) => {
    return [purpose, Array.from({ length: highest }, (_, at) => row[at + 1] ?? '_').join('')];
  });
  return Object.fromEntries(texts) as Record<string, string>;
}
