"""A small shop to decide about: its sites, its visitors, and the buttons they press."""

from typing import Any, Final

from placet.consent.choices.apply_interaction import AgeGate, StatedChoices
from placet.consent.context import ConsentStatus, Decision, InteractionInput, RequestContext
from placet.consent.decide import evaluate_consent, record_choice
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Profile
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.effective_rule import EffectiveRule
from placet.formats.onetrust.consent_string import DeviceState
from placet.settings.interactions import INTERACTIONS
from placet.settings.notices import Notice, Screen
from placet.settings.purposes import (
    Category,
    CategoryKind,
    CustomPreference,
    GeneralVendor,
    Option,
    Sdk,
    Status,
    UniversalPurpose,
)
from placet.settings.regions import Model, Place, Rule
from placet.settings.site import Channel, ConsentGroup, Publication, Site, Stage

NOW: Final = 1_772_619_330_000
DAY: Final = 86_400_000
MINUTE: Final = 60_000
GERMANY: Final = Place("DE", "BE")
SHARED: Final = ConsentGroup("c2a70000-0000-4000-8000-000000000001", "shops", override=True)
STATUSES: Final = {"C0001": Status.ALWAYS_ACTIVE}


def category(id: str, *sdks: str, **more: Any) -> Category:
    """A category whose purpose is named after it."""
    return Category(
        id=id,
        name={"en": id},
        purpose_id=more.pop("purpose_id", f"purpose-{id}".lower()),
        sdks=tuple(Sdk(sdk, sdk) for sdk in sdks),
        **more,
    )


NEWSLETTER: Final = UniversalPurpose(
    "news",
    {"en": "Newsletter"},
    preferences=(CustomPreference("how", {}, (Option("daily", {}), Option("weekly", {}))),),
)

CATEGORIES: Final = (
    category("C0001", "s-core"),
    category("C0002", "s-count", "s-crash"),
    category("C0004", "s-ads", vendors=("V1",), legitimate_interest=True),
    category("BG1", kind=CategoryKind.BRANCH),
    category("C0003", parent="BG1"),
    category("C0005", parent="BG1"),
    category("IFE2V2_1", kind=CategoryKind.IAB_FEATURE),
)
"""What the shop asks for: necessary, measurement, advertising, and a bundle of comfort and social media."""


def a_rule(**more: Any) -> Rule:
    """An opt-in rule for everywhere, with necessary things always on."""
    statuses = STATUSES | more.pop("statuses", {})
    return Rule(**({"id": "eu", "name": "Europe", "notice": "n", "default": True, "statuses": statuses} | more))


def a_site(*, rules: tuple[Rule, ...] = (), **more: Any) -> Site:
    """The shop's app."""
    return Site(
        **(
            {
                "id": "app",
                "app_id": "7f6c2a10-5b1e-4c8d-9a34-0d2f8e61b7c5",
                "organisation": "0a0b0000-0000-4000-8000-00000000000a",
                "workspace": "shop",
                "name": "Shop",
                "channel": Channel.MOBILE,
                "languages": ("en", "de"),
                "categories": CATEGORIES,
                "rules": rules or (a_rule(),),
                "notices": {"n": Notice("n", Screen({}, {}), Screen({}, {}))},
                "vendors": (GeneralVendor("V1", "guid-v1", "Ads Inc"),),
                "universal": (NEWSLETTER,),
                "group": SHARED,
            }
            | more
        )
    )


def a_ruling(
    categories: tuple[Category, ...] = CATEGORIES, *, site: dict[str, Any] | None = None, **rule: Any
) -> EffectiveRule:
    """The shop, or one with other categories, under one rule."""
    ruled = a_rule(**rule)
    return EffectiveRule(a_site(rules=(ruled,), categories=categories, **(site or {})), ruled)


def a_publication(site: Site, **more: Any) -> Publication:
    """The site as published."""
    given = {"stage": Stage.PRODUCTION, "number": 1, "version": "202606.1.0", "published_at": NOW - 90 * DAY}
    return Publication(site=site, published_by="us", content_hash="abc", **(given | more))


def pressing(name: str, *, age: AgeGate | None = None, explicit_only: bool = False, **stated: Any) -> InteractionInput:
    """A pressed button, with what the body states."""
    return InteractionInput(INTERACTIONS[name], StatedChoices(**stated), age, explicit_only)


class Device:
    """An app on somebody's device: it sends back what it was given, as apps do.

    Profiles live on the shelf that devices share, by consent group and identifier.
    """

    def __init__(self, rule: EffectiveRule | None = None, published_settings: dict[str, Profile] | None = None) -> None:
        self.ruling = rule or a_ruling()
        self.shelf = {} if published_settings is None else published_settings
        self.memory = DeviceState()
        self.name = ""
        self.publication = a_publication(self.ruling.site)
        self.place = GERMANY
        self.signals = ReceiptSignals()
        self.receipts = 0

    def login(self, name: str) -> None:
        """From now on the person proves who they are."""
        self.name = name

    def call(self, now: int) -> RequestContext:
        """What the next call brings."""
        person = Person(self.name or self.memory.person or "device-id", known=bool(self.name))
        return RequestContext(
            self.publication, self.ruling, person, self.memory, self.place, now, "en", self.signals, bool(self.name)
        )

    def profile(self) -> Profile | None:
        """What is kept of the person."""
        return self.shelf.get(self.name)

    def launch(self, now: int = NOW) -> ConsentStatus:
        """The app starts and asks whether it must ask."""
        stand = evaluate_consent(self.call(now), self.profile())
        self.memory = stand.device_state
        return stand

    def press(self, button: str | InteractionInput, now: int = NOW, **more: Any) -> Decision:
        """The person presses a button; the answer is stored as apps store it."""
        pressed = button if isinstance(button, InteractionInput) else pressing(button, **more)
        self.receipts += 1
        settled = record_choice(self.call(now), pressed, self.profile(), f"receipt-{now}-{self.receipts}", "pseudonym")
        self.memory = settled.status.device_state
        if settled.profile is not None:
            self.shelf[self.name] = settled.profile
        return settled

    def sync(self, now: int = NOW) -> Decision:
        """The app sends the login."""
        return self.press("SYNC_PROFILE", now)


def with_model(model: Model, **more: Any) -> EffectiveRule:
    """The shop under a consent model."""
    return a_ruling(model=model, **more)


def on(answers: dict[str, int]) -> set[str]:
    """The ids that are on."""
    return {id for id, value in answers.items() if value}
