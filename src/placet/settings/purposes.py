"""What can be agreed to: categories with their SDKs, vendors, and universal-consent purposes.

Every value here is frozen and describes what a company asks for; none holds personal data.
A category's `purpose_id` is what receipts and profiles are written in, because two sites may file the
same purpose under different categories.
"""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from placet.formats.web_address import ADDRESS

Texts: TypeAlias = Annotated[dict[str, str], Meta(title="texts")]
"""Language tag (BCP 47, such as `de` or `pt-BR`) to the text in that language.

The title tells whoever inspects a field's type (settings files do) that its keys are languages.
"""


DISPLAYS: Final = ("CHECKBOX", "RADIO", "DROPDOWN")
"""How clients show a custom preference."""

EXPIRES_FROM: Final = ("LAST_TRANSACTION_DATE", "CONSENT_DATE")
"""From when on the life of a universal-consent purpose counts."""

PARTNERS: Final = "[VENDOR_NUMBER]"
"""Where a text wants the number of partners, which a first screen must name (iab.md §12, 4)."""


class CategoryKind(StrEnum):
    """The display-group types of the CMP dialect (cmp-api.md §7.1, §16.1)."""

    COOKIE = "COOKIE"
    BRANCH = "BRANCH"
    IAB_PURPOSE = "IAB2V2_PURPOSE"
    IAB_STACK = "IAB2V2_STACK"
    IAB_FEATURE = "IAB2V2_FEATURE"
    IAB_SPECIAL_PURPOSE = "IAB2V2_SPL_PURPOSE"
    IAB_SPECIAL_FEATURE = "IAB2V2_SPL_FEATURE"


NOTICE_ONLY_KINDS: Final = frozenset({CategoryKind.IAB_FEATURE, CategoryKind.IAB_SPECIAL_PURPOSE})
"""Groups nobody can refuse: always 1, never changed, receipted as NO_CHOICE (cmp-api.md §10.4.4)."""

IAB_KINDS: Final = frozenset(kind for kind in CategoryKind if kind.value.startswith("IAB"))

NEVER_BY_DEFAULT: Final = frozenset(
    {CategoryKind.IAB_PURPOSE, CategoryKind.IAB_SPECIAL_FEATURE, CategoryKind.IAB_STACK}
)
"""What needs a clear action of the person whatever a rule's model says (iab.md §1.9, 1)."""


class Status(StrEnum):
    """What a rule makes of a category before the person speaks (cmp-api.md §16.2)."""

    ALWAYS_ACTIVE = "always active"
    ACTIVE = "active"
    INACTIVE = "inactive"
    INACTIVE_LANDING_PAGE = "inactive landingpage"
    ALWAYS_INACTIVE = "always inactive"

    @property
    def locked(self) -> bool:
        """True when the person cannot change it."""
        return self in (Status.ALWAYS_ACTIVE, Status.ALWAYS_INACTIVE)

    @property
    def default(self) -> int:
        """The value before any choice: 1 for on, 0 for off.

        "Landing page" has no meaning in an app: it counts as off until the first interaction.
        """
        return 1 if self in (Status.ALWAYS_ACTIVE, Status.ACTIVE) else 0


class Sdk(Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of third-party code a category switches on; `id` is a GUID unique in the organisation."""

    id: str
    name: str
    description: Texts = {}


class Cookie(Struct, frozen=True, forbid_unknown_fields=True):
    """A cookie a category sets, as the policy lists it; it is deleted when the category loses consent.

    `name` may end in `*`, which stands for any ending; `life_days` 0 is until the browser closes.
    """

    name: str
    host: str = ""
    life_days: int = 0
    description: Texts = {}
    third_party: bool = False


class Category(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person toggles: a cookie or SDK group, or an IAB purpose, stack or feature.

    `id` is the group id (`C0002`, `BG12`, `IAB2V2_1`); `parent` the group id above it, or empty. Two
    levels only. `legitimate_interest` says that a second toggle, for that legal basis, exists. `hosts` are the
    addresses (`stats.example`, or with the start of a path) whose tags a web page holds back until consent.
    """

    id: str
    name: Texts
    purpose_id: str
    kind: CategoryKind = CategoryKind.COOKIE
    parent: str = ""
    description: Texts = {}
    legal: Texts = {}
    sdks: tuple[Sdk, ...] = ()
    vendors: tuple[str, ...] = ()
    legitimate_interest: bool = False
    cookies: tuple[Cookie, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def consentable(self) -> bool:
        """True unless the group only informs."""
        return self.kind not in NOTICE_ONLY_KINDS


class GeneralVendor(Struct, frozen=True, forbid_unknown_fields=True):
    """A partner outside the IAB and Google lists; `id` is its short id (`V1`), `guid` its lasting one."""

    id: str
    guid: str
    name: str
    description: Texts = {}
    policy_url: Annotated[str, Meta(extra_json_schema={"pattern": ADDRESS})] = ""
    sdks: tuple[str, ...] = ()


class Option(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer inside a custom preference."""

    id: str
    label: Texts
    default: bool = False


class CustomPreference(Struct, frozen=True, forbid_unknown_fields=True):
    """A question below a universal-consent purpose, such as "how often?"."""

    id: str
    name: Texts
    options: tuple[Option, ...]
    description: Texts = {}
    display_as: Annotated[str, Meta(extra_json_schema={"enum": DISPLAYS})] = "CHECKBOX"


class UniversalPurpose(Struct, frozen=True, forbid_unknown_fields=True):
    """A purpose outside cookies and SDKs, such as a newsletter (cmp-api.md §9).

    `life_days` is how long consent lasts, 0 for ever; `expires_from` where that time starts.
    """

    id: str
    label: Texts
    description: Texts = {}
    detail: Texts = {}
    version: int = 1
    life_days: int = 0
    expires_from: Annotated[str, Meta(extra_json_schema={"enum": EXPIRES_FROM})] = "LAST_TRANSACTION_DATE"
    attributes: dict[str, tuple[str, ...]] = {}
    preferences: tuple[CustomPreference, ...] = ()


def said_in(texts: Texts, language: str, fallback: str) -> str:
    """The text in `language`, else in its base language, else in `fallback`, else in any; empty if there is none."""
    return texts.get(heard_in(texts, language, fallback), "")


def heard_in(texts: Texts, language: str, fallback: str) -> str:
    """The tag of the text that `said_in` finds; empty if there is none."""
    for tag in (language, language.partition("-")[0], fallback):
        if tag in texts:
            return tag
    return next(iter(texts), "")
