"""Laws of settling that hold for every sequence of presses, every device and every clock."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from placet.consent.choices import Choices
from placet.consent.iab import IabSetting, UsSetting
from placet.consent.interactions import INTERACTIONS
from placet.consent.person import Person
from placet.consent.press import AgeGate, Stated
from placet.consent.profile import Item, Profile, Rank, Standing
from placet.consent.published import Published
from placet.consent.purposes import Status
from placet.consent.receipt import Receipt, Signals
from placet.consent.regions import AgeGroup, Model, RejectAll
from placet.consent.settle import Call, Press, Settled, look, settle
from placet.consent.storage_keys import storage_keys
from placet.formats.sealed import Remembered, read, write
from tests.consent.sites import (
    CATEGORIES,
    DAY,
    GERMANY,
    MINUTE,
    NOW,
    SHARED,
    Device,
    a_publication,
    a_rule,
    a_ruling,
    a_site,
    on,
    pressing,
    with_model,
)

GROUPS = [category.id for category in CATEGORIES]
SDKS = [sdk.id for category in CATEGORIES for sdk in category.sdks]


def answers(ids: list[str]) -> st.SearchStrategy[dict[str, bool]]:
    return st.dictionaries(st.sampled_from([*ids, "unknown"]), st.booleans(), max_size=4)


bounds = st.none() | st.integers(-1, 130)
stated = st.builds(
    Stated,
    groups=answers(GROUPS),
    legitimate=answers(GROUPS),
    sdks=answers(SDKS),
    vendors=answers(["V1"]),
    universal=answers(["news"]),
    options=answers(["daily", "weekly"]),
    bulk=answers(["purposes", "sdks", "generalVendors", "ucp", "iabVendorsConsent"]),
)
presses = st.builds(
    Press,
    interaction=st.sampled_from(list(INTERACTIONS.values())),
    stated=stated,
    age=st.none() | st.builds(AgeGate, bounds, bounds),
    explicit_only=st.booleans(),
)
choosing = st.builds(
    Press,
    interaction=st.sampled_from(
        [row for row in INTERACTIONS.values() if row.effect.name in ("GRANT", "REFUSE", "STATE")]
    ),
    stated=stated,
)
# As late as a JSON number goes, but for the year or so that a choice holds: no profile is kept from the far future.
times = st.integers(-(1 << 53), (1 << 53) - 400 * DAY) | st.integers(NOW - 400 * DAY, NOW + DAY)
numbers = st.integers(-3, 3)
memories = st.builds(
    Remembered,
    person=st.sampled_from(["", "sam", "device"]),
    is_anonymous=st.integers(-1, 1),
    expires=st.none() | times,
    last_consent=st.none() | times,
    last_interaction=st.sampled_from(["", "nonsense", *(row.record for row in INTERACTIONS.values())]),
    groups=st.dictionaries(st.sampled_from([*GROUPS, "elsewhere"]), numbers),
    legitimate=st.dictionaries(st.sampled_from(GROUPS), numbers),
    sdks=st.dictionaries(st.sampled_from([*SDKS, "elsewhere"]), numbers),
    universal=st.dictionaries(st.sampled_from(["news", "elsewhere"]), numbers),
    age_lower=bounds,
    age_upper=bounds,
    signals=st.dictionaries(st.sampled_from(["gpc", "gpp", "gpc-past"]), times),
)
KEYS = [question.key for _, questions in a_ruling().questions for question in questions]
held = st.builds(Item, st.sampled_from(Standing), times, st.sampled_from(Rank), version=numbers, expires=times)
profiles = st.builds(Profile, st.dictionaries(st.sampled_from([*KEYS, "p:elsewhere"]), held), times)
NEWS = a_site(
    rules=(a_rule(template="IAB2V2"),),
    iab=IabSetting(vendors=(2, 8, 755), google_providers=(89, 108), stacks=(42,), custom_purposes=("C0003",)),
)
US = UsSetting(sections=("usca", "usnat"), usp=True, sale=("C0004",), sharing=("BG1",), targeted_advertising=("C0002",))
TC = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"
rulings = st.sampled_from(
    [
        Published(a_publication(NEWS)).ruling(GERMANY),
        with_model(Model.OPT_OUT, us_strings=US),
        a_ruling(),
        with_model(Model.OPT_OUT, signals_off=("C0004",), reject_all=RejectAll.OBJECT),
        a_ruling(template="IAB2V2", att_categories=("C0004", "C0404"), google_ads_categories=("BG1",)),
        a_ruling(age_limits={"C0004": (AgeGroup("a", 120, 18),), "BG1": (), "C0404": ()}, reconsent_days=0),
        a_ruling(statuses={"C0004": Status.ALWAYS_INACTIVE, "BG1": Status.ALWAYS_ACTIVE}, show_banner=False),
        a_ruling((), site={"universal": (), "vendors": (), "group": None}),
        a_ruling(site={"group": replace(SHARED, override=False)}, records=False),
    ]
)
calls = st.builds(
    lambda ruling, memory, known, fetches, signals, reconsent_at: Call(
        a_publication(ruling.site, reconsent_at=reconsent_at),
        ruling,
        Person("sam", known),
        memory,
        GERMANY,
        NOW,
        "en",
        signals,
        fetches=fetches,
    ),
    rulings,
    memories,
    st.booleans(),
    st.booleans(),
    st.builds(
        Signals,
        tc=st.sampled_from(["", "tc", TC, TC.replace("AEsACB", "AEsAAB")]),
        ac=st.sampled_from(["", "1~89.2", "2~~dv.89", "x"]),
        gpp=st.sampled_from(["", "DBABLA~CVQVAAAAAACA.YA", "DBACTMA~1YNN~BQgAAACA.QA", f"DBABMA~{TC}", "D"]),
        usp=st.sampled_from(["", "1YYN", "no"]),
        gpc=st.booleans(),
    ),
    st.integers(0, NOW + DAY),
)


@settings(max_examples=120)
@given(calls, presses, st.none() | profiles)
def test_whatever_is_pressed_is_settled_lawfully(call: Call, press: Press, profile: Profile | None) -> None:
    settled = settle(call, press, profile, "receipt", "pseudonym")
    assert settle(call, press, profile, "receipt", "pseudonym") == settled
    it_can_be_written_down(call, settled)
    what_is_locked_has_not_changed(call, settled.standpoint.choices)
    every_question_has_a_yes_or_a_no(call, settled.standpoint.choices)
    nothing_is_kept_where_nothing_may_be(call, settled)


def it_can_be_written_down(call: Call, settled: Settled) -> None:
    assert json.decode(json.encode(storage_keys(call.ruling, settled.standpoint)))
    assert json.decode(json.encode(settled.receipt), type=Receipt | None) == settled.receipt
    assert json.decode(json.encode(settled.profile), type=Profile | None) == settled.profile
    assert read(write(settled.standpoint.memory)) == settled.standpoint.memory


def what_is_locked_has_not_changed(call: Call, choices: Choices) -> None:
    assert call.ruling.locked.items() <= choices.groups.items()
    assert call.ruling.fixed_sdks.items() <= choices.sdks.items()
    assert call.ruling.fixed_vendors.items() <= choices.vendors.items()


def every_question_has_a_yes_or_a_no(call: Call, choices: Choices) -> None:
    default = call.ruling.default_choices
    for name in default.__struct_fields__:
        assert getattr(choices, name).keys() == getattr(default, name).keys()
        assert set(getattr(choices, name).values()) <= {0, 1}


def nothing_is_kept_where_nothing_may_be(call: Call, settled: Settled) -> None:
    if not call.ruling.rule.records:
        assert (settled.profile, settled.receipt) == (None, None)
    if not call.takes_part:
        assert settled.profile is None


@settings(max_examples=40)
@given(st.lists(presses, max_size=4))
def test_what_a_known_device_is_told_is_what_the_next_look_finds(story: list[Press]) -> None:
    phone = Device(a_ruling(age_limits={"C0004": (AgeGroup("a", 120, 18),)}, att_categories=("C0002",)))
    phone.login("sam")
    for minutes, press in enumerate(story):
        told = phone.press(press, NOW + minutes * MINUTE).standpoint.choices
        assert phone.launch(NOW + minutes * MINUTE).choices == told


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.booleans(), choosing), max_size=5), st.permutations(["phone", "tablet", "phone", "tablet"])
)
def test_two_devices_reach_one_profile_in_whatever_order_they_log_in(
    story: list[tuple[bool, Press]], order: list[str]
) -> None:
    def end(logins: list[str]) -> tuple[Any, int]:
        shelf: dict[str, Profile] = {}
        devices = {"phone": Device(shelf=shelf), "tablet": Device(shelf=shelf)}
        for minute, (on_phone, press) in enumerate(story):
            devices["phone" if on_phone else "tablet"].press(press, NOW + minute * MINUTE)
        for minute, name in enumerate(logins):
            devices[name].login("sam")
            devices[name].sync(NOW + DAY + minute * MINUTE)
        kept = shelf.get("sam", Profile())
        return kept.items, kept.last_interaction

    assert end(order) == end(["phone", "tablet"])


@settings(max_examples=40)
@given(st.lists(choosing, max_size=3), st.booleans(), st.booleans(), st.booleans())
def test_a_refusal_after_a_grant_always_wins(
    before: list[Press], known_when_granting: bool, known_when_refusing: bool, granter_first: bool
) -> None:
    shelf: dict[str, Profile] = {}
    granter, refuser = Device(shelf=shelf), Device(shelf=shelf)
    for device, known in ((granter, known_when_granting), (refuser, known_when_refusing)):
        if known:
            device.login("sam")
    for minute, press in enumerate(before):
        granter.press(press, NOW + minute)
    granter.press("BANNER_ALLOW_ALL", NOW + MINUTE)
    refuser.press("BANNER_REJECT_ALL", NOW + 2 * MINUTE)
    for device in (granter, refuser) if granter_first else (refuser, granter):
        device.login("sam")
        device.sync(NOW + 3 * MINUTE)
    for device in (granter, refuser):
        seen = device.launch(NOW + 4 * MINUTE).choices
        assert on(seen.groups) == {"C0001", "IFE2V2_1"}
        assert on(seen.sdks) == {"s-core"}
        assert on(seen.vendors) == set()


@settings(max_examples=40)
@given(calls, st.none() | profiles)
def test_looking_twice_is_looking_once(call: Call, profile: Profile | None) -> None:
    once = look(call, profile)
    again = look(replace(call, remembered=once.memory), profile)
    assert (again.choices, again.ask, again.memory.groups) == (once.choices, once.ask, once.memory.groups)


@pytest.mark.parametrize("name", ["BANNER_ALLOW_ALL", "BANNER_REJECT_ALL", "BANNER_CLOSE"])
def test_pressing_twice_is_pressing_once(name: str) -> None:
    phone = Device()
    phone.login("sam")
    first = phone.press(name, NOW)
    second = phone.press(pressing(name), NOW)
    assert second.profile is not None and first.profile is not None
    assert (second.profile.items, second.standpoint) == (first.profile.items, first.standpoint)
