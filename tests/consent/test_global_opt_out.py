"""A global opt-out: when it is taken, what it does to device, profile and receipt, and what it can never do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.consent.context import RequestContext
from placet.consent.global_opt_out import (
    OptOut,
    OptOutRefusal,
    Why,
    linked,
    named_people,
    named_receipt,
    open_form,
    opted_out,
    record_opt_out,
    refused,
)
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank
from placet.consent.receipt import Transaction
from placet.consent.rules.effective_rule import NO_CHOICES, EffectiveRule
from placet.formats.onetrust.consent_string import DeviceState, StoredOptOut
from placet.settings.notices import Notice, OptOutForm, Screen
from placet.settings.purposes import Status
from placet.settings.regions import Model
from tests.consent.sites import DAY, MINUTE, NOW, Device, a_ruling, on

SAM = "sam@example.org"
WORDS = {"en": "words"}
ADS = OptOut(SAM, ("C0004",))
UNFIT = Why.UNFIT


def a_form(*categories: str, **more: Any) -> OptOutForm:
    """A form in one language."""
    return OptOutForm(categories, *[WORDS] * 9, **more)


def us(form: OptOutForm | None = a_form("C0004", "BG1"), **rule: Any) -> EffectiveRule:  # noqa: B008
    """The shop in the United States: everything on until refused, and a notice with a form."""
    notice = Notice("n", Screen({}, {}), Screen({}, {}), global_opt_out=form)
    return a_ruling(site={"notices": {"n": notice}}, **({"model": Model.OPT_OUT} | rule))


class Visitor(Device):
    """A device whose person can fill the form in."""

    def opt_out(self, wanted: OptOut = ADS, now: int = NOW) -> Any:
        """They do; the answer is stored as apps store it."""
        settled, receipt = record_opt_out(self.call(now), wanted, self.profile(), "receipt-0", "pseudonym")
        self.memory = settled.status.device_state
        if settled.profile is not None:
            self.shelf[self.name] = settled.profile
        return settled, receipt


def a_call(rule: EffectiveRule | None = None, name: str = "") -> RequestContext:
    """A call from a device, anonymous or of somebody proven."""
    device = Device(rule or us())
    device.login(name)
    return device.call(NOW)


@pytest.mark.parametrize("form, email, categories, why", [
    (a_form("C0004"), SAM, ("C0004",), None),
    (a_form("C0004", "BG1"), "a@b", ("C0004", "BG1"), None),
    (None, SAM, ("C0004",), Why.NOT_CONFIGURED),
    (a_form(), SAM, ("C0004",), Why.NOT_CONFIGURED),
    (a_form("C0001", "C0099", "IFE2V2_1"), SAM, ("C0001",), Why.NOT_CONFIGURED),
    (a_form("C0004", enabled=False), SAM, ("C0004",), Why.DISABLED),
    (a_form("C0004"), "", ("C0004",), UNFIT),
    (a_form("C0004"), "sam", ("C0004",), UNFIT),
    (a_form("C0004"), SAM, (), UNFIT),
    (a_form("C0004"), SAM, ("C0002",), UNFIT),
    (a_form("C0004", "C0001"), SAM, ("C0004", "C0001"), UNFIT),
])  # fmt: skip
def test_when_an_opt_out_is_taken(
    form: OptOutForm | None, email: str, categories: tuple[str, ...], why: Why | None
) -> None:
    refusal = refused(us(form), OptOut(email, categories))

    assert (refusal.why if refusal else None) == why


@pytest.mark.parametrize("wanted, cure", [
    (OptOut("sam@", ("C0004",)), "identifier is no e-mail address: send one such as sam@example.org"),
    (OptOut(SAM, ()), "purposes is empty: choose of C0004, BG1"),
    (OptOut(SAM, ("C0009",)), "purposes names a category that is not linked: choose of C0004, BG1"),
])  # fmt: skip
def test_a_refusal_says_what_to_do(wanted: OptOut, cure: str) -> None:
    assert refused(us(), wanted) == OptOutRefusal(UNFIT, cure)


def test_a_rule_that_keeps_no_records_offers_no_form() -> None:
    assert refused(us(records=False), ADS) == OptOutRefusal(Why.NOT_CONFIGURED)
    assert open_form(us(records=False)) is None


@pytest.mark.parametrize("form, rule, ids", [
    (a_form("BG1", "C0004", "BG1"), {}, ["BG1", "C0004"]),
    (a_form("C0001", "C0002"), {}, ["C0002"]),
    (a_form("C0002"), {"statuses": {"C0002": Status.ALWAYS_ACTIVE}}, []),
    (a_form("BG1"), {"statuses": {"C0003": Status.ALWAYS_ACTIVE}}, ["BG1"]),
    (a_form("C0004", "C0404"), {}, ["C0004"]),
])  # fmt: skip
def test_only_what_can_be_refused_is_linked(form: OptOutForm, rule: dict[str, Any], ids: list[str]) -> None:
    effective_rule = us(form, **rule)

    assert [category.id for category in linked(effective_rule)] == ids
    assert (open_form(effective_rule) is form) == bool(ids)


def test_a_form_that_is_switched_off_is_not_shown() -> None:
    assert open_form(us(a_form("C0004", enabled=False))) is None


@pytest.mark.parametrize("categories, off", [
    (("C0004",), {"C0004"}),
    (("BG1",), {"BG1", "C0003", "C0005"}),
    (("BG1", "C0004"), {"BG1", "C0003", "C0004", "C0005"}),
])  # fmt: skip
def test_the_devices_answers_go_off_with_all_that_follows_them(categories: tuple[str, ...], off: set[str]) -> None:
    visitor = Visitor(us())
    before = visitor.launch().choices
    settled, _ = visitor.opt_out(OptOut(SAM, categories))

    after = settled.status.choices
    assert on(before.groups) - on(after.groups) == off
    assert ("s-ads" in on(after.sdks), "V1" in on(after.vendors)) == ("C0004" not in off,) * 2
    assert after.legitimate["C0004"] == int("C0004" not in off)
    assert on(after.groups) == on(visitor.launch(NOW + MINUTE).choices.groups), "and stay off at the next launch"


def test_it_answers_no_banner_and_moves_no_date() -> None:
    visitor = Visitor(us())
    visitor.press("BANNER_ALLOW_ALL", NOW - DAY)
    consented, _ = visitor.memory.last_consent, visitor.opt_out()

    assert visitor.memory.last_consent == consented == NOW - DAY
    fresh = Visitor(us())
    fresh.opt_out()
    assert fresh.memory.last_consent is None
    assert fresh.launch(NOW + MINUTE).ask.show, "the banner is still to be answered"


def test_the_device_remembers_what_when_and_by_which_address() -> None:
    visitor = Visitor(us())
    visitor.opt_out()
    visitor.opt_out(OptOut("kim@example.org", ("BG1",)), NOW + MINUTE)

    assert visitor.memory.opted_out == {
        "C0004": StoredOptOut(NOW, SAM), "BG1": StoredOptOut(NOW + MINUTE, "kim@example.org"),
    }  # fmt: skip


@pytest.mark.parametrize("pressed_at, advertising", [(NOW - MINUTE, 0), (NOW + MINUTE, 1)])
def test_a_button_pressed_later_wins_and_one_pressed_earlier_does_not(pressed_at: int, advertising: int) -> None:
    published_settings: dict[str, Profile] = {}
    elsewhere = Device(us(), published_settings)
    elsewhere.login("shopper-42")
    elsewhere.press("BANNER_ALLOW_ALL", pressed_at)

    visitor = Visitor(us(), published_settings)
    visitor.opt_out()
    visitor.login("shopper-42")
    visitor.sync(NOW + 2 * MINUTE)

    assert visitor.launch(NOW + 3 * MINUTE).choices.groups["C0004"] == advertising


def test_a_date_that_a_device_makes_up_is_no_later_than_now() -> None:
    visitor = Visitor(us())
    visitor.memory = DeviceState(opted_out={"C0004": StoredOptOut(2**53, SAM), "C0002": StoredOptOut(-5, SAM)})

    assert visitor.launch().device_state.opted_out == {"C0004": StoredOptOut(NOW, SAM), "C0002": StoredOptOut(1, SAM)}


def test_a_proven_caller_finds_it_in_their_own_profile() -> None:
    visitor = Visitor(us())
    visitor.login("shopper-42")
    visitor.press("BANNER_ALLOW_ALL", NOW - DAY)
    visitor.opt_out()

    profile = visitor.shelf["shopper-42"]
    assert profile.items["p:purpose-c0004"] == Item(PurposeStatus.OPT_OUT, NOW)
    assert profile.items["p:purpose-c0002"].granted
    assert profile.last_interaction == NOW - DAY


@pytest.mark.parametrize("known_as, email, people", [
    ("", SAM, [SAM]),
    ("", "Sam@Example.org", ["Sam@Example.org", SAM]),
    ("shopper-42", SAM, [SAM]),
    (SAM, SAM, []),
    (SAM, "Sam@Example.org", ["Sam@Example.org"]),
])  # fmt: skip
def test_whom_an_address_names(known_as: str, email: str, people: list[str]) -> None:
    named = named_people(a_call(name=known_as), OptOut(email, ("C0004",)))

    assert named == tuple(Person(each, True, "Email") for each in people)


def test_an_unproven_caller_of_that_name_is_not_the_person_named() -> None:
    device = Device(us())
    device.memory = DeviceState(person=SAM)

    assert named_people(device.call(NOW), ADS) == (Person(SAM, True, "Email"),)


STANDINGS = st.sampled_from(sorted(PurposeStatus))
ITEMS = st.dictionaries(
    st.sampled_from(["p:purpose-c0002", "p:purpose-c0003", "p:purpose-c0004", "l:purpose-c0004", "p:else", "u:news"]),
    st.builds(Item, STANDINGS, st.integers(1, NOW + 5 * MINUTE), st.sampled_from(Rank)),
)
PROFILES = st.builds(
    Profile,
    ITEMS,
    st.sampled_from([0, NOW - DAY, NOW]),
    st.sampled_from(["", "DE"]),
    receipt=st.sampled_from(["", "r"]),
)


@given(PROFILES, st.sampled_from([("C0004",), ("BG1",), ("C0004", "BG1")]))
def test_a_profile_is_never_laxer_afterwards_and_nothing_else_in_it_changes(
    profile: Profile, categories: tuple[str, ...]
) -> None:
    after = opted_out(a_call(), OptOut(SAM, categories), profile)

    keys = {"C0004": {"p:purpose-c0004", "l:purpose-c0004"}, "BG1": {"p:purpose-c0003", "p:purpose-c0005"}}
    spoken = set().union(*(keys[id] for id in categories))
    for key, item in after.items.items():
        held = profile.items.get(key)
        if key not in spoken:
            assert item == held
            continue
        assert item.status is PurposeStatus.OPT_OUT or (held == item and (held.rank is Rank.LOCKED or not held.granted))
    assert spoken <= after.items.keys()
    assert (after.last_interaction, after.receipt) == (profile.last_interaction, profile.receipt)
    assert opted_out(a_call(), OptOut(SAM, categories), after) == after


def test_the_receipt_of_the_person_named_says_what_was_refused_and_that_nobody_proved_the_name() -> None:
    receipt = named_receipt(a_call(name="shopper-42"), ADS, Person(SAM, True, "Email"), "receipt-1", "pseudonym")

    said = {entry.purpose: entry.transaction for entry in receipt.purposes}
    assert said["purpose-c0004"] is Transaction.OPT_OUT
    assert Transaction.OPT_OUT not in {said[purpose] for purpose in said if purpose != "purpose-c0004"}
    assert (receipt.interaction, receipt.name) == ("GLOBAL_OPT_OUT", "s*************g")
    assert (receipt.anonymous, receipt.identifier_type, receipt.choices) == (True, "Email", NO_CHOICES)
    assert receipt.group == a_call().publication.site.group.id  # type: ignore[union-attr]
