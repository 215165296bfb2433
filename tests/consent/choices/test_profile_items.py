"""Answers as a profile keeps them, purpose by purpose, and back as a site asks them."""

from typing import Any

import pytest
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import StatedChoices, apply_interaction
from placet.consent.choices.profile_items import answers_of, items_of, string_items, sync_state, told_by
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.banner import Sync
from placet.consent.rules.effective_rule import NO_CHOICES, Choices, EffectiveRule, recall
from placet.settings.interactions import INTERACTIONS
from placet.settings.regions import Model
from tests.consent.sites import DAY, MINUTE, NOW, a_ruling, category, with_model

YES, NO = Item(PurposeStatus.ACTIVE, NOW), Item(PurposeStatus.OPT_OUT, NOW)


def said(name: str, rule: EffectiveRule | None = None, *, explicit_only: bool = False, **stated: Any) -> set[str]:
    """The ids that a press answers, by dimension of the shop."""
    rule = rule or a_ruling(att_categories=("C0004",))
    before, row = recall(rule, NO_CHOICES), INTERACTIONS[name]
    after = apply_interaction(rule, before, row, StatedChoices(**stated))
    answers = answers_of(rule, row, before, after, StatedChoices(**stated), explicit_only=explicit_only)
    return set(items_of(rule, answers, NOW, NOW))


PURPOSES = {"p:purpose-c0002", "p:purpose-c0003", "p:purpose-c0004", "p:purpose-c0005"}
EVERYTHING = PURPOSES | {"l:purpose-c0004"}
"""SDKs and vendors that only follow have no items of their own."""
BUNDLED = {"p:purpose-c0003", "p:purpose-c0005"}


@pytest.mark.parametrize(
    ("name", "more", "answered"),
    [
        ("BANNER_ALLOW_ALL", {}, EVERYTHING),
        ("BANNER_REJECT_ALL", {}, EVERYTHING),
        ("BANNER_ALLOW_ALL", {"explicit_only": True}, EVERYTHING),
        ("PREFERENCE_CENTER_CONFIRM", {"groups": {"C0002": True}}, EVERYTHING),
        ("PREFERENCE_CENTER_CONFIRM", {"groups": {"C0002": True}, "explicit_only": True}, {"p:purpose-c0002"}),
        ("PREFERENCE_CENTER_CONFIRM", {"groups": {"C0002": False}, "explicit_only": True}, {"p:purpose-c0002"}),
        ("PREFERENCE_CENTER_CONFIRM", {"groups": {"BG1": False}, "explicit_only": True}, BUNDLED),
        ("PREFERENCE_CENTER_CONFIRM", {"bulk": {"purposes": False}, "explicit_only": True}, PURPOSES),
        ("PREFERENCE_CENTER_CONFIRM", {"sdks": {"s-ads": True}, "explicit_only": True},
         {"p:purpose-c0004"}),
        ("PREFERENCE_CENTER_CONFIRM", {"sdks": {"s-crash": True}, "explicit_only": True}, {"s:s-crash"}),
        ("PREFERENCE_CENTER_CONFIRM", {"groups": {"C0404": True}, "explicit_only": True}, set()),
        ("UC_PREFERENCE_CENTER_CONFIRM", {"universal": {"news": False}}, {"u:news"}),
        ("UC_PREFERENCE_CENTER_CONFIRM", {"groups": {"C0002": True}}, set()),
        ("UC_PREFERENCE_CENTER_CONFIRM", {"bulk": {"ucp": True}}, {"u:news"}),
        ("ATT_OPTOUT", {}, {"p:purpose-c0004"}),
        ("SDK_LIST_REJECT_ALL", {}, {"s:s-count", "s:s-crash", "s:s-ads"}),
        ("VENDOR_LIST_ALLOW_ALL", {}, {"v:guid-v1"}),
        ("AGEGATE_RANGE", {}, set()),
        ("PREFERENCE_CENTER_CLOSE", {}, set()),
    ],
)  # fmt: skip
def test_what_a_press_answers(name: str, more: dict[str, Any], answered: set[str]) -> None:
    assert said(name, **more) == answered


def test_of_two_categories_of_one_purpose_the_stricter_answer_is_kept() -> None:
    rule = a_ruling((category("A", purpose_id="ads"), category("B", purpose_id="ads")))
    for groups in ({"A": 1, "B": 0}, {"A": 0, "B": 1}):
        assert items_of(rule, Choices(groups=groups), NOW, NOW) == {"p:ads": NO}


MIXED = Choices({"C0002": 1, "C0004": 0}, {"C0004": 0}, {"s-count": 1, "s-crash": 0}, {"V1": 0}, {"news": 1})


def test_a_profile_is_read_back_as_it_was_written() -> None:
    rule = a_ruling()
    told = told_by(rule, Profile(items_of(rule, MIXED, NOW, NOW), NOW), NOW)
    assert recall(rule, told) == recall(rule, MIXED)
    assert told == replace(MIXED, sdks={"s-crash": 0}, vendors={}), "only what stands apart from its category is kept"


def test_an_sdk_goes_with_the_purpose_that_a_site_uses_it_for() -> None:
    here, there = a_ruling(), a_ruling((category("C0009", "s-ads", purpose_id="else"),))
    everything = apply_interaction(here, recall(here, NO_CHOICES), INTERACTIONS["BANNER_ALLOW_ALL"])
    profile = Profile(items_of(here, everything, NOW, NOW), NOW)
    assert recall(here, told_by(here, profile, NOW)).sdks["s-ads"] == 1
    assert recall(there, told_by(there, profile, NOW)).sdks["s-ads"] == 0, "nobody agreed to what it does there"


