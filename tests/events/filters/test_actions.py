"""What filters do to events: drop, sample, cut fields; and how pages are told."""

import json

import pytest

from placet.events.fields import EventFields
from placet.events.filters.actions import (
    AllowFields,
    DropAction,
    DropFields,
    FilterRule,
    Sample,
    edit,
    in_order,
    keeps,
    object_to_filters,
    only_send,
)
from placet.events.filters.ast import BadFilter
from placet.events.filters.builder import Condition, Operator, Sends, build, warnings
from placet.events.filters.filter import read_filter
from placet.events.filters.routing import route

EVENT = {"userId": "u", "context": {"ip": "1", "os": "x"}, "properties": {"a": 1, "items": [{"p": 1, "q": 2}, 3]}}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (DropFields({"": ("userId",)}), {k: EVENT[k] for k in ("context", "properties")}),
        (DropFields({"context": ("ip", "zz")}), {**EVENT, "context": {"os": "x"}}),
        (DropFields({"properties.items": ("p",)}), {**EVENT, "properties": {"a": 1, "items": [{"q": 2}, 3]}}),
        (AllowFields({"context": ("ip",)}), {**EVENT, "context": {"ip": "1"}}),
        (AllowFields({"properties.items": ("q",)}), {**EVENT, "properties": {"a": 1, "items": [{"q": 2}, 3]}}),
        (DropFields({"traits": ("x",), "userId": ("x",), "properties.zz": ("x",)}), EVENT),
    ],
)
def test_fields_are_cut_where_the_path_leads(action, expected):
    before = json.dumps(EVENT)
    assert edit(EVENT, (action,)) == expected
    assert json.dumps(EVENT) == before


def test_actions_take_effect_in_their_own_order_whatever_the_order_of_the_filters():
    allow, fields, drop, sample = AllowFields({}), DropFields({}), DropAction(), Sample(0.5)
    rules = (FilterRule("1", read_filter("all"), (allow, fields)), FilterRule("2", read_filter("all"), (drop, sample)))
    assert [action for _, action in in_order(rules)] == [sample, drop, fields, allow]


def test_a_filter_that_is_switched_off_does_nothing():
    assert in_order((FilterRule("1", read_filter("all"), (DropAction(),), enabled=False),)) == ()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_sample_keeps_about_its_share_of_users_and_always_the_same(share):
    sample = Sample(share, "userId")
    kept = {n for n in range(2000) if keeps(sample, EventFields({"userId": f"u-{n}", "messageId": "x"}))}
    again = {n for n in range(2000) if keeps(sample, EventFields({"userId": f"u-{n}", "messageId": "y"}))}
    assert kept == again
    assert abs(len(kept) / 2000 - share) < 0.05


def test_a_larger_sample_contains_the_smaller_one():
    events = [EventFields({"messageId": f"m-{n}"}) for n in range(500)]
    assert all(keeps(Sample(0.6), event) for event in events if keeps(Sample(0.3), event))


@pytest.mark.parametrize(("share", "kept"), [(0, False), (-1, False), (1, True), (2, True)])
def test_all_or_nothing_needs_no_luck(share, kept):
    assert keeps(Sample(share), EventFields({})) is kept


FIELD = "context.consent.onetrust"


@pytest.mark.parametrize(
    ("sends", "condition", "stored"),
    [
        (Sends.ONLY, Condition(FIELD, Operator.CONTAINS, "C0002:1"), f"!contains({FIELD}, 'C0002:1')"),
        (Sends.NOT, Condition(FIELD, Operator.IS_NULL), f"{FIELD} = null"),
        (
            Sends.ONLY,
            Condition("context.consent.categoryPreferences.C0002", Operator.IS_TRUE),
            "!(context.consent.categoryPreferences.C0002 = true)",
        ),
        (Sends.NOT, Condition("event", Operator.GLOB, "A*"), "match(event, 'A*')"),
        (Sends.NOT, Condition("event", Operator.IS, "A"), "event = 'A'"),
        (Sends.NOT, Condition("properties.n", Operator.IS_NOT, 4), "properties.n != 4"),
        (Sends.NOT, Condition("properties.n", Operator.IS_FALSE), "properties.n = false"),
        (Sends.NOT, Condition("properties.product\\ 1", Operator.IS_NOT_NULL), "properties.product\\ 1 != null"),
    ],
)
def test_a_row_in_the_console_becomes_the_filter_that_is_stored(sends, condition, stored):
    assert build(sends, (condition,)).text == stored


