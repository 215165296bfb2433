"""Laws of settling that hold for every sequence of presses, every device and every clock."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import AgeGate, StatedChoices
from placet.consent.context import Decision, InteractionInput, RequestContext
from placet.consent.decide import evaluate_consent, record_choice
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank
from placet.consent.receipt import Receipt, ReceiptSignals
from placet.consent.rules.effective_rule import Choices
from placet.consent.rules.published import Published
from placet.consent.storage_keys import storage_keys
from placet.formats.onetrust.consent_string import DeviceState, read, write
from placet.settings.iab import IabSetting, UsSetting
from placet.settings.interactions import INTERACTIONS
from placet.settings.purposes import Status
from placet.settings.regions import AgeGroup, Model, RejectAll
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
    StatedChoices,
    groups=answers(GROUPS),
    legitimate=answers(GROUPS),
    sdks=answers(SDKS),
    vendors=answers(["V1"]),
    universal=answers(["news"]),
    options=answers(["daily", "weekly"]),
    bulk=answers(["purposes", "sdks", "generalVendors", "ucp", "iabVendorsConsent"]),
)
presses = st.builds(
    InteractionInput,
    interaction=st.sampled_from(list(INTERACTIONS.values())),
    choices=stated,
    age=st.none() | st.builds(AgeGate, bounds, bounds),
    explicit_only=st.booleans(),
)
choosing = st.builds(
    InteractionInput,
    interaction=st.sampled_from(
        [row for row in INTERACTIONS.values() if row.effect.name in ("GRANT", "REFUSE", "STATE")]
    ),
    choices=stated,
)
# As late as a JSON number goes, but for the year or so that a choice holds: no profile is kept from the far future.
times = st.integers(-(1 << 53), (1 << 53) - 400 * DAY) | st.integers(NOW - 400 * DAY, NOW + DAY)
numbers = st.integers(-3, 3)
memories = st.builds(
    DeviceState,
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
held = st.builds(Item, st.sampled_from(PurposeStatus), times, st.sampled_from(Rank), version=numbers, expires=times)
profiles = st.builds(Profile, st.dictionaries(st.sampled_from([*KEYS, "p:elsewhere"]), held), times)
NEWS = a_site(
    rules=(a_rule(template="IAB2V2"),),
    iab=IabSetting(vendors=(2, 8, 755), google_providers=(89, 108), stacks=(42,), custom_purposes=("C0003",)),
)
US = UsSetting(sections=("usca", "usnat"), usp=True, sale=("C0004",), sharing=("BG1",), targeted_advertising=("C0002",))
TC = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"
rules = st.sampled_from(
    [
        Published(a_publication(NEWS)).rule_for(GERMANY),
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
    lambda rule, memory, known, fetches, signals, reconsent_at: RequestContext(
        a_publication(rule.site, reconsent_at=reconsent_at),
        rule,
        Person("sam", known),
        memory,
        GERMANY,
        NOW,
        "en",
        signals,
        fetches=fetches,
    ),
    rules,
    memories,
    st.booleans(),
    st.booleans(),
    st.builds(
        ReceiptSignals,
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
def test_whatever_is_pressed_is_settled_lawfully(
    call: RequestContext, interaction: InteractionInput, profile: Profile | None
) -> None:
    settled = record_choice(call, interaction, profile, "receipt", "pseudonym")
    assert record_choice(call, interaction, profile, "receipt", "pseudonym") == settled
    it_can_be_written_down(call, settled)
    what_is_locked_has_not_changed(call, settled.status.choices)
    every_question_has_a_yes_or_a_no(call, settled.status.choices)
    nothing_is_kept_where_nothing_may_be(call, settled)


def it_can_be_written_down(call: RequestContext, settled: Decision) -> None:
    assert json.decode(json.encode(storage_keys(call.ruling, settled.status)))
    assert json.decode(json.encode(settled.receipt), type=Receipt | None) == settled.receipt
    assert json.decode(json.encode(settled.profile), type=Profile | None) == settled.profile
    assert read(write(settled.status.device_state)) == settled.status.device_state


def what_is_locked_has_not_changed(call: RequestContext, choices: Choices) -> None:
    assert call.ruling.locked.items() <= choices.groups.items()
    assert call.ruling.fixed_sdks.items() <= choices.sdks.items()
    assert call.ruling.fixed_vendors.items() <= choices.vendors.items()


def every_question_has_a_yes_or_a_no(call: RequestContext, choices: Choices) -> None:
    default = call.ruling.default_choices
    for name in default.__struct_fields__:
        assert getattr(choices, name).keys() == getattr(default, name).keys()
        assert set(getattr(choices, name).values()) <= {0, 1}


def nothing_is_kept_where_nothing_may_be(call: RequestContext, settled: Decision) -> None:
    if not call.ruling.rule.records:
        assert (settled.profile, settled.receipt) == (None, None)
    if not call.takes_part:
        assert settled.profile is None


@settings(max_examples=40)
@given(st.lists(presses, max_size=4))
@example(
    [InteractionInput(INTERACTIONS["BANNER_CLOSE"], explicit_only=True), InteractionInput(INTERACTIONS["ATT_CONFIRM"])]
)
def test_what_a_known_device_is_told_is_what_the_next_look_finds(use_case: list[InteractionInput]) -> None:
    """One difference is known: SDKs that were never answered by name.

    An explicit-only press that answers nothing stores them as off on the device. A platform prompt (ATT) that then
    grants their category is answered with them still off, and the next launch has them on, as their category is.
    """
    phone = Device(a_ruling(age_limits={"C0004": (AgeGroup("a", 120, 18),)}, att_categories=("C0002",)))
    phone.login("sam")
    owner, named, explicit = phone.ruling.site.sdk_category, set[str](), False
    for minutes, interaction in enumerate(use_case):
        named |= named_sdks(interaction)
        explicit |= interaction.explicit_only
        told = phone.press(interaction, NOW + minutes * MINUTE).status.choices
        found = phone.launch(NOW + minutes * MINUTE).choices
        assert replace(found, sdks=told.sdks) == told
        later_on = {sdk for sdk, value in found.sdks.items() if value != told.sdks[sdk]}
        assert not later_on or explicit
        assert later_on.isdisjoint(named)
        assert all((told.sdks[sdk], found.sdks[sdk], told.groups[owner[sdk]]) == (0, 1, 1) for sdk in later_on)


def named_sdks(interaction: InteractionInput) -> set[str]:
    """The SDKs that an interaction answers by name or all together."""
    if interaction.interaction.effect.name not in ("STATE", "OPT_OUT"):
        return set()
    return set(SDKS) if "sdks" in interaction.choices.bulk else set(interaction.choices.sdks)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.booleans(), choosing), max_size=5), st.permutations(["phone", "tablet", "phone", "tablet"])
)
def test_two_devices_reach_one_profile_in_whatever_order_they_log_in(
    use_case: list[tuple[bool, InteractionInput]], order: list[str]
) -> None:
    def end(logins: list[str]) -> tuple[Any, int]:
        published_settings: dict[str, Profile] = {}
        devices = {
            "phone": Device(published_settings=published_settings),
            "tablet": Device(published_settings=published_settings),
        }
        for minute, (on_phone, interaction) in enumerate(use_case):
            devices["phone" if on_phone else "tablet"].press(interaction, NOW + minute * MINUTE)
        for minute, name in enumerate(logins):
            devices[name].login("sam")
            devices[name].sync(NOW + DAY + minute * MINUTE)
        kept = published_settings.get("sam", Profile())
        return kept.items, kept.last_interaction

    assert end(order) == end(["phone", "tablet"])


@settings(max_examples=40)
@given(st.lists(choosing, max_size=3), st.booleans(), st.booleans(), st.booleans())
def test_a_refusal_after_a_grant_always_wins(
    before: list[InteractionInput], known_when_granting: bool, known_when_refusing: bool, granter_first: bool
) -> None:
    published_settings: dict[str, Profile] = {}
    granter, refuser = Device(published_settings=published_settings), Device(published_settings=published_settings)
    for device, known in ((granter, known_when_granting), (refuser, known_when_refusing)):
        if known:
            device.login("sam")
    for minute, interaction in enumerate(before):
        granter.press(interaction, NOW + minute)
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
def test_looking_twice_is_looking_once(call: RequestContext, profile: Profile | None) -> None:
    once = evaluate_consent(call, profile)
    again = evaluate_consent(replace(call, remembered=once.device_state), profile)
    assert (again.choices, again.ask, again.device_state.groups) == (once.choices, once.ask, once.device_state.groups)


@pytest.mark.parametrize("name", ["BANNER_ALLOW_ALL", "BANNER_REJECT_ALL", "BANNER_CLOSE"])
def test_pressing_twice_is_pressing_once(name: str) -> None:
    phone = Device()
    phone.login("sam")
    first = phone.press(name, NOW)
    second = phone.press(pressing(name), NOW)
    assert second.profile is not None and first.profile is not None
    assert (second.profile.items, second.status) == (first.profile.items, first.status)
