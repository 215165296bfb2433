"""When an opt-out signal counts as given, and what it is worth against other answers."""

import pytest

from placet.consent.choices.opt_out_signals import (
    GPC,
    PAST,
    STRING,
    dated,
    lasting,
    signal_items,
    since,
    switched_off,
    without,
)
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank, merge
from placet.consent.receipt import ReceiptSignals
from placet.settings.iab import OnGpc, UsSetting
from tests.consent.sites import NOW, a_ruling

US = UsSetting(sections=("usca",), sale=("C0004",), targeted_advertising=("C0002",))


@pytest.mark.parametrize("rule, signals, off", [
    ({"us_strings": US}, ReceiptSignals(gpc=True), {GPC: {"C0002", "C0004"}}),
    ({"us_strings": UsSetting(sale=("C0004",), gpc=OnGpc.IGNORE)}, ReceiptSignals(gpc=True), {}),
    ({"us_strings": UsSetting(sale=("C0004",), gpc=OnGpc.IGNORE), "signals_off": ("BG1",)}, ReceiptSignals(gpc=True),
     {GPC: {"BG1"}}),
    ({"signals_off": ("C0004",)}, ReceiptSignals(gpc=True), {GPC: {"C0004"}}),
    ({"us_strings": US}, ReceiptSignals(usp="1YYN"), {STRING: {"C0004"}}),
    ({"us_strings": US}, ReceiptSignals(usp="1YNN"), {}),
    ({"us_strings": US}, ReceiptSignals(usp="nonsense", gpp="nonsense"), {}),
    ({"signals_off": ("C0004",)}, ReceiptSignals(usp="1YYN"), {}),
    ({}, ReceiptSignals(gpc=True, usp="1YYN"), {}),
])  # fmt: skip
def test_what_a_signal_switches_off(rule: dict, signals: ReceiptSignals, off: dict[str, set[str]]) -> None:
    assert switched_off(a_ruling(**rule), signals) == off


@pytest.mark.parametrize("seen, kept, at", [
    ({}, {}, NOW),
    ({GPC: NOW - 5}, {}, NOW - 5),
    ({}, {GPC: NOW - 9}, NOW - 9),
    ({GPC: NOW - 5}, {GPC: NOW - 9}, NOW - 5),
    ({PAST: NOW - 5}, {GPC: NOW - 9}, NOW),
    ({GPC: NOW + 1}, {}, NOW),
    ({GPC: -1}, {}, NOW),
])  # fmt: skip
def test_a_signal_is_as_old_as_this_device_first_sent_it(seen: dict[str, int], kept: dict[str, int], at: int) -> None:
    assert dated([GPC], seen, kept, NOW) == {GPC: at}


def test_a_signal_that_was_switched_off_stays_an_answer_of_its_time() -> None:
    rule = a_ruling(signals_off=("C0004",))
    off = lasting(rule, {}, {GPC: NOW - 5})
    assert off == {PAST: {"C0004"}}
    assert dated(off, {GPC: NOW - 5}, {}, NOW) == {PAST: NOW - 5}
    assert lasting(rule, {GPC: frozenset({"C0004"})}, {PAST: NOW - 5}) == {GPC: {"C0004"}}
    assert lasting(a_ruling(), {}, {GPC: NOW - 5}) == {}


def test_of_two_signals_about_one_category_the_newer_counts() -> None:
    off = {GPC: frozenset({"C0004"}), STRING: frozenset({"C0004", "C0002"})}
    assert since(off, {GPC: 7, STRING: 3}) == {"C0004": 7, "C0002": 3}


@pytest.mark.parametrize("chosen_at, on", [(NOW - 1, 0), (NOW, 1), (NOW + 1, 1), (None, 0)])
def test_on_a_device_only_a_newer_signal_undoes_a_choice(chosen_at: int | None, on: int) -> None:
    rule = a_ruling(signals_off=("C0004",))
    left = without(rule, rule.default_choices.__class__(groups={"C0004": 1}), {"C0004": NOW}, chosen_at)
    assert left.groups["C0004"] == on


def test_a_bundle_opts_out_of_what_it_holds() -> None:
    rule = a_ruling()
    left = without(rule, rule.default_choices, {"BG1": NOW}, None)
    assert {left.groups[id] for id in ("BG1", "C0003", "C0005")} == {0}
    items = signal_items(rule, {"BG1": NOW}, {GPC: NOW})
    assert {key for key in items if key.startswith("p:")} == {"p:purpose-c0003", "p:purpose-c0005"}


@pytest.mark.parametrize("pressed_at, rank, standing", [
    (NOW - 1, Rank.CHOICE, PurposeStatus.OPT_OUT),
    (NOW, Rank.CHOICE, PurposeStatus.ACTIVE),
    (NOW + 1, Rank.CHOICE, PurposeStatus.ACTIVE),
    (NOW + 1, Rank.DEFAULT, PurposeStatus.OPT_OUT),
])  # fmt: skip
def test_in_a_profile_a_signal_is_a_choice_of_its_time(pressed_at: int, rank: Rank, standing: PurposeStatus) -> None:
    pressed = Profile({"p:purpose-c0004": Item(PurposeStatus.ACTIVE, pressed_at, rank)})
    signal = Profile(signal_items(a_ruling(), {"C0004": NOW}, {GPC: NOW}))
    for merged in (merge(pressed, signal), merge(signal, pressed), merge(merge(pressed, signal), signal)):
        assert merged.items["p:purpose-c0004"].status is standing