def test_rows_are_joined():
    rows = (Condition("a", Operator.IS, 1), Condition("b", Operator.IS, 2))
    assert build(Sends.NOT, rows, "or").text == "a = 1 or b = 2"
    assert build(Sends.ONLY, rows).text == "!(a = 1 and b = 2)"


@pytest.mark.parametrize("rows", [(), (Condition("a", Operator.IS),), (Condition("", Operator.IS_NULL),)])
def test_a_row_that_is_not_complete_is_refused(rows):
    with pytest.raises(BadFilter):
        build(Sends.ONLY, rows)


def test_a_bare_group_id_is_warned_about():
    assert "C0002:1" in warnings((Condition(FIELD, Operator.CONTAINS, "C0002"),))[0]
    assert warnings((Condition(FIELD, Operator.CONTAINS, "C0002:1"),)) == ()


def test_only_send_all_sends_all():
    assert not only_send("1", read_filter("all")).when.matches(EventFields({}))


def test_a_page_is_told_the_rule_in_the_shape_it_reads():
    rule = only_send("1", read_filter(f"contains({FIELD},'C0002:1')"))
    assert route("Pixel Demo", (rule,)).rules == (
        {
            "scope": "destinations",
            "target_type": "workspace::project::destination::config",
            "destinationName": "Pixel Demo",
            "matchers": [
                {
                    "type": "fql",
                    "ir": '["!",["contains","context.consent.onetrust",{"value":"C0002:1"}]]',
                    "config": {"expr": "!contains(context.consent.onetrust, 'C0002:1')"},
                }
            ],
            "transformers": [[{"type": "drop"}]],
        },
    )


def test_a_page_is_told_sample_first_and_fields_last():
    rule = FilterRule("1", read_filter("all"), (AllowFields({"a": ("b",)}), DropFields({"": ("c",)}), Sample(0.5)))
    told = [one["transformers"][0][0]["type"] for one in route("D", (rule,)).rules]
    assert told == ["sample_event", "drop_properties", "allow_properties"]


def test_a_filter_the_page_would_answer_differently_closes_the_destination_there():
    rule = FilterRule("f", read_filter("uppercase(event) = 'A'"), (DropAction(),))
    routing = route("D", (rule, FilterRule("g", read_filter("type = 'track'"), (DropAction(),))))
    assert [one["matchers"][0]["type"] for one in routing.rules] == ["all"]
    assert "does not know uppercase" in routing.doubts["f"][0]


def test_an_operator_may_leave_such_a_filter_to_the_server():
    rule = FilterRule("f", read_filter("all"), (Sample(0.5, "userId"),))
    routing = route("D", (rule,), closed=False)
    assert routing.rules == ()
    assert "keeps every event" in routing.doubts["f"][0]


ALL = read_filter("all")


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (tuple(FilterRule(str(n), ALL, (DropAction(),)) for n in range(11)), "may have 10"),
        ((FilterRule("f", ALL, (DropAction(),), "x" * 65),), "may have 64"),
        ((FilterRule("f", ALL, ()),), "does nothing"),
        ((FilterRule("f", ALL, (Sample(1.5),)),), "between 0 and 1"),
    ],
)
def test_filters_beyond_the_limits_are_objected_to(rules, says):
    assert says in object_to_filters(rules)[0]


def test_ten_filters_with_titles_are_fine():
    assert object_to_filters(tuple(FilterRule(str(n), ALL, (DropAction(),), "x" * 64) for n in range(10))) == ()
