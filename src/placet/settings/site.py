"""A published site: everything decisions about it need, in one frozen value."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from msgspec import Struct, json

from placet.formats.language_match import nearest
from placet.settings.iab import UNREGISTERED, IabSetting
from placet.settings.notices import Notice
from placet.settings.purposes import Category, GeneralVendor, Status, UniversalPurpose
from placet.settings.regions import Place, Rule, choose_rule


class Stage(StrEnum):
    """Which of the two publications: what visitors get, or what the team tries out (`-test` app ids)."""

    PRODUCTION = "production"
    TEST = "test"


class Channel(StrEnum):
    """What kind of thing asks for consent."""

    WEB = "web"
    MOBILE = "mobile"
    TV = "ctv"


class ConsentGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """Sites that share one profile. `override`: may a device's newer anonymous choice replace the profile's?

    `sync_notice`: a web page says so when the profile has changed what holds on it.
    """

    id: str
    name: str
    override: bool = False
    sync_notice: bool = False


class CookieManner(Struct, frozen=True, forbid_unknown_fields=True):
    """How a website sets the cookies that remember a choice; the usual way keeps them to the site itself.

    `cross_site`: they are also read where the site stands in somebody else's frame (`SameSite=None`, HTTPS only).
    `partitioned`: a framed site has its own for each page it is framed by. `high_priority`: a browser that must drop
    cookies drops others first. `iso_time`: their time stamp is written as ISO 8601, not in a browser's own words.
    """

    cross_site: bool = False
    partitioned: bool = False
    high_priority: bool = False
    iso_time: bool = False


class Site(Struct, frozen=True, dict=True):
    """A website or app that asks for consent, with its categories, rules, notices and consent group.

    `app_id` is the GUID clients send; `organisation` the tenant's GUID; `origins` the web origins that may
    call us from a browser. `host_switches`: in the preference centre each host of others has a switch of its own.
    `purposes of the group` are not here: a profile may know more than this site asks.
    """

    id: str
    app_id: str
    organisation: str
    workspace: str
    name: str
    channel: Channel
    languages: tuple[str, ...]
    categories: tuple[Category, ...]
    rules: tuple[Rule, ...]
    notices: dict[str, Notice]
    origins: tuple[str, ...] = ()
    vendors: tuple[GeneralVendor, ...] = ()
    universal: tuple[UniversalPurpose, ...] = ()
    group: ConsentGroup | None = None
    token_required: bool = False
    keep_identifiers: bool = False
    trusts_identifiers: bool = False
    iab: IabSetting | None = None
    cookies: CookieManner = CookieManner()
    host_switches: bool = False

    @property
    def default_language(self) -> str:
        """The language used when the person's is not published: the first one listed."""
        return self.languages[0]

    @cached_property
    def by_id(self) -> dict[str, Category]:
        """Category by group id."""
        return {category.id: category for category in self.categories}

    @cached_property
    def children(self) -> dict[str, tuple[Category, ...]]:
        """The categories below each parent, in their order."""
        parents = {category.parent for category in self.categories if category.parent}
        return {parent: tuple(c for c in self.categories if c.parent == parent) for parent in parents}

    @cached_property
    def sdk_category(self) -> dict[str, str]:
        """SDK id to the group id it belongs to."""
        return {sdk.id: category.id for category in self.categories for sdk in category.sdks}

    @cached_property
    def rule_by_id(self) -> dict[str, Rule]:
        """Rule by its id."""
        return {rule.id: rule for rule in self.rules}

    def rule_for(self, place: Place) -> Rule:
        """The rule that applies to a visitor from `place`."""
        return choose_rule(self.rules, place)

    def language_for(self, wanted: str) -> str:
        """The published language nearest to `wanted` by CLDR's rules, else the default."""
        return nearest(wanted, self.languages) or self.languages[0]

    def statuses(self, rule: Rule) -> dict[str, Status]:
        """The status of every category under `rule`, by group id."""
        return {category.id: rule.status(category) for category in self.categories}


class Publication(Struct, frozen=True, dict=True):
    """A site's settings, sealed: number, content hash, and since when everyone must be asked again.

    `number` counts up within a site and stage; `version` is the `YYYYMM.n.m` clients see;
    `published_at` and `reconsent_at` are epoch milliseconds (0 = never asked for re-consent);
    `content_hash` is the SHA-256, in hex, of the site's canonical JSON.
    """

    site: Site
    stage: Stage
    number: int
    version: str
    published_at: int
    published_by: str
    content_hash: str
    reconsent_at: int = 0

    @property
    def app_id(self) -> str:
        """The id clients send: the site's, with `-test` behind it for the test publication."""
        return self.site.app_id + "-test" if self.stage is Stage.TEST else self.site.app_id


def depending_on_place(sites: Iterable[Site]) -> tuple[str, ...]:
    """The names of sites whose rules differ from place to place."""
    return tuple(site.name for site in sites if any(rule.by_place for rule in site.rules))


def unheard(sites: Iterable[Site]) -> tuple[str, ...]:
    """The sites (`workspace/site`) that write TC strings without a registered platform behind them."""
    speaking = (site for site in sites if site.iab is not None and any(rule.iab for rule in site.rules))
    silent = (f"{each.workspace}/{each.id}" for each in speaking if each.iab and each.iab.cmp_id == UNREGISTERED)
    return tuple(dict.fromkeys(silent))


def canonical(site: Site) -> bytes:
    """The one spelling of a site's settings, over which its hash is taken: JSON with sorted keys."""
    return json.encode(site, order="deterministic")


def content_hash(site: Site) -> str:
    """SHA-256 of the canonical settings, in hex."""
    return sha256(canonical(site)).hexdigest()
