"""The Canadian string: whatever it says comes back, in the form of either generation of encoders."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.gpp.canada import MAX_RESTRICTIONS, MAX_TEXT, CanadianConsent, CanadianPublisher, decode, encode
from placet.formats.ids import Ids
from placet.formats.tcf.fields import CustomPurposes, Restriction

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def ids(highest, limit=30):
    return st.builds(Ids.of, st.sets(st.integers(1, highest), max_size=limit))


def publishers():
    custom = st.integers(0, 20).flatmap(
        lambda count: st.builds(CustomPurposes, st.just(count), ids(count) if count else st.just(Ids()), st.just(Ids()))
    )
    return st.builds(CanadianPublisher, ids(24), ids(24), custom)


CONSENTS = st.builds(
    CanadianConsent,
    created=st.integers(0, 20_000).map(lambda days: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=days)),
    updated=st.just(DAY),
    cmp_id=st.integers(0, 4095),
    screen=st.integers(0, 63),
    language=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2),
    non_standard_stacks=st.booleans(),
    special_features=ids(12),
    purposes_express=ids(24),
    purposes_implied=ids(24),
    vendors_express=st.one_of(ids(60), ids(65_535)),
    vendors_implied=ids(1300, limit=200),
    restrictions=st.lists(st.builds(Restriction, st.integers(0, 63), st.integers(0, 3), ids(1300)), max_size=5).map(
        tuple
    ),
    publisher=st.none() | publishers(),
    disclosed=st.none() | ids(1300).filter(bool),
)


@given(CONSENTS)
def test_whatever_it_says_comes_back(consent):
    assert decode(encode(consent)) == consent


def test_sub_sections_may_stand_in_any_order_and_unknown_ones_are_passed_over():
    consent = CanadianConsent(created=DAY, updated=DAY, publisher=CanadianPublisher(), disclosed=Ids.of([3]))
    core, publisher, disclosed = encode(consent).split(".")

    assert decode(f"{disclosed}.gAAA.{core}..{publisher}") == consent
    assert decode(f"{core}.{disclosed}").publisher is None


def test_bits_after_the_last_field_are_refused():
    core, disclosed = encode(CanadianConsent(created=DAY, updated=DAY, disclosed=Ids.of([3]))).split(".")

    assert decode(f"{core}AA.{disclosed}AAAA").disclosed == Ids.of([3])
    for broken in (f"{core}AB.{disclosed}", f"{core}.{disclosed}AB"):
        with pytest.raises(Malformed, match="more follows"):
            decode(broken)


def test_two_sub_sections_of_one_kind_are_refused():
    core, disclosed = encode(CanadianConsent(created=DAY, updated=DAY, disclosed=Ids.of([3]))).split(".")

    with pytest.raises(Malformed, match="twice"):
        decode(f"{core}.{disclosed}.{disclosed}")


@pytest.mark.parametrize(
    "text, segment",
    [("", "core"), ("IAAA", "core"), ("BPP", "core"), ("BQZEv0AQZEv0AE6e6gFRzYBAAHiAAM2AAAlXA", "core")],
)
def test_a_cut_string_is_refused_with_its_place(text, segment):
    with pytest.raises(Malformed) as refusal:
        decode(text)

    assert (refusal.value.standard, refusal.value.segment) == ("tcfcav1", segment)


def test_a_refusal_names_the_field():
    with pytest.raises(Malformed) as refusal:
        decode("BPPx")

    assert refusal.value.field == "Created"


@pytest.mark.parametrize(
    "change",
    [
        {"cmp_id": 4096},
        {"language": "ENG"},
        {"special_features": Ids.of([13])},
        {"created": DAY.replace(tzinfo=None)},
    ],
)
def test_what_a_field_can_not_hold_is_not_written(change):
    with pytest.raises(Malformed):
        encode(CanadianConsent(**{"created": DAY, "updated": DAY, **change}))


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", max_size=300))
def test_any_text_is_read_or_refused(text):
    try:
        consent = decode("B" + text)
    except Malformed:
        return
    assert decode(encode(consent)) in (consent, without_empty_disclosure(consent))


def without_empty_disclosure(consent):
    """An empty disclosed sub-section is not written again."""
    kept = {name: getattr(consent, name) for name in consent.__struct_fields__}
    return CanadianConsent(**{**kept, "disclosed": consent.disclosed or None})


def test_what_would_cost_too_much_is_refused():
    everyone = Restriction(2, 1, Ids.of(range(1, 65_536)))
    limit = CanadianConsent(created=DAY, updated=DAY, restrictions=(everyone,) * MAX_RESTRICTIONS)

    assert decode(encode(limit)) == limit
    with pytest.raises(Malformed, match="restrictions are more"):
        decode(encode(CanadianConsent(created=DAY, updated=DAY, restrictions=(everyone,) * (MAX_RESTRICTIONS + 1))))
    with pytest.raises(Malformed, match="characters are more"):
        decode("B" * (MAX_TEXT + 1))


def test_every_second_vendor_by_both_kinds_of_consent_fits():
    odd = Ids.of(range(1, 65_536, 2))
    limit = CanadianConsent(created=DAY, updated=DAY, vendors_express=odd, vendors_implied=odd)

    assert decode(encode(limit)) == limit
