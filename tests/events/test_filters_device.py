"""Our filters and the evaluator that pages run answer alike, but for a list of explained differences."""

import json
import os
import random

import pytest

from placet.events.facts import Facts
from placet.events.filters import Filter, read_filter
from placet.events.filters_actions import AllowFields, DropFields, edit
from placet.events.filters_device import doubts
from placet.events.filters_ir import write_ir
from placet.events.filters_tree import Call, Compare, Listed, Literal, Not, Path, join

from .tsub import ask
from .vectors import lines

HEAD, *CASES = lines("fql.jsonl")
EVENTS = HEAD["events"]
ANSWERED = [case for case in CASES if "value" in case and case["filter"] != "all"]

DIFFERENCES = [
    # filter, event, ours, tsub's, why
    (
        "a = b",
        {"a": ["length", "x"], "b": 5},
        False,
        False,
        "a list that spells an operation is run; here it gives NaN",
    ),
    ("a = 'x'", {"a": ["lowercase", {"value": "X"}]}, False, True, "… and here the event makes the filter true"),
    ("match(a,'?')", {"a": "😀"}, True, False, "a character beyond U+FFFF is two for tsub"),
    ("a = 9007199254740993", {"a": 9007199254740992}, False, True, "whole numbers beyond 2^53 are rounded"),
    ("a.length = 3", {"a": "abc"}, False, True, "texts and lists have a length of their own"),
    ("a.toString.name = 'toString'", {"a": "abc"}, False, True, "JavaScript keeps functions in texts"),
    ("a\\.b = 1", {"a.b": 1}, True, False, "tsub splits at every dot"),
    ("a.\\0 = 1", {"a": [1]}, False, True, "tsub counts into lists"),
]


@pytest.fixture(scope="module")
def dice():
    seed = int(os.environ.get("PLACET_SEED") or random.SystemRandom().randrange(2**32))
    print(f"PLACET_SEED={seed}")
    return random.Random(seed)


def test_every_vector_gives_what_it_says_on_a_device():
    answers = ask([{"ir": write_ir(read_filter(c["filter"]).tree), "event": EVENTS[c["event"]]} for c in ANSWERED])
    expected = {case["name"]: case.get("device", case["value"]) for case in ANSWERED}
    assert {case["name"]: answer for case, answer in zip(ANSWERED, answers, strict=True)} == expected


def test_each_difference_that_an_event_brings_about_is_as_we_explain_it():
    answers = ask([{"ir": write_ir(read_filter(text).tree), "event": event} for text, event, *_ in DIFFERENCES])
    ours = [read_filter(text).matches(Facts(event)) for text, event, *_ in DIFFERENCES]
    assert list(zip(ours, answers, strict=True)) == [(mine, theirs) for _, _, mine, theirs, _ in DIFFERENCES]


def test_without_a_doubt_both_answer_alike_for_random_filters_and_events(dice):
    pairs = [(a_condition(dice, 3), an_event(dice)) for _ in range(4000)]
    answers = ask([{"ir": write_ir(tree), "event": event} for tree, event in pairs])
    sure = [(tree, event, theirs) for (tree, event), theirs in zip(pairs, answers, strict=True) if not doubts(tree)]
    apart = [
        (Filter(tree).text, event) for tree, event, theirs in sure if Filter(tree).matches(Facts(event)) is not theirs
    ]
    assert apart == []
    assert len(sure) > 500


def test_every_kind_of_doubt_is_justified_by_an_event_that_shows_it(dice):
    pairs = [(a_condition(dice, 1), an_event(dice)) for _ in range(6000)]
    answers = ask([{"ir": write_ir(tree), "event": event} for tree, event in pairs])
    unlike = {
        doubt.rpartition(": ")[2]
        for (tree, event), theirs in zip(pairs, answers, strict=True)
        if Filter(tree).matches(Facts(event)) is not theirs
        for doubt in doubts(tree)
    }
    assert {
        "a browser looks for members in written lists only",
        "in a browser a missing field is not null",
        "a browser counts UTF-16 units and gives a missing field no length",
        "a browser says boolean, object and undefined",
        "a browser does not know uppercase",
    } <= unlike


