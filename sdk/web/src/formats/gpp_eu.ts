// A TC string under the names that GPP gives its fields, section 2, as the reference library answers it (iab.md §5.6).
import { type Ids, runsOf } from './bits.ts';
import type { TcString } from './tcf.ts';

const PURPOSES = 24;
const SPECIAL_FEATURES = 12;

/** All fields of all segments in one object: bitfields as answers, vendors as ids, times as dates. */
export function flatEu(tc: TcString): Record<string, unknown> {
  const { publisher, disclosed } = tc;
  return {
    Version: tc.version,
    Created: dated(tc.created),
    LastUpdated: dated(tc.updated),
    CmpId: tc.cmpId,
    CmpVersion: tc.cmpVersion,
    ConsentScreen: tc.screen,
    ConsentLanguage: tc.language,
    VendorListVersion: tc.listVersion,
    PolicyVersion: tc.policyVersion,
    IsServiceSpecific: tc.serviceSpecific,
    UseNonStandardStacks: tc.nonStandardTexts,
    SpecialFeatureOptins: answers(tc.specialFeatures, SPECIAL_FEATURES),
    PurposeConsents: answers(tc.purposeConsents),
    PurposeLegitimateInterests: answers(tc.purposeInterests),
    PurposeOneTreatment: tc.purposeOneTreatment,
    PublisherCountryCode: tc.country,
    VendorConsents: listed(tc.vendorConsents),
    VendorLegitimateInterests: listed(tc.vendorInterests),
    PublisherRestrictions: tc.restrictions.map(({ purpose, kind, vendors }) => ({
      key: purpose,
      type: kind,
      ids: listed(vendors),
    })),
    ...(publisher && {
      PublisherPurposesSegmentType: 3,
      PublisherConsents: answers(publisher.purposeConsents),
      PublisherLegitimateInterests: answers(publisher.purposeInterests),
      NumCustomPurposes: publisher.custom.count,
      PublisherCustomConsents: answers(publisher.custom.consents, publisher.custom.count),
      PublisherCustomLegitimateInterests: answers(publisher.custom.interests, publisher.custom.count),
    }),
    ...(disclosed && { VendorsDisclosedSegmentType: 1, VendorsDisclosed: listed(disclosed) }),
  };
}

/** A given time in the library's type; no clock is asked. */
function dated(at: number): object {
  // eslint-disable-next-line no-restricted-globals -- a time that is handed in, not the clock's
  return new Date(at);
}

function answers(ids: Ids, width = PURPOSES): boolean[] {
  return Array.from({ length: width }, (_, at) => ids.has(at + 1));
}

function listed(ids: Ids): number[] {
  return runsOf(ids).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
}
