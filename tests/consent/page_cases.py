"""Cases for the page's own strings: what the server makes of a press, written down for every other language.

`python -m tests.consent.page_cases` writes `vectors/vendors.jsonl` and `vectors/us.jsonl` anew.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from placet.api.web.signals import iab_part, rules, us_part
from placet.consent.choices.apply_interaction import StatedChoices, apply_interaction
from placet.consent.choices.vendor_choices import VendorChoices, after_interaction
from placet.consent.rules.effective_rule import NO_CHOICES, Choices, EffectiveRule
from placet.consent.rules.framework import Framework, moment
from placet.consent.rules.published import Published
from placet.consent.strings.strings import tc_choices, us_strings_key
from placet.consent.strings.us_strings import us_strings
from placet.formats import additional
from placet.formats.additional import AdditionalConsent
from placet.formats.gpp.us_layouts import US_SECTIONS
from placet.formats.ids import Ids
from placet.formats.tcf import tcf
from placet.formats.tcf.compose import compose
from placet.settings.iab import Basis, IabSetting, Mspa, RestrictionSetting, UsSetting
from placet.settings.interactions import INTERACTIONS
from placet.settings.regions import RejectAll
from placet.settings.site import Publication, Stage
from tests.consent.sites import a_rule, a_site, category

VECTORS = Path(__file__).parents[2] / "vectors"
ALL_SECTIONS = tuple(each.prefix for each in US_SECTIONS.values())
NOW = 1_795_300_000_000
FEW = (2, 8, 25, 755)
MANY = tuple(range(1, 90))
SITES = {
    "four vendors": IabSetting(300, 7, "DE", FEW, google_providers=(89, 108)),
    "ninety vendors with stacks": IabSetting(300, 7, "FR", MANY, stacks=(2, 42), special_purpose_interest=True),
    "restrictions": IabSetting(
        300,
        7,
        "NL",
        MANY,
        restrictions=(
            RestrictionSetting(2, Basis.NOT_AT_ALL, (2, 8, 12)),
            RestrictionSetting(7, Basis.CONSENT),
            RestrictionSetting(8, Basis.INTEREST),
            RestrictionSetting(3, Basis.INTEREST),
            RestrictionSetting(2, Basis.NOT_AT_ALL, (13, 14, 15)),
        ),
    ),
    "own purposes": IabSetting(300, 7, "AA", FEW, custom_purposes=("C0003", "C0002")),
    "purpose one not shown": IabSetting(300, 7, "DE", FEW, purpose_one_treatment=True, purposes=(1, 2, 3)),
}
STATED: dict[str, dict[str, Any]] = {
    "single purposes": {"groups": {"IAB2V2_1": True, "IAB2V2_2": True, "ISF2V2_1": True, "C0003": True}},
    "a vendor refused": {"groups": {"IAB2V2_1": True, "IAB2V2_3": True}, "iab_vendors": {"2": False, "8": True}},
    "objections": {"legitimate": {"IAB2V2_7": False, "IAB2V2_2": False}, "iab_vendors_legitimate": {"8": False}},
    "every interest objected to": {"legitimate": {f"IAB2V2_{each}": False for each in range(2, 12)}},
    "a provider": {"groups": {"IAB2V2_1": True}, "google_vendors": {"89": False, "1": True}},
}
PRESSES = (
    *(("BANNER_ALLOW_ALL", how, "") for how in ("new", "held")),
    *(("BANNER_REJECT_ALL", how, "") for how in ("new", "held", "objecting")),
    ("BANNER_CLOSE", "held", ""),
    ("BANNER_CONTINUE_WITHOUT_ACCEPTING", "held", ""),
    *(("PREFERENCE_CENTER_CONFIRM", how, said) for said in STATED for how in ("new", "held", "all refused")),
    *(("PREFERENCE_CENTER_CONFIRM", how, "single purposes") for how in ("off", "all objected")),
)
HELD = VendorChoices(Ids.of([2]), Ids.of([2, 8]), Ids.of([89]))
SAID = Choices(groups={"IAB2V2_1": 1, "IAB2V2_2": 1}, legitimate={"IAB2V2_7": 1})
"""The answers about purposes in the string that came."""

STRINGS = {
    "new": (None, NO_CHOICES),
    "held": (HELD, NO_CHOICES),
    "objecting": (None, NO_CHOICES),
    "all refused": (VendorChoices(), SAID),
    "off": (VendorChoices(), Choices(groups={"IAB2V2_1": 0}, legitimate={"IAB2V2_7": 0})),
    "all objected": (VendorChoices(), Choices(groups={}, legitimate={"IAB2V2_7": 1})),
}
"""What came along: the vendors in the string, and its purposes."""

EFFECTS = {"GRANT": "grant", "REFUSE": "refuse", "DEFAULT": "default", "DECLINE": "decline", "STATE": "state"}


def ruling_of(setting: IabSetting) -> EffectiveRule:
    """A site with that part in the framework, under its European rule."""
    own = (category("C0001"), category("C0002"), category("C0003"))
    site = a_site(rules=(a_rule(template="IAB2V2"),), categories=own, iab=setting)
    published = Published(Publication(site, Stage.PRODUCTION, 1, "202611.1.0", 1, "tests", "hash"))
    return published.rules["eu"]


def rows() -> Iterator[dict[str, Any]]:
    """Every site with every press."""
    for (name, setting), (interaction, how, said) in product(SITES.items(), PRESSES):
        yield row(f"{name}: {interaction}, {how} {said}".strip(), setting, interaction, how, STATED.get(said, {}))


def row(name: str, setting: IabSetting, interaction: str, how: str, stated: dict[str, Any]) -> dict[str, Any]:
    """One press, and what it came to."""
    rule = ruling_of(setting)
    framework = rule.framework
    assert framework is not None
    said, pressing = StatedChoices(**stated), INTERACTIONS[interaction]
    held, told = STRINGS[how]
    choices = apply_interaction(rule, rule.default_choices, pressing, said)
    objects = RejectAll.OBJECT if how == "objecting" else RejectAll.KEEP_LEGITIMATE_INTEREST
    vendors = after_interaction(framework, pressing, said, held, choices, objects, told)
    return {
        "name": name,
        "why": "the server's vendor_choices and tcf_rules",
        "rules": rules(framework, NOW),
        "iab": iab_part(rule, framework, "", "de", NOW),
        "language": "de",
        "groups": [{"id": each.id, "kind": each.kind.value} for each in rule.site.categories],
        "now": NOW,
        "effect": EFFECTS[pressing.effect.name],
        "objects": how == "objecting",
        "held": held and as_lists(held),
        "said": {"groups": told.groups, "legitimate": told.legitimate},
        "stated": stated,
        "choices": {"groups": choices.groups, "legitimate": choices.legitimate},
        "value": {**as_lists(vendors), "tc": tc_text(framework, choices, vendors), "ac": ac_text(framework, vendors)},
    }


def tc_text(framework: Framework, choices: Choices, vendors: VendorChoices) -> str:
    """The string of these answers."""
    wanted = tc_choices(framework, choices, vendors)
    return tcf.encode(compose(wanted, framework.shown("de"), framework.edition(NOW), framework.maker, moment(NOW)))


def ac_text(framework: Framework, vendors: VendorChoices) -> str:
    """The AC string of these answers."""
    shown = tuple(framework.google - vendors.google)
    return additional.encode(AdditionalConsent(tuple(vendors.google), shown)) if framework.google else ""


def as_lists(vendors: VendorChoices) -> dict[str, list[int]]:
    """Vendors as plain lists."""
    return {name: list(getattr(vendors, name)) for name in ("consents", "interests", "google")}


LAWS = {
    "national, Colorado and the old string": UsSetting(
        ("usnat", "usco", "uspv1"), usp=True, sale=("C0004",), targeted_advertising=("C0004", "C0005")
    ),
    "every section": UsSetting(ALL_SECTIONS, sale=("C0004",), sharing=("C0003",), targeted_advertising=("C0005",)),
    "no notice given": UsSetting(("usca", "usva"), usp=True, sale=("C0004",), notices_given=False),
    "opt-out option": UsSetting(("usnat", "usmd"), usp=True, sharing=("C0003",), mspa=Mspa.OPT_OUT_OPTION),
    "service provider": UsSetting(("usca", "usin"), usp=True, sale=("C0004",), mspa=Mspa.SERVICE_PROVIDER),
}
ANSWERS = (
    {"C0003": 1, "C0004": 1, "C0005": 1},
    {"C0003": 1, "C0004": 0, "C0005": 1},
    {"C0003": 0, "C0004": 1, "C0005": 0},
)


def us_rows() -> Iterator[dict[str, Any]]:
    """Every law with every answer, with and without the browser's signal."""
    for (name, setting), groups, gpc in product(LAWS.items(), ANSWERS, (False, True)):
        off = tuple(
            us_strings_key(ids, Choices(groups=groups))
            for ids in (setting.sale, setting.sharing, setting.targeted_advertising)
        )
        made = us_strings(setting, *off, gpc=gpc)
        yield {
            "name": f"{name}: {groups}, {'with' if gpc else 'without'} GPC",
            "why": "the server's us_strings",
            "us": us_part(setting),
            "groups": groups,
            "gpc": gpc,
            "value": {"gpp": made.gpp, "usp": made.usp},
        }


FILES = {"vendors.jsonl": rows, "us.jsonl": us_rows}


def text(name: str) -> str:
    """A whole file."""
    return "".join(json.dumps(each, separators=(",", ":"), default=list) + "\n" for each in FILES[name]())


if __name__ == "__main__":
    for file in FILES:
        (VECTORS / file).write_text(text(file))
