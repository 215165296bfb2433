"""What Google's tags are told at once: by region what its rule allows, elsewhere what everybody allows."""

import json

import pytest
from msgspec.structs import replace

from placet.api.http.static_files import pack
from placet.api.web.google import Default, defaults, google_script
from placet.settings.purposes import Status
from placet.settings.regions import Model, Rule
from placet.settings.site import Publication
from tests.api.web.test_site_data import published

MAPPED = {"ad_storage": "C0004", "ad_user_data": "C0004", "analytics_storage": "C0002", "functionality_storage": "DNAC"}
EU = Rule("eu", "Europe", "bottom", places=("DE", "FR"), default=True, consent_mode=MAPPED)
US = Rule(
    "us", "California", "bottom", places=("US-CA",), model=Model.OPT_OUT, signals_off=("C0004",), consent_mode=MAPPED
)
WORLD = Rule("world", "World", "bottom", places=("*",), model=Model.OPT_OUT, consent_mode=MAPPED)
OPEN = ("ad_storage", "ad_user_data", "analytics_storage")


def under(*rules: Rule) -> Publication:
    publication = published().publication
    return replace(publication, site=replace(publication.site, rules=rules))


@pytest.mark.parametrize(("rules", "told"), [
    ((EU,), (Default(), Default(("DE", "FR")))),
    ((EU, US), (Default(), Default(("DE", "FR")), Default(("US-CA",), OPEN, ("ad_storage", "ad_user_data")))),
    # Who cannot be placed falls under Europe, so the rest of the world gets no more than that.
    ((EU, WORLD), (Default(), Default(("DE", "FR")))),
    ((replace(EU, default=False), replace(WORLD, default=True)), (Default((), OPEN), Default(("DE", "FR")))),
    ((replace(EU, statuses={"C0002": Status.ALWAYS_ACTIVE}),),
     (Default((), ("analytics_storage",)), Default(("DE", "FR"), ("analytics_storage",)))),
    ((replace(EU, consent_mode={"ad_storage": "C0099"}, model=Model.NOTICE_ONLY),), (Default(), Default(("DE", "FR")))),
])  # fmt: skip
def test_each_region_is_told_what_holds_before_anybody_speaks(
    rules: tuple[Rule, ...], told: tuple[Default, ...]
) -> None:
    assert defaults(under(*rules)) == told


def test_short_names_are_spelled_out() -> None:
    _, europe = defaults(under(replace(EU, places=("EEA",))))
    assert len(europe.region) > 30 and "DE" in europe.region


def test_the_script_carries_the_table() -> None:
    script = google_script(pack(b'run(JSON.parse("%DEFAULTS%"))'), under(EU, US)).plain.decode()
    table = json.loads(json.loads(script.removeprefix("run(JSON.parse(").removesuffix("))")))
    assert table[2] == {"region": ["US-CA"], "granted": list(OPEN), "gpc": ["ad_storage", "ad_user_data"]}
