"""A plugin changes what happened, never whose it is nor what they agreed to."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from placet.events.event import Event, EventKind
from placet.events.policy.connection import Connection
from placet.events.policy.evaluate import compile_routes, evaluate
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import Allowed
from placet.events.records.plugin_limits import bound
from placet.settings.connections import Mode

SAID = {"categoryPreferences": {"C0002": False}}
WAS: dict[str, Any] = {
    "type": "track", "event": "Bought", "userId": "ada", "messageId": "m1",
    "properties": {"n": 1}, "context": {"consent": SAID, "page": {"url": "x"}}, "integrations": {"All": False},
}  # fmt: skip
YES = {"consent": {"categoryPreferences": {"C0002": True}}}


@pytest.mark.parametrize("change, kept", [
    ({"properties": {"n": 2}}, {"properties": {"n": 2}}),
    ({"more": 1}, {"more": 1}),
    ({"event": "Sold"}, {"event": "Sold"}),
    ({"userId": "bob"}, {}),
    ({"anonymousId": "new"}, {}),
    ({"messageId": None}, {}),
    ({"type": "identify"}, {}),
    ({"consent_state": {"gdpr": {"x": {"consented": True}}}}, {}),
    ({"context": YES}, {"context": {"consent": SAID}}),
    ({"context": {"consent": SAID, "onetrust": "C0002:1", "app": 1}}, {"context": {"consent": SAID, "app": 1}}),
    ({"context": None}, {}),
    ({"context": {"traits": {"email": "bob@x"}}}, {"context": {"consent": SAID}}),
    ({"integrations": {"All": True}}, {}),
    ({"integrations": {"Tally": True}}, {}),
    ({"integrations": {"Tally": False}}, {"integrations": {"All": False, "Tally": False}}),
    ({"integrations": None}, {}),
    ({"event": "Segment Consent Preference Updated"}, {}),
])  # fmt: skip
def test_what_a_plugin_may_not_change_is_put_back(change: dict[str, Any], kept: dict[str, Any]) -> None:
    assert bound(WAS, WAS | change) == WAS | kept


def test_a_consent_that_the_event_did_not_carry_is_not_added() -> None:
    was = {"type": "track", "event": "A", "context": {"page": 1}}
    assert bound(was, was | {"context": {"page": 1, **YES}}) == was
    assert bound({"type": "track"}, {"type": "track", "context": YES}) == {"type": "track", "context": {}}


def test_what_was_taken_away_comes_back_where_it_binds() -> None:
    assert bound(WAS, {}) == {name: value for name, value in WAS.items() if name not in ("event", "properties")}


words = st.sampled_from(
    ["C0002", "All", "Tally", "consent", "onetrust", "categoryPreferences", "gdpr", "ads", "C0002:1"]
)
loose = st.recursive(
    st.booleans() | st.none() | words, lambda inner: st.dictionaries(words, inner, max_size=3), max_leaves=6
)
fields = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("context", "integrations", "consent_state", "userId", "properties"), loose)
)
MAPPING = PurposeMapping({"C0002": "ads"})


def allowed(document: dict[str, Any], mode: Mode) -> bool:
    event = Event("m", "s", EventKind.TRACK, 1, 1, document)
    routes = compile_routes([Connection("tally", names=("Tally",), mode=mode, purposes=("ads",))], MAPPING)
    return isinstance(evaluate(event, Subject(), routes)[0], Allowed)


@given(fields, fields, st.sampled_from(Mode))
@example({"integrations": False}, {"integrations": {"C0002": False}}, Mode.SEGMENT)
def test_no_plugin_turns_held_into_sent(was: dict[str, Any], now: dict[str, Any], mode: Mode) -> None:
    if not allowed(was, mode):
        assert not allowed(bound(was, now), mode)
