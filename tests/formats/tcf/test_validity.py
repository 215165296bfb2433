"""A TC string that can be read may still be wrong, and then it says why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tcf_cases import composed
from vectors import good
from vendor_lists import ASKING, EVERYONE, GONE, ONE_OF_EACH

from placet.formats.ids import NONE, Ids
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import decode
from placet.formats.tcf.validity import is_void, validity

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_string_just_made_has_no_problem() -> None:
    assert validity(composed(), NOW, ONE_OF_EACH) == ()


@pytest.mark.parametrize(
    "changes, code, void, words",
    [
        ({"updated": datetime(2025, 4, 1, tzinfo=UTC)}, "expired", True, "it is from 2025-04-01"),
        ({"updated": datetime(2026, 6, 4, tzinfo=UTC)}, "in-the-future", True, "2026-06-04"),
        ({"policy_version": 4}, "wrong-policy", True, "policy 4, the list in force policy 5"),
        ({"policy_version": 2}, "old-policy", True, "policy 2"),
        ({"list_version": 4000}, "newer-list", False, "vendor list 4000"),
        ({"service_specific": False}, "global-scope", True, "since 2021-09-01"),
        ({"disclosed": None}, "disclosed-missing", True, "TCF 2.3"),
        ({"cmp_id": 0}, "unregistered", False, "CMP id 0"),
        ({"language": "a~"}, "odd-language", False, "'a~'"),
        ({"country": "1A"}, "odd-country", False, "'1A'"),
        ({"unknown": ("gAAA",)}, "unknown-segment", False, "1 segment"),
        ({"purpose_interests": Ids.of([2, 3])}, "interest-not-allowed", False, "purposes 3"),
        ({"disclosed": NONE}, "not-disclosed", False, "may do nothing"),
        ({"restrictions": (Restriction(2, 3, Ids.of([ASKING])),)}, "odd-restriction", False, "kind 3"),
        ({"disclosed": EVERYONE}, "vendor-deleted", False, f"vendors {GONE} have left"),
        ({"disclosed": EVERYONE}, "vendor-unknown", False, "vendors 70 "),
        ({"vendor_interests": Ids.of([ASKING])}, "interest-undeclared", False, f"vendors {ASKING} never claimed"),
    ],
)
def test_a_problem_is_named(changes: dict[str, Any], code: str, void: bool, words: str) -> None:
    problems = validity(msgspec.structs.replace(composed(), **changes), NOW, ONE_OF_EACH)
    named = {each.code: each for each in problems}
    assert named[code].void is void
    assert words in named[code].reason
    assert is_void(problems) >= void


def test_a_list_older_than_the_string_can_not_call_its_policy_wrong() -> None:
    newer = msgspec.structs.replace(composed(), list_version=4000, policy_version=6)
    problems = validity(newer, NOW, ONE_OF_EACH)
    assert [each.code for each in problems] == ["newer-list"]
    assert not is_void(problems)


def test_before_march_2026_no_vendors_had_to_be_disclosed() -> None:
    last_day = datetime(2026, 2, 28, tzinfo=UTC)
    tc = msgspec.structs.replace(composed(), created=last_day, updated=last_day, disclosed=None)
    assert validity(tc, NOW, ONE_OF_EACH) == ()


def test_how_long_a_choice_is_kept_is_a_setting() -> None:
    problems = validity(composed(), NOW, ONE_OF_EACH, lifetime=timedelta(days=30))
    assert [each.code for each in problems] == ["expired"]


@pytest.mark.parametrize("row", good("tcf.jsonl")[::9], ids=lambda row: row["id"])
def test_every_string_can_be_judged(row: dict[str, Any]) -> None:
    problems = validity(decode(row["tcString"]), NOW, ONE_OF_EACH)
    assert len({each.code for each in problems}) == len(problems)
    assert all(each.reason for each in problems)
