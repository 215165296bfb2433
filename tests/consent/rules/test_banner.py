"""Must we ask? Yes or no, and why."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from placet.consent.rules.banner import DAY, TABLE, BannerFacts, Reason, Sync, holds, must_ask
from tests.consent.sites import NOW

CASES = [json.loads(line) for line in Path("vectors/banner.jsonl").read_text().splitlines()]


ANSWERED = [json.loads(line) for line in Path("vectors/answered.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["name"])
def test_an_answer_counts_as_the_shared_cases_say(case: dict[str, Any]) -> None:
    given = case["given"]
    assert holds(given["now"], given["at"], given["holdsFor"]) is case["value"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_shared_cases_hold(case: dict[str, Any]) -> None:
    given = case["given"]
    facts = BannerFacts(
        now=given["now"],
        rule_shows=given.get("ruleShows", True),
        iab=given.get("iab", False),
        sync=Sync[given.get("sync", "unknown").upper()],
        consented_at=given.get("consentedAt"),
        expires_at=given.get("expiresAt"),
        reconsent_at=given.get("reconsentAt", 0),
        holds_for=given.get("holdsFor"),
        tc_holds_for=given.get("tcHoldsFor"),
        tc_updated=given.get("tcUpdated"),
    )
    ask = must_ask(facts)
    assert {"show": ask.show, "code": int(ask.reason), "reset": ask.reset, "text": ask.text} == case["value"]


def test_the_cases_meet_every_code() -> None:
    assert {case["value"]["code"] for case in CASES} == set(Reason)


# For each row of the table in its order: facts that make it apply and no earlier one.
ROWS: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.RULE_SHOWS_NONE, {"rule_shows": False}),
    (Reason.FULLY_SYNCED, {"sync": Sync.COMPLETE}),
    (Reason.PERSON_RECONSENT, {"sync": Sync.EXPIRED}),
    (Reason.NOT_FULLY_SYNCED, {"sync": Sync.INCOMPLETE}),
    (Reason.FIRST_LAUNCH, {"consented_at": None}),
    (Reason.RECONSENT, {"reconsent_at": NOW - 5}),
    (Reason.EXPIRED, {"expires_at": NOW}),
    (Reason.TC_EXPIRED, {"iab": True, "tc_updated": NOW - 11 * DAY, "tc_holds_for": 10 * DAY}),
    (Reason.NOW_IAB, {"iab": True, "tc_updated": None}),
    (Reason.STILL_VALID, {}),
]
SETTLED = {"now": NOW, "consented_at": NOW - DAY}


def test_the_rows_are_those_of_the_table() -> None:
    assert [row.ask.reason for row in TABLE] == [reason for reason, _ in ROWS]


@pytest.mark.parametrize(("reason", "facts"), ROWS, ids=lambda value: getattr(value, "name", ""))
def test_each_row_answers_alone(reason: Reason, facts: dict[str, Any]) -> None:
    assert must_ask(BannerFacts(**(SETTLED | facts))).reason is reason


@pytest.mark.parametrize(("first", "second"), list(combinations(ROWS, 2)), ids=lambda row: row[0].name)
def test_of_two_rows_that_apply_the_first_answers(
    first: tuple[Reason, dict[str, Any]], second: tuple[Reason, dict[str, Any]]
) -> None:
    assert must_ask(BannerFacts(**(SETTLED | second[1] | first[1]))).reason is first[0]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"consented_at": NOW - DAY, "holds_for": DAY}, Reason.EXPIRED),
        ({"consented_at": NOW - DAY + 1, "holds_for": DAY}, Reason.STILL_VALID),
        ({"expires_at": NOW}, Reason.EXPIRED),
        ({"expires_at": NOW + 1}, Reason.STILL_VALID),
        ({"reconsent_at": NOW - DAY}, Reason.STILL_VALID),
        ({"reconsent_at": NOW - DAY + 1}, Reason.RECONSENT),
        ({"iab": True, "tc_updated": NOW - DAY, "tc_holds_for": DAY}, Reason.STILL_VALID),
        ({"iab": True, "tc_updated": NOW - DAY - 1, "tc_holds_for": DAY}, Reason.TC_EXPIRED),
        ({"iab": True, "tc_updated": 1}, Reason.STILL_VALID),
        ({"holds_for": None, "consented_at": 1}, Reason.STILL_VALID),
        ({"iab": False, "tc_updated": 1, "tc_holds_for": 1}, Reason.STILL_VALID),
    ],
)
def test_time_runs_out_to_the_millisecond(facts: dict[str, Any], reason: Reason) -> None:
    assert must_ask(BannerFacts(**(SETTLED | facts))).reason is reason


def test_local_choices_are_void_only_when_consent_is_collected_afresh() -> None:
    assert {row.ask.reason for row in TABLE if row.ask.reset} == {
        Reason.PERSON_RECONSENT,
        Reason.RECONSENT,
        Reason.EXPIRED,
        Reason.TC_EXPIRED,
    }
