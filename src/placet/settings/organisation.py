"""An organisation's settings as its team writes them, before any of them is published."""

from typing import Annotated
from uuid import UUID, uuid5

from msgspec import Meta, Struct

from placet.formats.crypto.signatures import ALGORITHMS
from placet.settings.connections import ConnectionSetting, DestinationSetting, PageDestinationSetting, SourceSetting
from placet.settings.iab import IabSetting
from placet.settings.identity_strategy import IdentitySetting
from placet.settings.notices import Notice
from placet.settings.purposes import Category, CategoryKind, Cookie, GeneralVendor, Sdk, Texts, UniversalPurpose
from placet.settings.regions import Rule
from placet.settings.site import Channel, ConsentGroup, CookieManner, Site


class Purpose(Struct, frozen=True, forbid_unknown_fields=True):
    """Why data may be used, shared by all workspaces; `guid` is its lasting id in receipts and profiles."""

    id: str
    name: Texts
    guid: str = ""
    description: Texts = {}


class CategorySetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A category as written: like `Category`, but its purpose is named, not spelled out."""

    id: str
    name: Texts
    purpose: str = ""
    kind: CategoryKind = CategoryKind.COOKIE
    parent: str = ""
    description: Texts = {}
    legal: Texts = {}
    sdks: tuple[Sdk, ...] = ()
    vendors: tuple[str, ...] = ()
    legitimate_interest: bool = False
    cookies: tuple[Cookie, ...] = ()
    hosts: tuple[str, ...] = ()


class SiteSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A site as written. No `languages` or `categories` means all of the workspace's, as does None for the others."""

    id: str
    app_id: str
    name: str
    channel: Channel = Channel.WEB
    rules: str = ""
    origins: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    universal: tuple[str, ...] | None = None
    vendors: tuple[str, ...] | None = None
    token_required: bool = False
    keep_identifiers: bool = False
    trusts_identifiers: bool = False
    iab: IabSetting | None = None
    cookies: CookieManner = CookieManner()
    host_switches: bool = False


class RuleSet(Struct, frozen=True, forbid_unknown_fields=True):
    """A named list of region rules that sites refer to."""

    id: str
    rules: tuple[Rule, ...]


class Workspace(Struct, frozen=True, forbid_unknown_fields=True):
    """One brand: its languages (the first is the default), what it asks for, who asks, and where events go."""

    id: str
    name: str
    languages: tuple[str, ...]
    categories: tuple[CategorySetting, ...] = ()
    vendors: tuple[GeneralVendor, ...] = ()
    universal: tuple[UniversalPurpose, ...] = ()
    notices: tuple[Notice, ...] = ()
    region_rules: tuple[RuleSet, ...] = ()
    sites: tuple[SiteSetting, ...] = ()
    sources: tuple[SourceSetting, ...] = ()
    destinations: tuple[DestinationSetting, ...] = ()
    connections: tuple[ConnectionSetting, ...] = ()
    identity: IdentitySetting = IdentitySetting()
    iab: IabSetting | None = None
    page_destinations: tuple[PageDestinationSetting, ...] = ()


class GroupSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A consent group as written: which sites (`workspace/site`) share a profile, the override toggle, the notice."""

    id: str
    name: str
    sites: tuple[str, ...]
    guid: str = ""
    override: bool = False
    sync_notice: bool = False


class KeySetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that proves a person's identity to us, fixed to one algorithm.

    `secret` (HS*) or `public_key` (PEM or JWK) holds the key, or says where: `env:NAME`, `file:PATH`.
    Keys with `active: false` are refused; several active keys allow rotation.
    """

    id: str
    algorithm: Annotated[str, Meta(extra_json_schema={"enum": tuple(ALGORITHMS)})]
    secret: str = ""
    public_key: str = ""
    active: bool = True


class Organisation(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of one company's settings; `id` is the tenant GUID clients send.

    `language` is the one its own texts (those outside any workspace) are written in first.
    """

    id: str
    name: str
    language: str = "en"
    purposes: tuple[Purpose, ...] = ()
    workspaces: tuple[Workspace, ...] = ()
    consent_groups: tuple[GroupSetting, ...] = ()
    keys: tuple[KeySetting, ...] = ()


def lasting_id(organisation: Organisation, *path: str) -> str:
    """A GUID for something that was not given one: the same path always gets the same."""
    return str(uuid5(UUID(organisation.id), "/".join(path)))


def purpose_guid(organisation: Organisation, workspace: Workspace, category: CategorySetting) -> str:
    """The lasting purpose id of a category: its named purpose's, else one made from its own place."""
    for purpose in organisation.purposes:
        if purpose.id == category.purpose:
            return purpose.guid.lower() or lasting_id(organisation, "purpose", purpose.id)
    return lasting_id(organisation, "workspace", workspace.id, "category", category.id)


def seal_category(organisation: Organisation, workspace: Workspace, setting: CategorySetting) -> Category:
    """The category as decisions see it, with its purpose spelled out."""
    return Category(
        id=setting.id,
        name=setting.name,
        purpose_id=purpose_guid(organisation, workspace, setting),
        kind=setting.kind,
        parent=setting.parent,
        description=setting.description,
        legal=setting.legal,
        sdks=setting.sdks,
        vendors=setting.vendors,
        legitimate_interest=setting.legitimate_interest,
        cookies=setting.cookies,
        hosts=setting.hosts,
    )


def group_of(organisation: Organisation, workspace: Workspace, site: SiteSetting) -> ConsentGroup | None:
    """The consent group that lists this site, if any."""
    name = f"{workspace.id}/{site.id}"
    for group in organisation.consent_groups:
        if name in group.sites:
            guid = group.guid.lower() or lasting_id(organisation, "group", group.id)
            return ConsentGroup(id=guid, name=group.name, override=group.override, sync_notice=group.sync_notice)
    return None


def build_site(organisation: Organisation, workspace: Workspace, setting: SiteSetting) -> Site:
    """One site's settings, complete in themselves, ready to be published.

    The settings must have passed `check`: what they name exists.
    """
    rules = next(rules.rules for rules in workspace.region_rules if rules.id == setting.rules)
    chosen = frozenset(setting.categories)
    categories = tuple(c for c in workspace.categories if not chosen or c.id in chosen)
    used = {notice for rule in rules for notice in rule.notices}
    return Site(
        id=setting.id,
        app_id=setting.app_id.lower(),
        organisation=organisation.id.lower(),
        workspace=workspace.id,
        name=setting.name,
        channel=setting.channel,
        languages=setting.languages or workspace.languages,
        categories=tuple(seal_category(organisation, workspace, c) for c in categories),
        rules=rules,
        notices={notice.id: notice for notice in workspace.notices if notice.id in used},
        origins=setting.origins,
        vendors=tuple(v for v in workspace.vendors if setting.vendors is None or v.id in setting.vendors),
        universal=tuple(u for u in workspace.universal if setting.universal is None or u.id in setting.universal),
        group=group_of(organisation, workspace, setting),
        token_required=setting.token_required,
        keep_identifiers=setting.keep_identifiers,
        trusts_identifiers=setting.trusts_identifiers,
        iab=setting.iab or workspace.iab,
        cookies=setting.cookies,
        host_switches=setting.host_switches,
    )
