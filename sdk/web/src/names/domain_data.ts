// What `GetDomainData()` answers: the settings under the names that other programs read (web-sdk.md §5.6).
import type { Category, Rich, Screen, Site } from '../consent/site.ts';
import { membersOf } from '../consent/site.ts';
import type { Session } from '../session.ts';

export function domainData(session: Session): Record<string, unknown> {
  const { site } = session;
  const { rule } = site;
  const google = Object.entries(rule.google).map(([type, id]) => [`GC${camel(type)}`, id]);
  return {
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
    GeneralVendors: site.vendors.map((id) => ({ VendorCustomId: id })),
    UseGoogleVendors: (site.iab?.google ?? 0) > 0,
    VendorLevelOptOut: rule.type.startsWith('IAB'),
    PCLayout: { Center: true, List: false, Panel: false, Popup: false, Tab: false },
    BannerPosition: site.layout === 'top' ? 'top' : 'bottom',
    ForceConsent: site.layout === 'centre',
    CustomJs: '',
    ConsentIntegrationData: session.lastReceipt && {
      consentApi: site.collection?.url,
      consentPayload: session.lastReceipt,
    },
    Groups: site.groups.map((category) => group(site, category)),
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
  CookieListTitle: 'cookies',
  CookiesText: 'cookies',
  CloseText: 'close',
};

function fixedWords({ words }: Site): Record<string, string> {
  return Object.fromEntries(Object.entries(WORDS).map(([name, word]) => [name, words[word] ?? '']));
}

function group(site: Site, category: Category, at?: number): Record<string, unknown> {
  const cookies = (category.cookies ?? []).map((cookie) => ({
    id: cookie.name,
    Name: cookie.name,
    Host: cookie.host,
    IsSession: cookie.days === 0,
    Length: String(cookie.days),
    DurationType: 1,
    description: cookie.purpose,
    isThirdParty: cookie.thirdParty,
  }));
  return {
    CustomGroupId: category.id,
    OptanonGroupId: category.id,
    PurposeId: category.purpose,
    GroupName: category.name,
    GroupDescription: plain(category.description),
    Parent: category.parent,
    Status: category.status,
    Type: category.kind,
    Order: String((at ?? site.groups.indexOf(category)) + 1),
    IsIabPurpose: category.kind.startsWith('IAB'),
    IsGpcEnabled: category.gpc,
    SubGroups: membersOf(site, category.id).map((member, index) => group(site, member, index)),
    FirstPartyCookies: cookies.filter((cookie) => !cookie.isThirdParty),
    Hosts: (category.hosts ?? []).map((host, index) => ({ HostName: host, DisplayName: host, HostId: `H${index + 1}` })),
    Cookies: cookies,
  };
}

/** Rich text without its markup. */
export function plain(parts: Rich): string {
  return parts.map((part) => (typeof part === 'string' ? part : plain(part.parts))).join('');
}

/** `ad_user_data` as `AdUserData`. */
function camel(type: string): string {
  return type.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
