"""What a filter answers, case by case (vectors/fql.jsonl, segment.md §6)."""

import pytest

from placet.events.fields import EventFields
from placet.events.filters.ast import BadFilter, Unanswerable
from placet.events.filters.device_mode import doubts
from placet.events.filters.filter import notices, opposite, read_filter, read_filter_ir
from placet.events.filters.json_ir import write_ir
from tests.events.vectors import lines

HEAD, *CASES = lines("fql.jsonl")
EVENTS = HEAD["events"]
ANSWERED = [case for case in CASES if "value" in case]
REFUSED = [case for case in CASES if "bad" in case]


def named(case):
    return case["name"]


@pytest.mark.parametrize("case", ANSWERED, ids=named)
def test_a_filter_answers_as_the_reference_says(case):
    assert read_filter(case["filter"]).matches(EventFields(EVENTS[case["event"]])) is case["value"]


@pytest.mark.parametrize("case", ANSWERED, ids=named)
def test_a_filter_survives_being_written_and_read(case):
    condition = read_filter(case["filter"])
    assert read_filter(condition.text) == condition


@pytest.mark.parametrize("case", [case for case in ANSWERED if case["filter"] != "all"], ids=named)
def test_a_filter_survives_ir(case):
    condition = read_filter(case["filter"])
    assert read_filter_ir(write_ir(condition.tree)) == condition


@pytest.mark.parametrize("case", ANSWERED, ids=named)
def test_the_opposite_of_a_filter_answers_the_opposite(case):
    assert opposite(read_filter(case["filter"])).matches(EventFields(EVENTS[case["event"]])) is not case["value"]


@pytest.mark.parametrize(
    "case", [case for case in ANSWERED if case.get("device", case["value"]) != case["value"]], ids=named
)
def test_where_a_browser_answers_differently_we_say_so(case):
    assert doubts(read_filter(case["filter"]).tree)


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_a_filter_we_cannot_read_is_refused_with_its_place_and_a_cure(case):
    with pytest.raises(BadFilter) as refusal:
        read_filter(case["filter"])
    assert refusal.value.at == case["bad"]["at"]
    assert case["bad"]["says"] in str(refusal.value)
    assert refusal.value.cure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lowercase(event)", "lowercase(event) is never true by itself; compare it with something"),
        ("type = 'track' and 'x'", "'x' is never true by itself; compare it with something"),
        ("!typeof(event)", "typeof(event) is never true by itself; compare it with something"),
    ],
)
def test_a_filter_that_can_never_be_true_is_noticed(text, expected):
    assert notices(read_filter(text)) == (expected,)


def test_a_sensible_filter_gives_no_notice():
    assert notices(read_filter("!contains(context.onetrust, 'C0002:1') and properties.ok")) == ()


def test_an_event_that_nests_beyond_measure_has_no_answer():
    value: list = []
    for _ in range(100_000):
        value = [value]
    same = read_filter("properties = context")
    with pytest.raises(Unanswerable):
        same.matches(EventFields({"properties": value, "context": [value]}))


@pytest.mark.parametrize(
    "ir",
    ["", "[", "5", "null", '["zz", "a"]', '["and"]', '["=", "a"]', '{"value": [1]}', '""', '["!", "a..b"]', "[" * 3000],
)
def test_ir_that_is_none_is_refused(ir):
    with pytest.raises(BadFilter):
        read_filter_ir(ir)


def test_nested_ir_is_flattened_as_text_is():
    nested = '["and", "a", ["and", "b", ["or", "c", ["or", "d", "e"]]]]'
    assert read_filter_ir(nested).text == "a and b and (c or d or e)"
