"""What a vendor may do with a TC string (iab.md §1.10), case by case."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcf_cases import composed, tc_string
from vendor_lists import ASKING, CLAIMING, EITHER_WAY, EVERYONE, GONE, ONE_OF_EACH, SPECIAL, TURNABLE, document, parsed

from placet.formats.ids import NONE, Ids
from placet.formats.tcf.compose import BY_CONSENT, BY_INTEREST, FORBIDDEN, NEVER_ON_INTEREST
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.vendor_permissions import may_process, may_process_specially, may_use_feature, restriction_kind


@pytest.mark.parametrize(
    "vendor, purpose, changes, allowed, reason",
    [
        (ASKING, 2, {}, True, "consent for purpose 2 and vendor 10"),
        (ASKING, 2, {"purpose_consents": NONE}, False, "no consent for purpose 2"),
        (ASKING, 2, {"vendor_consents": NONE}, False, "no consent for vendor 10"),
        (ASKING, 3, {}, False, "does not declare purpose 3"),
        (ASKING, 2, {"disclosed": NONE}, False, "was not disclosed"),
        (ASKING, 2, {"disclosed": None}, True, "consent"),
        (70, 2, {"disclosed": None}, False, "is not in list"),
        (CLAIMING, 2, {}, True, "told of and not objected to"),
        (CLAIMING, 2, {"purpose_interests": NONE}, False, "no legitimate interest for purpose 2"),
        (CLAIMING, 2, {"vendor_interests": NONE}, False, "no legitimate interest for vendor 20"),
        (ASKING, 1, {"purpose_one_treatment": True, "country": "DE"}, False, "the law of DE decides"),
        (EITHER_WAY, 2, {"purpose_consents": NONE}, False, "no consent for purpose 2"),
        (EITHER_WAY, 7, {"purpose_interests": NONE}, False, "no legitimate interest for purpose 7"),
    ],
)
def test_a_vendor_needs_its_signals(
    vendor: int, purpose: int, changes: dict[str, Any], allowed: bool, reason: str
) -> None:
    rule = may_process(msgspec.structs.replace(composed(), **changes), vendor, purpose, ONE_OF_EACH)
    assert bool(rule) is allowed
    assert reason in rule.reason


@pytest.mark.parametrize(
    "vendor, purpose, kind, allowed, reason",
    [
        (ASKING, 2, FORBIDDEN, False, "the publisher forbids purpose 2"),
        (ASKING, 2, BY_CONSENT, True, "consent"),
        (ASKING, 2, BY_INTEREST, False, "vendor 10 works by consent only"),
        (CLAIMING, 2, BY_CONSENT, False, "vendor 20 works by legitimate interest only"),
        (CLAIMING, 2, BY_INTEREST, True, "not objected"),
        (EITHER_WAY, 2, BY_INTEREST, True, "legitimate interest in purpose 2"),
        (EITHER_WAY, 7, BY_CONSENT, True, "consent for purpose 7"),
        (ASKING, 2, 3, True, "consent"),
    ],
)
def test_a_publisher_may_narrow_it(vendor: int, purpose: int, kind: int, allowed: bool, reason: str) -> None:
    restricted = msgspec.structs.replace(composed(), restrictions=(Restriction(purpose, kind, EVERYONE),))
    rule = may_process(restricted, vendor, purpose, ONE_OF_EACH)
    assert rule.allowed is allowed
    assert reason in rule.reason


def test_of_several_restrictions_the_lowest_number_wins() -> None:
    several = tuple(Restriction(2, kind, Ids.of([ASKING])) for kind in (3, BY_INTEREST, BY_CONSENT))
    tc = msgspec.structs.replace(composed(), restrictions=several)
    assert restriction_kind(tc, ASKING, 2) == BY_CONSENT
    assert restriction_kind(tc, CLAIMING, 2) is None


@pytest.mark.parametrize("purpose", list(NEVER_ON_INTEREST))
@given(seed=st.integers(0, 1 << 32))
def test_interest_never_opens_a_purpose_that_does_not_allow_it(purpose: int, seed: int) -> None:
    random = Random(seed)
    known = parsed(document(random, list(range(1, 12))))
    tc = msgspec.structs.replace(tc_string(random), purpose_consents=NONE, disclosed=None)
    assert not any(may_process(tc, vendor, purpose, known) for vendor in range(1, 12))


def test_a_special_feature_needs_its_opt_in_and_its_declaration() -> None:
    tc = composed()
    declaring = ONE_OF_EACH.index.special_features
    for feature, users in declaring.items():
        for vendor in users & (tc.disclosed or NONE):
            assert may_use_feature(tc, vendor, feature, ONE_OF_EACH)
            assert not may_use_feature(msgspec.structs.replace(tc, special_features=NONE), vendor, feature, ONE_OF_EACH)
    assert not may_use_feature(tc, ASKING, 9, ONE_OF_EACH)
    assert not may_use_feature(tc, GONE, 1, ONE_OF_EACH)


def test_a_special_purpose_needs_disclosure_only() -> None:
    tc = composed()
    assert may_process_specially(tc, SPECIAL, 1, ONE_OF_EACH)
    assert not may_process_specially(msgspec.structs.replace(tc, disclosed=NONE), SPECIAL, 1, ONE_OF_EACH)
    assert not may_process_specially(tc, TURNABLE, 1, ONE_OF_EACH)
