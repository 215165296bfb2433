"""Nothing is put into a TC string that the list, the publisher or the law rules out (iab.md §1.5, §1.9)."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcf_cases import ALL, NOW, composed, some_ids
from vendor_lists import ASKING, CLAIMING, EITHER_WAY, EVERYONE, GONE, ONE_OF_EACH, SPECIAL, TURNABLE, document, parsed

from placet.formats.ids import NONE, Ids
from placet.formats.tcf.compose import (
    BY_CONSENT,
    BY_INTEREST,
    FORBIDDEN,
    NEVER_ON_INTEREST,
    Maker,
    ShownFramework,
    TcfChoices,
    compose,
    disclose,
    untouched,
)
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import Publisher, decode, encode


def test_both_dates_are_the_day_of_the_change() -> None:
    tc = composed()
    assert tc.created == tc.updated == datetime(2026, 3, 2, tzinfo=UTC)


def test_the_day_is_that_of_utc() -> None:
    early = datetime(2026, 3, 2, 1, 0, tzinfo=timezone(timedelta(hours=9)))
    assert compose(ALL, ShownFramework(vendors=EVERYONE), ONE_OF_EACH, Maker(), early).created == datetime(
        2026, 3, 1, tzinfo=UTC
    )


def test_versions_are_those_of_the_list() -> None:
    tc = composed()
    assert (tc.list_version, tc.policy_version) == (ONE_OF_EACH.version, 5)


def test_the_scope_is_this_service() -> None:
    assert composed().service_specific


def test_shown_vendors_are_disclosed_without_deleted_and_unknown_ones() -> None:
    assert composed().disclosed == EVERYONE - Ids.of([GONE, 70])


def test_the_disclosed_segment_is_written_even_when_empty() -> None:
    assert ".IAAA" in encode(composed(vendors=NONE))


def test_an_older_string_may_learn_what_was_disclosed_and_keeps_its_dates() -> None:
    old = msgspec.structs.replace(composed(), disclosed=None)
    assert disclose(old, composed().disclosed or NONE) == composed()


def test_interest_is_never_signalled_for_purposes_that_do_not_allow_it() -> None:
    assert composed().purpose_interests == Ids.of([2, 7, 8, 9, 10, 11])


def test_consent_goes_to_vendors_that_ask_for_it() -> None:
    assert composed().vendor_consents == Ids.of([ASKING, EITHER_WAY])


def test_interest_goes_to_vendors_that_claim_it() -> None:
    assert composed().vendor_interests == Ids.of([CLAIMING, EITHER_WAY, TURNABLE])


def test_vendors_with_special_purposes_only_get_their_bit_where_switched_on() -> None:
    tc = composed(maker=Maker(interest_for_special_only=True))
    assert tc.vendor_interests == Ids.of([CLAIMING, EITHER_WAY, SPECIAL, TURNABLE])


def test_what_was_hidden_has_no_signal() -> None:
    tc = composed(purposes=Ids.of([2, 7]), special_features=Ids.of([2]), vendors=Ids.of([ASKING]))
    assert (tc.purpose_consents, tc.purpose_interests) == (Ids.of([2, 7]), Ids.of([2, 7]))
    assert tc.special_features == Ids.of([2])
    assert (tc.vendor_consents, tc.vendor_interests, tc.disclosed) == (Ids.of([ASKING]), NONE, Ids.of([ASKING]))


def test_an_undisclosed_purpose_one_has_no_signal() -> None:
    tc = composed(purpose_one_treatment=True)
    assert tc.purpose_one_treatment
    assert 1 not in tc.purpose_consents


def test_before_anything_was_pressed_nobody_has_consent_and_nobody_was_objected_to() -> None:
    tc = composed(untouched(ShownFramework(vendors=EVERYONE)))
    assert (tc.purpose_consents, tc.vendor_consents, tc.special_features) == (NONE, NONE, NONE)
    assert tc.purpose_interests == Ids.of([2, 7, 8, 9, 10, 11])
    assert tc.vendor_interests == Ids.of([CLAIMING, EITHER_WAY, TURNABLE])


def test_an_objection_to_a_vendor_clears_its_bit() -> None:
    tc = composed(TcfChoices(vendor_interests=EVERYONE - Ids.of([CLAIMING])))
    assert tc.vendor_interests == Ids.of([EITHER_WAY, TURNABLE])


def test_a_language_travels_with_two_letters() -> None:
    assert composed(language="sr-Latn").language == "SR"


def test_the_publishers_own_choices_travel_along() -> None:
    publisher = Publisher(Ids.of([1]), Ids.of([2]))
    assert composed(TcfChoices(publisher=publisher)).publisher == publisher


@pytest.mark.parametrize(
    "purpose, kind, given, written",
    [
        (2, FORBIDDEN, EVERYONE, [ASKING, CLAIMING, EITHER_WAY]),
        (3, FORBIDDEN, EVERYONE, []),
        (7, BY_CONSENT, EVERYONE, [EITHER_WAY, TURNABLE]),
        (2, BY_CONSENT, EVERYONE, []),
        (2, BY_INTEREST, EVERYONE, [EITHER_WAY]),
        (7, BY_INTEREST, EVERYONE, []),
        (2, 3, EVERYONE, []),
        (2, FORBIDDEN, Ids.of([GONE, 70]), []),
    ],
)
def test_a_restriction_is_written_only_where_it_changes_the_outcome(
    purpose: int, kind: int, given: Ids, written: list[int]
) -> None:
    tc = composed(restrictions=(Restriction(purpose, kind, given),))
    present = ONE_OF_EACH.index.vendors - ONE_OF_EACH.deleted(NOW)
    assert [each for row in tc.restrictions for each in row.vendors & present] == written


def test_a_vendor_turned_to_consent_may_get_its_bit() -> None:
    tc = composed(restrictions=(Restriction(7, BY_CONSENT, Ids.of([TURNABLE])),))
    assert TURNABLE in tc.vendor_consents


def test_vendors_without_any_signal_are_not_restricted() -> None:
    assert composed(TcfChoices(), restrictions=(Restriction(2, FORBIDDEN, EVERYONE),)).restrictions == ()


def test_the_same_pair_given_twice_is_written_once() -> None:
    twice = (Restriction(2, FORBIDDEN, Ids.of([ASKING])), Restriction(2, FORBIDDEN, Ids.of([CLAIMING])))
    assert [each.vendors for each in composed(restrictions=twice).restrictions] == [Ids.parse("10-20")]


def test_a_restriction_spans_ids_that_mean_nobody_and_stops_at_those_that_do() -> None:
    given = Restriction(2, FORBIDDEN, Ids.of([ASKING, CLAIMING, EITHER_WAY]))
    assert [each.vendors for each in composed(restrictions=(given,)).restrictions] == [Ids.parse("10-30")]
    without_claiming = Restriction(2, FORBIDDEN, Ids.of([ASKING, EITHER_WAY]))
    tc = composed(restrictions=(without_claiming,))
    assert [each.vendors for each in tc.restrictions] == [Ids.of([ASKING, EITHER_WAY])]


@given(seed=st.integers(0, 1 << 32))
def test_whatever_is_chosen_the_signals_stay_within_what_was_shown(seed: int) -> None:
    random = Random(seed)
    vendors = parsed(document(random, sorted(random.sample(range(1, 300), 25))))
    choices = TcfChoices(*(some_ids(random, highest) for highest in (24, 24, 300, 300, 12)))
    shown = ShownFramework(vendors=some_ids(random, 300), purposes=some_ids(random, 11))
    tc = compose(choices, shown, vendors, Maker(), NOW)
    assert decode(encode(tc)) == tc
    assert tc.disclosed == shown.vendors & vendors.index.vendors - vendors.deleted(NOW)
    assert tc.vendor_consents | tc.vendor_interests <= tc.disclosed
    assert tc.purpose_consents | tc.purpose_interests <= shown.purposes
    assert not tc.purpose_interests & NEVER_ON_INTEREST
