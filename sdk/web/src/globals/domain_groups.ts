// Categories, cookies and hosts under the names that other programs read (web-sdk.md §4.2, §5.6).
import { type Category, type Cookie, type Rich, type Site, isHost, locked, membersOf } from '../consent/site.ts';

type Json = Record<string, unknown>;

/** Every category, in the site's order; below its parent each stands a second time. */
export function groups(site: Site): Json[] {
  const numbers = hostNumbers(site);
  return site.groups.map((category, at) => group(site, category, at, numbers));
}

/** Every host of another party, by a number that counts through the whole site. */
function hostNumbers(site: Site): Map<string, number> {
  const all = site.groups.flatMap((category) => hostsOf(category).map((host) => `${category.id} ${host}`));
  return new Map(all.map((name, at) => [name, at + 1]));
}

/** The ids of a category's hosts that have switches, in the order of its hosts. */
export function hostIds({ vendors = [] }: Category): string[] {
  return vendors.filter(isHost);
}

function group(site: Site, category: Category, at: number, numbers: Map<string, number>): Json {
  const { id, purpose } = category;
  const members = membersOf(site, id);
  const description = plain(category.description);
  const cookies = category.cookies ?? [];
  return {
    CustomGroupId: id,
    OptanonGroupId: id,
    GroupId: purpose,
    PurposeId: purpose,
    GroupName: category.name,
    GroupNameMobile: category.name,
    GroupDescription: description,
    Parent: category.parent,
    Status: category.status,
    Type: category.kind,
    Order: String(at + 1),
    IsIabPurpose: category.kind.startsWith('IAB'),
    IsDntEnabled: false,
    IsGpcEnabled: category.gpc,
    HasConsentOptOut: !locked(category),
    HasLegIntOptOut: category.legitimate ?? false,
    AlwaysShowCategory: true,
    ShowInPopup: true,
    ShowSubgroup: members.length > 0,
    ShowSubgroupToggle: members.length > 0,
    GeneralVendorsIds: (category.vendors ?? []).filter((vendor) => !isHost(vendor)),
    VendorServices: [],
    SubGroups: members.map((member, index) => group(site, member, index, numbers)),
    FirstPartyCookies: cookies.filter(({ thirdParty }) => !thirdParty).map((one) => cookie(category, one)),
    Hosts: hosts(category, numbers),
    Cookies: cookies.map((one) => cookie(category, one)),
  };
}

function hosts(category: Category, numbers: Map<string, number>): Json[] {
  const { id, cookies = [] } = category;
  return hostsOf(category).map((host, at) => ({
    HostName: host,
    DisplayName: host,
    HostId: hostIds(category)[at] ?? `H${numbers.get(`${id} ${host}`) ?? 0}`,
    Description: '',
    PrivacyPolicy: '',
    Cookies: cookies.filter((one) => one.thirdParty && one.host === host).map((one) => cookie(category, one)),
  }));
}

/** The hosts of others that a category reaches: those of its rules, and those that set its cookies. */
export function hostsOf({ hosts = [], cookies = [] }: Category): string[] {
  return [...new Set([...hosts, ...cookies.filter(({ thirdParty }) => thirdParty).map(({ host }) => host)])];
}

function cookie(category: Category, { name, host, days, purpose, thirdParty }: Cookie): Json {
  return {
    id: name,
    Name: name,
    Host: host,
    IsSession: days === 0,
    Length: String(days),
    DurationType: 1,
    description: purpose,
    category: category.id,
    isThirdParty: thirdParty,
    patternKey: name.endsWith('*') ? name : null,
  };
}

/** Rich text without its markup. */
export function plain(parts: Rich): string {
  return parts.map((part) => (typeof part === 'string' ? part : plain(part.parts))).join('');
}