def test_no_consent_is_no_answer() -> None:
    items = {"p:purpose-c0002": Item(PurposeStatus.NO_CONSENT, NOW), "p:purpose-c0004": YES}
    assert told_by(a_ruling(), Profile(items, NOW), NOW).groups == {"C0004": 1}


@pytest.mark.parametrize("standing", PurposeStatus)
def test_every_standing_reads_as_yes_or_no_or_nothing(standing: PurposeStatus) -> None:
    told = told_by(a_ruling(), Profile({"p:purpose-c0002": Item(standing, NOW)}, NOW), NOW).groups
    yes = standing in (PurposeStatus.ACTIVE, PurposeStatus.ALWAYS_ACTIVE, PurposeStatus.NOT_OPT_OUT)
    assert told == ({} if standing is PurposeStatus.NO_CONSENT else {"C0002": int(yes)})


@pytest.mark.parametrize(
    ("purpose", "sdk", "told"),
    [
        (Item(PurposeStatus.OPT_OUT, NOW), Item(PurposeStatus.ACTIVE, NOW - 1), {}),
        (Item(PurposeStatus.OPT_OUT, NOW), Item(PurposeStatus.ACTIVE, NOW), {"s-count": 1}),
        (Item(PurposeStatus.ACTIVE, NOW - 1), Item(PurposeStatus.OPT_OUT, NOW), {"s-count": 0}),
        (Item(PurposeStatus.HARD_OPT_OUT, 1, Rank.LOCKED), Item(PurposeStatus.ACTIVE, NOW), {}),
        (Item(PurposeStatus.ACTIVE, NOW, Rank.DEFAULT), Item(PurposeStatus.OPT_OUT, NOW - 1), {"s-count": 0}),
    ],
    ids=["refused later", "said together", "said later itself", "hard opt-out", "a default is no answer"],
)
def test_an_sdk_speaks_for_itself_unless_its_purpose_was_answered_later(
    purpose: Item, sdk: Item, told: dict[str, int]
) -> None:
    profile = Profile({"p:purpose-c0002": purpose, "s:s-count": sdk}, NOW)
    assert told_by(a_ruling(), profile, NOW).sdks == told


ASKED = sorted(PURPOSES)


def answered(at: int = NOW, **changes: Item | None) -> Profile:
    items: dict[str, Item | None] = dict.fromkeys(ASKED, Item(PurposeStatus.ACTIVE, at)) | {
        f"p:purpose-{id}": item for id, item in changes.items()
    }
    return Profile({key: item for key, item in items.items() if item}, max(at, NOW - DAY))


@pytest.mark.parametrize(
    ("profile", "state"),
    [
        (None, Sync.UNKNOWN),
        (Profile({"u:news": YES}), Sync.UNKNOWN),
        (answered(), Sync.COMPLETE),
        (answered(c0002=NO), Sync.COMPLETE),
        (answered(c0002=Item(PurposeStatus.EXPIRED, NOW)), Sync.COMPLETE),
        (answered(c0002=None), Sync.INCOMPLETE),
        (Profile({"p:elsewhere": YES}, NOW), Sync.INCOMPLETE),
        (answered(c0002=Item(PurposeStatus.NO_CONSENT, NOW)), Sync.UNKNOWN),
        (answered(c0002=Item(PurposeStatus.ACTIVE, NOW - 365 * DAY)), Sync.EXPIRED),
        (answered(c0002=Item(PurposeStatus.ACTIVE, NOW - 365 * DAY + 1)), Sync.COMPLETE),
        (answered(c0002=Item(PurposeStatus.OPT_OUT, NOW - 365 * DAY), c0004=None), Sync.EXPIRED),
    ],
)
def test_how_a_profile_stands_towards_what_a_site_asks(profile: Profile | None, state: Sync) -> None:
    assert sync_state(a_ruling(), profile, 0, NOW) is state


@pytest.mark.parametrize(("reconsent_at", "state"), [(NOW - 5, Sync.COMPLETE), (NOW - 4, Sync.EXPIRED)])
def test_a_publication_with_reconsent_makes_earlier_answers_run_out(reconsent_at: int, state: Sync) -> None:
    assert sync_state(a_ruling(), answered(NOW - 5), reconsent_at, NOW) is state


def test_where_nothing_can_be_answered_nothing_is_missing() -> None:
    rule = with_model(Model.NOTICE_ONLY)
    assert sync_state(rule, Profile({}, NOW), 0, NOW) is Sync.COMPLETE
    assert sync_state(rule, Profile({}, NOW - 365 * DAY), 0, NOW) is Sync.EXPIRED


def test_strings_are_as_old_as_the_answer_and_believed_like_a_grant() -> None:
    rule, signals = a_ruling(template="IAB2V2"), ReceiptSignals(tc="tc", ac="ac")
    assert string_items(rule, signals, NOW - DAY, NOW) == {
        "x:tc": Item(PurposeStatus.ACTIVE, NOW - DAY, Rank.CHOICE, ("tc",)),
        "x:ac": Item(PurposeStatus.ACTIVE, NOW - DAY, Rank.CHOICE, ("ac",)),
    }
    assert string_items(rule, signals, NOW + 10 * MINUTE, NOW)["x:tc"].at == 1
