"""An event that excludes destinations is understood in any spelling; what cannot be told excludes."""

from typing import Any

import msgspec
import pytest

from placet.events.event import Event, EventKind
from placet.events.policy.connection import Connection
from placet.events.policy.evaluate import compile_routes, evaluate
from placet.events.policy.evaluation_context import ANONYMOUS
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import Held, PolicyStep
from placet.events.records.plugin_limits import bound

ROUTES = compile_routes(
    (Connection("to-ads", exempt=True, names=("ads", "Ad Lane")), Connection("hook", exempt=True)),
    PurposeMapping({}, {}),
)


def verdicts(**fields: Any) -> list[bool]:
    """May the event go to the two destinations?"""
    raw = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()}
    answers = evaluate(Event("m", "web", EventKind.TRACK, 1, 1, raw, "A"), ANONYMOUS, ROUTES)
    assert all(not isinstance(one, Held) or one.step is PolicyStep.INTEGRATIONS for one in answers)
    return [not isinstance(one, Held) for one in answers]


@pytest.mark.parametrize("said, goes", [
    ({}, [True, True]),
    (None, [True, True]),
    ({"All": False}, [False, False]),
    ({"all": False}, [False, False]),
    ({"ALL": False}, [False, False]),
    ({" All ": False}, [False, False]),
    ({"all": "false"}, [False, False]),
    ({"all": 0}, [False, False]),
    ({"All": None}, [False, False]),
    ({"All": True, "all": False}, [False, False]),
    ({"all": False, "All": True}, [False, False]),
    ({"all": False, "ads": True}, [True, False]),
    ({"all": False, "ADS": {"x": 1}}, [True, False]),
    ({"all": False, "ad lane": True}, [True, False]),
    ({"ad  lane": False}, [False, True]),
    ({"ADS": False}, [False, True]),
    ({"ads": True, "Ads": False}, [False, True]),
    ({"ads": True, "Ad Lane": False}, [False, True]),
    ({"Ads": "no"}, [False, True]),
    ({"Hook": {}}, [True, True]),
    ({"Segment.io": False}, [True, True]),
    ("all", [False, False]),
    ([], [False, False]),
    (False, [False, False]),
])  # fmt: skip
def test_any_spelling_of_a_no_is_one(said: Any, goes: list[bool]) -> None:
    assert verdicts(integrations=said) == goes


@pytest.mark.parametrize("field", ["integrations", "Integrations", "INTEGRATIONS", "integration", "providers"])
def test_the_choice_is_found_under_each_of_its_names(field: str) -> None:
    assert verdicts(**{field: {"all": False}}) == [False, False]


@pytest.mark.parametrize("field", ["integrations", "providers"])
def test_inside_context_only_a_refusal_is_a_choice(field: str) -> None:
    assert verdicts(context={field: {"All": False}}) == [False, False]
    assert verdicts(context={field: {"ads": {"clientId": "1"}}}) == [True, True]
    assert verdicts(integrations={"All": False}, context={field: {"ads": True}}) == [False, False]


@pytest.mark.parametrize("was", [
    {"integrations": {"all": False}}, {"providers": {"All": False}}, {"context": {"integrations": {"All": False}}},
])  # fmt: skip
@pytest.mark.parametrize("now", [{}, {"integrations": {"All": True, "ads": True}, "providers": {"all": True}}])
def test_no_plugin_takes_a_no_away(was: dict[str, Any], now: dict[str, Any]) -> None:
    assert verdicts(**bound(was, now)) == [False, False]
