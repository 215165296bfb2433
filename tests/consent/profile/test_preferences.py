"""A person's standing on every purpose, as other systems read it."""

from typing import Final

import pytest

from placet.consent.profile.preferences import Preference, preferences
from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.rules.published import Published
from placet.settings.purposes import Status
from placet.settings.site import Publication, Stage
from tests.consent.sites import NOW, a_rule, a_site, category

YES: Final = Item(PurposeStatus.ACTIVE, NOW)
NO: Final = Item(PurposeStatus.OPT_OUT, NOW)


def published(**more: object) -> Published:
    """The shop, as published."""
    return Published(Publication(a_site(**more), Stage.PRODUCTION, 1, "202603.1.0", NOW, "me", "hash"))


def standings(profile: Profile, *sites: Published, now: int = NOW) -> dict[str, PurposeStatus]:
    """Where the profile stands on each purpose the sites ask for."""
    return {one.id: one.status for one in preferences(profile, sites or (published(),), now)}


def test_a_purpose_nobody_answered_has_no_consent_unless_it_is_always_active() -> None:
    found = standings(Profile())
    assert found["purpose-c0001"] is PurposeStatus.ALWAYS_ACTIVE
    assert found["purpose-c0002"] is PurposeStatus.NO_CONSENT


def test_a_purpose_one_rule_lets_people_refuse_is_not_always_active() -> None:
    lenient = a_rule(id="us", default=False, statuses={"C0001": Status.ACTIVE})
    found = standings(Profile(), published(rules=(a_rule(), lenient)))
    assert found["purpose-c0001"] is PurposeStatus.NO_CONSENT


@pytest.mark.parametrize(("item", "standing"), [(YES, PurposeStatus.ACTIVE), (NO, PurposeStatus.OPT_OUT)])
def test_an_answer_is_told_as_it_stands(item: Item, standing: PurposeStatus) -> None:
    assert standings(Profile({"p:purpose-c0002": item}))["purpose-c0002"] is standing


@pytest.mark.parametrize(
    ("item", "later", "standing"),
    [
        (Item(PurposeStatus.ACTIVE, NOW, expires=NOW + 1), 0, PurposeStatus.ACTIVE),
        (Item(PurposeStatus.ACTIVE, NOW, expires=NOW + 1), 1, PurposeStatus.EXPIRED),
        (Item(PurposeStatus.OPT_OUT, NOW, expires=NOW + 1), 1, PurposeStatus.OPT_OUT),
        (Item(PurposeStatus.ACTIVE, NOW), 10**12, PurposeStatus.ACTIVE),
    ],
)
def test_a_grant_runs_out_to_the_millisecond_and_a_refusal_never(
    item: Item, later: int, standing: PurposeStatus
) -> None:
    assert standings(Profile({"u:news": item}), now=NOW + later)["news"] is standing


def test_sites_of_a_group_are_read_as_one_and_bundles_are_left_out() -> None:
    paper = published(categories=(category("C0001"), category("C0009")))
    found = standings(Profile(), published(), paper)
    assert found["purpose-c0009"] is PurposeStatus.NO_CONSENT
    assert "purpose-bg1" not in found


def test_a_purpose_no_site_asks_for_any_more_is_still_told() -> None:
    assert standings(Profile({"p:gone": YES}))["gone"] is PurposeStatus.ACTIVE


def test_chosen_options_come_with_their_purpose() -> None:
    items = {"u:news": YES, "o:daily": YES, "o:weekly": NO}
    told = {one.id: one for one in preferences(Profile(items), [published()], NOW)}
    assert told["news"] == Preference("news", PurposeStatus.ACTIVE, NOW, options={"how": ("daily",)})
