// What Segment's OneTrust wrapper does, over Segment's own consent tools: written from its description (segment.md §4.6),
// since the package itself is not to be had from npm.
import { createWrapper } from '@segment/analytics-consent-tools';

const POLL_MS = 500;
const ready = () => {
  const { OneTrust } = window;
  return typeof OneTrust === 'object' && ['OnConsentChanged', 'IsAlertBoxClosed', 'GetDomainData'].every((key) => key in OneTrust);
};
const until = (holds) =>
  new Promise((resolve) => {
    const look = () => (holds() ? resolve() : setTimeout(look, POLL_MS));
    look();
  });

function active() {
  const groups = window.OnetrustActiveGroups;
  if (groups && typeof groups !== 'string') throw new Error('OnetrustActiveGroups is no string');
  return (groups ?? '').split(',').filter(Boolean);
}

const categories = (ids) =>
  Object.fromEntries(
    window.OneTrust.GetDomainData()
      .Groups.map(({ CustomGroupId }) => CustomGroupId.trim())
      .map((id) => [id, ids.includes(id)]),
  );

const modelOf = (name) => (name === 'opt-in' || name === 'implied consent' ? 'opt-in' : 'opt-out');

export function withOneTrust(analytics, { disableConsentChangedEvent = false, integrationCategoryMappings } = {}) {
  return createWrapper({
    shouldLoadWrapper: () => until(ready),
    shouldLoadSegment: async (ctx) => {
      const { ConsentModel, ShowAlertNotice } = window.OneTrust.GetDomainData();
      const consentModel = modelOf(ConsentModel.Name);
      const open = () => active().length > 0 && (ShowAlertNotice === false || window.OneTrust.IsAlertBoxClosed());
      if (consentModel === 'opt-in') await until(open);
      ctx.load({ consentModel });
    },
    getCategories: () => categories(active()),
    registerOnConsentChanged: disableConsentChangedEvent
      ? undefined
      : (changed) => {
          window.OneTrust.OnConsentChanged((event) => changed(categories(event.detail)));
          window.hears = true;
        },
    integrationCategoryMappings,
  })(analytics);
}
