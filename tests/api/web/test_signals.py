"""What a page is told of consent strings: who speaks, over which vendors, in which words."""

from datetime import datetime

import pytest
from msgspec import json

from placet.api.web.signals import mark, rules_file, signals_part, vendor_file, vendor_texts
from placet.api.web.site_data import site_data, view_of
from placet.consent.rules.framework import Framework
from placet.formats.lists.library import bundled_vendor_lists
from placet.settings.iab import Basis, IabSetting, RestrictionSetting
from placet.settings.regions import Place
from tests.api.web.test_site_data import NOW, published, view

DAY = 86_400_000


def framework(**setting: object) -> Framework:
    """A site's part, over the bundled lists."""
    return Framework(IabSetting(**{"vendors": (2, 8, 755), **setting}), bundled_vendor_lists())


def test_rules_are_small_and_say_who_declares_what():
    said = json.decode(rules_file(framework(google_providers=(89,)), NOW))
    assert said["vendors"][1] == [8, 0b1101, 0b111000010, 0b100000010, 0b11, 0b11, 0]
    assert (said["list"], said["policy"], said["google"]) == (45, 4, [89])
    assert len(rules_file(framework(vendors=(), all_vendors=True), NOW)) < 32_000


def test_restrictions_are_spelled_out_for_those_who_are_shown():
    said = framework(
        restrictions=(RestrictionSetting(2, Basis.NOT_AT_ALL), RestrictionSetting(7, Basis.CONSENT, (2, 9)))
    )
    assert json.decode(rules_file(said, NOW))["restrictions"] == [[2, 0, [2, 8, 755]], [7, 1, [2]]]


def test_vendors_that_have_left_are_not_shown():
    gone = bundled_vendor_lists().vendors.deleted(bundled_vendor_lists().vendors.updated)
    shown = json.decode(rules_file(framework(vendors=(), all_vendors=True), NOW))["vendors"]
    assert gone and gone.highest not in {row[0] for row in shown}


def test_a_file_is_known_by_what_it_says():
    one, other = framework(), framework(vendors=(2, 8))
    assert mark(rules_file(one, NOW)) == mark(rules_file(one, NOW + DAY)) != mark(rules_file(other, NOW))
    seen = view("FR")
    assert seen.ruling.framework is not None
    spoken = {mark(vendor_file(seen.ruling, seen.ruling.framework, language, NOW)) for language in ("en", "de")}
    assert len(spoken) == 2


def test_words_are_in_the_persons_language_and_addresses_too():
    said = vendor_texts(view("FR").ruling, framework(google_providers=(89,)), "fr", NOW)
    assert said["words"]["object"] == "S’opposer"
    assert said["examples"]["IAB2V2_1"][0].startswith("La plupart")
    google = next(row for row in said["vendors"] if row["id"] == 755)
    assert google["privacy"].startswith("https://") and google["days"] == 548 and google["by"][3] == 180
    assert said["google"][0][:2] == [89, "Facebook"]


@pytest.mark.parametrize(("country", "region", "parts"), [("FR", "", {"iab"}), ("US", "CO", {"us"}), ("DE", "", set())])
def test_each_rule_speaks_its_own(country, region, parts):
    seen = view(country, region)
    assert set(signals_part(seen.ruling, seen.publication.app_id, "en", NOW)) == parts


def test_a_first_screen_names_purposes_and_partners():
    text = site_data(view("FR", language="en"), None)["banner"]["text"]
    assert "Store and/or access information on a device" in text[-1]["parts"][0]["parts"][0]
    assert text[-1]["parts"][-1] == {"tag": "button", "parts": ["Partners (7)"]}
    assert site_data(view("DE", language="en"), None)["banner"]["text"][-1] == "."


def test_every_count_of_partners_is_that_of_the_list():
    seen = view_of(published(name="partners"), Place("FR"), "en", NOW)
    assert seen.ruling.framework is not None
    listed = vendor_texts(seen.ruling, seen.ruling.framework, "en", NOW)
    total = sum(len(listed[each]) for each in ("vendors", "google", "general"))
    said = site_data(seen, None)
    assert seen.text({"en": "our [VENDOR_NUMBER] partners"}) == f"our {total} partners"
    assert said["banner"]["text"][-1]["parts"][-1]["parts"] == [f"Partners ({total})"]
    assert signals_part(seen.ruling, seen.publication.app_id, "en", NOW)["iab"]["partners"] == total == 8


def test_a_partner_who_leaves_is_counted_until_then():
    made = framework(vendors=(), all_vendors=True)
    days = sorted(each.deleted_date for each in made.list.vendors.values() if isinstance(each.deleted_date, datetime))
    last = int(days[-1].timestamp() * 1000)
    assert made.partners(last - DAY) == made.partners(last) + days.count(days[-1])


def test_a_text_in_another_language_says_which():
    named, _, button = site_data(view("FR", language="ar"), None)["banner"]["text"][-1]["parts"]
    assert named["lang"] == "en" and "lang" not in button
    said = {group["id"]: group for group in site_data(view("FR", language="de"), None)["groups"]}
    assert "nameLang" not in said["C0002"] and said["C0002"]["textLang"] == said["BG1"]["nameLang"] == "en"
    assert said["C0002"]["cookies"][0]["lang"] == "en" and "textLang" not in said["C0003"]
    assert not any("Lang" in key for group in site_data(view("DE", language="en"), None)["groups"] for key in group)


def test_purposes_are_asked_about_only_under_the_framework():
    kinds = {group["kind"] for group in site_data(view("FR"), None)["groups"]}
    assert {"IAB2V2_PURPOSE", "IAB2V2_STACK", "IAB2V2_FEATURE"} < kinds
    assert not any(group["kind"].startswith("IAB") for group in site_data(view("DE"), None)["groups"])