@pytest.mark.parametrize("kind", ["drop", "allow"])
def test_fields_are_cut_as_pages_cut_them(dice, kind):
    changes = [{path: tuple(dice.sample(NAMES, 2)) for path in dice.sample(["", *PATHS], 3)} for _ in range(300)]
    events = [event for event in (an_event(dice) for _ in range(2000)) if not holds_list_in_list(event)][: len(changes)]
    rule = {"drop": "drop_properties", "allow": "allow_properties"}[kind]
    theirs = ask([
        {"event": event, "transformers": [{"type": rule, "config": {kind: change}}]}
        for event, change in zip(events, changes, strict=True)
    ])  # fmt: skip
    make = {"drop": DropFields, "allow": AllowFields}[kind]
    ours = [edit(event, (make(change),)) for event, change in zip(events, changes, strict=True)]
    assert ours == theirs


NAMES = ["a", "b", "c", "d"]
PATHS = ["a", "b", "c", "a.b", "b.a", "c.a", "a.b.c"]
TEXTS = ["", "a", "b", "abc", "A", "C0002:1", "1.2", "1", "null", "string", "number", "a*", "[", "ü"]
GLOBS = ["*", "a*", "?", "[a-c]*", "*b*", "[^a]", "", "a?c", "*[0-9]", "\\*", "C????:1", "*:1", "[a-c][b]?"]


def holds_list_in_list(value, inside=False):
    """Tsub takes a list in a list for an object and empties its places; we leave it alone."""
    if isinstance(value, list):
        return inside or any(holds_list_in_list(member, inside=True) for member in value)
    return isinstance(value, dict) and any(map(holds_list_in_list, value.values()))


def a_value(dice, deep=2):
    pick = dice.randrange(9 if deep else 6)
    if pick < 6:
        return [None, True, False, dice.randrange(-2, 4), dice.choice([0.5, 1.0, -2.5]), dice.choice(TEXTS)][pick]
    if pick == 6:
        return [a_value(dice, deep - 1) for _ in range(dice.randrange(3))]
    return {name: a_value(dice, deep - 1) for name in dice.sample(NAMES, dice.randrange(4))}


def an_event(dice):
    return {name: a_value(dice, 3) for name in NAMES if dice.random() < 0.85}


def a_scalar(dice):
    return dice.choice([None, True, False, dice.randrange(-2, 4), 0.5, dice.choice(TEXTS), dice.choice(TEXTS)])


def an_operand(dice, deep):
    pick = dice.random()
    if pick < 0.5 or not deep:
        return Path(tuple(dice.choice(PATHS).split(".")))
    if pick < 0.7:
        return Literal(a_scalar(dice))
    if pick < 0.75:
        return Listed(tuple(a_scalar(dice) for _ in range(dice.randrange(3))))
    return a_call(dice, deep - 1)


def a_call(dice, deep):
    name = dice.choice(
        ["contains", "match", "lowercase", "typeof", "length", "semver", "contains", "match", "uppercase"]
    )
    if name == "match":
        return Call(name, (an_operand(dice, deep), Literal(dice.choice(GLOBS))))
    if name == "contains":
        return Call(name, (an_operand(dice, deep), Literal(dice.choice(TEXTS))))
    if name == "semver":
        return Call(
            name, (an_operand(dice, deep), Literal(dice.choice(["=", "<", ">="])), Literal(dice.choice(["1", "1.2"])))
        )
    return Call(name, (an_operand(dice, deep),))


def a_condition(dice, deep):
    pick = dice.random()
    if pick < 0.15:
        return Path(tuple(dice.choice(PATHS).split(".")))
    if pick < 0.3 or not deep:
        return Compare(dice.choice(["=", "!=", "<", ">="]), an_operand(dice, deep), Literal(a_scalar(dice)))
    if pick < 0.45:
        return Compare(dice.choice(["=", "!=", "<", "<="]), an_operand(dice, deep), an_operand(dice, deep))
    if pick < 0.55:
        return Compare("in", an_operand(dice, 0), Listed(tuple(a_scalar(dice) for _ in range(3))))
    if pick < 0.6:
        return Compare("in", an_operand(dice, deep), an_operand(dice, 0))
    if pick < 0.8:
        return a_call(dice, deep)
    if pick < 0.88:
        return Not(a_condition(dice, deep - 1))
    return join(dice.choice(["and", "or"]), tuple(a_condition(dice, deep - 1) for _ in range(2)))


def test_random_filters_survive_text_and_ir(dice):
    for tree in [a_condition(dice, 4) for _ in range(2000)]:
        condition = Filter(tree)
        assert read_filter(condition.text).tree == tree
        assert json.loads(write_ir(tree)) is not None
