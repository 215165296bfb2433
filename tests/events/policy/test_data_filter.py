"""What a destination gets of an event when data points are switched (mparticle.md §6.4)."""

import pytest

from placet.events.event import Event, EventKind
from placet.events.filters.actions import edit
from placet.events.policy.data_filter import DataFilter, Switch
from placet.events.policy.evaluation_context import ANONYMOUS, EvaluationContext
from placet.events.policy.purposes import PurposeMapping

DOCUMENT = {
    "userId": "u",
    "user_identities": {"email": "e", "customer_id": "c"},
    "properties": {"a": 1, "b": 2},
    "traits": {"plan": "x", "age": 5},
}

OFF = "the data point event > navigation > A is switched off"


def left(data, kind=EventKind.TRACK, genre="navigation", name="A"):
    """What is left of the document, or why it does not go out."""
    case = EvaluationContext(Event("m", "s", kind, 1, 1, DOCUMENT, name, genre), ANONYMOUS, PurposeMapping(), (0,))
    return data.objection(case) or edit(DOCUMENT, data.edits(case))


def switches(**points):
    return tuple(Switch(tuple(point.split("__")), on) for point, on in points.items())


def without(part, *names):
    return {**DOCUMENT, part: {name: value for name, value in DOCUMENT[part].items() if name not in names}}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (DataFilter(), DOCUMENT),
        (DataFilter(switches(event__navigation__A__b=False)), without("properties", "b")),
        (DataFilter(switches(event__search__A__b=False)), DOCUMENT),
        (DataFilter(switches(user__age=False)), without("traits", "age")),
        (
            DataFilter(switches(identity__email=False, identity__user_id=False)),
            {k: v for k, v in without("user_identities", "email").items() if k != "userId"},
        ),
        (DataFilter(switches(event__navigation=False)), OFF),
        (
            DataFilter(switches(event=False, event__navigation__A=True)),
            OFF,
        ),
        (DataFilter((), new=False), OFF),
        (
            DataFilter(switches(event__navigation__A=True, event__navigation__A__a=True, user__age=True), new=False),
            {**without("properties", "b"), "traits": {"age": 5}, "user_identities": {}},
        ),
    ],
)
def test_what_is_left(data, expected):
    assert left(data) == expected


def test_screens_have_points_of_their_own():
    data = DataFilter(switches(screen__Home__a=False, screen__Away=False))
    assert left(data, EventKind.SCREEN, name="Home") == without("properties", "a")
    assert "screen > Away" in left(data, EventKind.PAGE, name="Away")


def test_a_call_that_only_names_somebody_has_no_point():
    assert left(DataFilter(switches(user__age=False), new=True), EventKind.IDENTIFY) == without("traits", "age")
