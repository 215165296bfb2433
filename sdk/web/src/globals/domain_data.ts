// What `GetDomainData()` answers: the settings under the names that other programs read (web-sdk.md §5.6).
import { type Screen, type Site, isHost } from '../consent/site.ts';
import type { Session } from '../session.ts';
import { groups, plain } from './domain_groups.ts';

const TEXTS =
  'AboutCookiesText BannerAdditionalDescription BannerDPDDescription BannerDPDTitle BContinueText CookieListDescription ' +
  'CookiesUsedText CustomJs FooterDescriptionText PreferenceCenterPosition ThirdPartyCookieListText VendorConsentModel ' +
  'VendorListText';
const SWITCHES =
  'AddLinksToCookiepedia BAnimation BannerRelativeFontSizesToggle GenVenOptOut IsGPPEnabled ' +
  'OnClickAcceptAllCookies OnClickCloseBanner ScrollAcceptAllCookies ScrollCloseBanner';

/** Keys of the original that name or switch features placet does not have: present for readers, empty and off. */
const WITHOUT_MEANING: Readonly<Record<string, unknown>> = {
  ...same(TEXTS, ''),
  ...same(SWITCHES, false),
};

function same(names: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries(names.split(' ').map((name) => [name, value]));
}

export function domainData(session: Session): Record<string, unknown> {
  const { site } = session;
  const { rule } = site;
  const implied = site.groups.some(({ status }) => status === 'inactive landingpage');
  const google = Object.entries(rule.google).map(([type, id]) => [`GC${camel(type)}`, id]);
  return {
    ...WITHOUT_MEANING,
    ...bannerTexts(site.banner),
    ...preferenceTexts(site),
    ...fixedWords(site),
    ConsentModel: { Name: rule.model },
    ShowAlertNotice: rule.shows,
    NoBanner: !rule.shows,
    IsBannerLoaded: document.getElementById('onetrust-banner-sdk') !== null,
    IsConsentLoggingEnabled: site.collection !== null,
    IsIABEnabled: rule.type.startsWith('IAB'),
    IabType: rule.type.startsWith('IAB') ? rule.type : '',
    Language: { Culture: site.language },
    LastReconsentDate: rule.reconsentAt || null,
    ReconsentFrequencyDays: rule.days,
    Domain: site.domain,
    cctId: site.id,
    GoogleConsent: { GCEnable: google.length > 0, ...Object.fromEntries(google) },
    MCMData: rule.microsoft ? { Enabled: true, StorageTypes: { ad_storage: rule.google['ad_storage'] } } : null,
    GeneralVendors: site.vendors.filter((id) => !isHost(id)).map((id) => ({ VendorCustomId: id })),
    UseGoogleVendors: (site.iab?.google ?? 0) > 0,
    VendorLevelOptOut: rule.type.startsWith('IAB'),
    NextPageCloseBanner: implied,
    NextPageAcceptAllCookies: implied,
    ...layouts(site),
    ConsentIntegrationData: session.lastReceipt && {
      consentApi: site.collection?.url,
      consentPayload: session.lastReceipt,
    },
    Groups: groups(site),
  };
}

/** Where the banner stands, and which of its looks the preference centre has. */
function layouts(site: Site): Record<string, unknown> {
  const looks: string = site.preferencesLayout ?? 'center';
  const position = site.layout === 'top' ? 'top' : 'bottom';
  const names = { Center: 'center', List: 'list', Panel: 'panel', Popup: 'popup', Tab: 'tab' };
  return {
    AlertLayout: position,
    BannerPosition: position,
    BShowSaveBtn: site.switches ?? false,
    ChoicesBanner: site.switches ?? false,
    ForceConsent: site.layout === 'centre',
    PCLayout: Object.fromEntries(Object.entries(names).map(([name, one]) => [name, one === looks])),
  };
}

function bannerTexts({ title, text, buttons }: Screen): Record<string, unknown> {
  return {
    BannerTitle: title,
    AlertNoticeText: plain(text),
    AlertAllowCookiesText: buttons.accept?.text ?? '',
    BannerRejectAllButtonText: buttons.reject?.text ?? '',
    AlertMoreInfoText: buttons.manage?.text ?? '',
    AlertCloseText: buttons.close?.text ?? '',
    BannerShowRejectAllButton: buttons.reject !== undefined,
    showBannerCloseButton: buttons.close !== undefined,
    CloseShouldAcceptAllCookies: buttons.close?.does === 'BANNER_ALLOW_ALL',
  };
}

function preferenceTexts({ preferences, policy }: Site): Record<string, unknown> {
  const { title, text, buttons } = preferences;
  return {
    MainText: title,
    MainInfoText: plain(text),
    AboutText: policy.text,
    AboutLink: policy.url,
    AllowAllText: buttons.accept?.text ?? '',
    ConfirmText: buttons.accept?.text ?? '',
    PreferenceCenterConfirmText: buttons.confirm?.text ?? '',
    BSaveBtnTxt: buttons.confirm?.text ?? '',
    PCenterRejectAllButtonText: buttons.reject?.text ?? '',
    PCenterShowRejectAllButton: buttons.reject !== undefined,
    ShowPreferenceCenterCloseButton: buttons.close !== undefined,
  };
}

/** Our fixed words under their foreign names. */
const WORDS = {
  ManagePreferenceText: 'categories',
  CookieSettingButtonText: 'settings',
  ActiveText: 'on',
  InactiveText: 'off',
  AlwaysActiveText: 'always',
  AlwaysInactiveText: 'off',
  CategoriesText: 'categories',
  CookieListTitle: 'cookies',
  CookiesText: 'cookies',
  CloseText: 'close',
};

function fixedWords({ words }: Site): Record<string, string> {
  return Object.fromEntries(Object.entries(WORDS).map(([name, word]) => [name, words[word] ?? '']));
}

/** `ad_user_data` as `AdUserData`. */
function camel(type: string): string {
  return type.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
