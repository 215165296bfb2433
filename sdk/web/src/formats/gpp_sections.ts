// The field table of every US section of GPP: one line of names each; `*n` is a list of n numbers (iab.md §5.5).

const T = 'SaleOptOutNotice TargetedAdvertisingOptOutNotice';
const O = 'SaleOptOut TargetedAdvertisingOptOut';
const M = 'MspaCoveredTransaction MspaOptOutOptionMode MspaServiceProviderMode';
const SHARING = `Version SharingNotice ${T} ${O}`;
const PROCESSING = `Version ProcessingNotice ${T} ${O}`;
const SDP = 'SensitiveDataProcessing';
const KC = 'KnownChildSensitiveDataConsents';
const ADP = 'AdditionalDataProcessingConsent';
const MSPA = `MspaVersion MspaCoveredTransaction MspaMode ProcessingNotice ${T} ${O}`;
const NATIONAL =
  'Version SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice ' +
  'SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut TargetedAdvertisingOptOut';
const CHILD = `${PROCESSING} ${SDP}*8 ${KC} ${ADP} ${M}`;
const CHILDREN = `${PROCESSING} ${SDP}*8 ${KC}*3 ${ADP} ${M}`;
const NEW = `${MSPA} ${KC} ${ADP}`;

/** What may follow the core: Global Privacy Control, a list of sensitive data, or nothing. */
export type Second = 'gpc' | 'sensitive' | '';

/** A section: its prefix, its layouts (shortest first; the last is written), its second sub-section. */
export interface Layout {
  readonly prefix: string;
  readonly second: Second;
  readonly lines: readonly string[];
}

const row = (prefix: string, second: Second, ...lines: string[]): Layout => ({ prefix, second, lines });

/** By section id. */
export const US_SECTIONS: Readonly<Record<number, Layout>> = {
  7: row('usnat', 'gpc', `${NATIONAL} ${SDP}*12 ${KC}*2 PersonalDataConsents ${M}`, `${NATIONAL} ${SDP}*16 ${KC}*3 PersonalDataConsents ${M}`),
  8: row(
    'usca',
    'gpc',
    `Version SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut ${SDP}*9 ${KC}*2 PersonalDataConsents ${M}`,
  ),
  9: row('usva', '', `${SHARING} ${SDP}*8 ${KC} ${M}`),
  10: row('usco', 'gpc', `${SHARING} ${SDP}*7 ${KC} ${M}`),
  11: row('usut', '', `Version SharingNotice ${T} SensitiveDataProcessingOptOutNotice ${O} ${SDP}*8 ${KC} ${M}`),
  12: row('usct', 'gpc', `${SHARING} ${SDP}*8 ${KC}*3 ${M}`),
  13: row('usfl', '', CHILDREN),
  14: row('usmt', 'gpc', `${SHARING} ${SDP}*8 ${KC}*3 ${ADP} ${M}`),
  15: row('usor', 'gpc', `${PROCESSING} ${SDP}*11 ${KC}*3 ${ADP} ${M}`),
  16: row('ustx', 'gpc', CHILD),
  17: row('usde', 'gpc', `${PROCESSING} ${SDP}*9 ${KC}*5 ${ADP} ${M}`),
  18: row('usia', 'gpc', `Version ProcessingNotice ${T} SensitiveDataOptOutNotice ${O} ${SDP}*8 ${KC} ${M}`),
  19: row('usne', 'gpc', CHILD),
  20: row('usnh', 'gpc', CHILDREN),
  21: row('usnj', 'gpc', `${PROCESSING} ${SDP}*10 ${KC}*5 ${ADP} ${M}`),
  22: row('ustn', 'gpc', CHILD),
  23: row('usmn', 'gpc', CHILD),
  24: row('usmd', 'gpc', `${MSPA} ${ADP}`),
  25: row('usin', 'sensitive', NEW),
  26: row('usky', 'sensitive', NEW),
  27: row('usri', 'sensitive', NEW),
};
