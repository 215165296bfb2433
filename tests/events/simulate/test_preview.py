"""Test before you trust: previews and what-if."""

import pytest
from msgspec import Raw
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.events.event import Event, EventKind
from placet.events.filters.actions import DropAction, DropFields, FilterRule, Sample, only_send
from placet.events.filters.filter import read_filter
from placet.events.policy.connection import Connection
from placet.events.policy.evaluation_context import ANONYMOUS
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import Held, PolicyStep
from placet.events.simulate.preview import DraftPolicy, StoredEvent, preview, preview_connection, what_if
from placet.settings.connections import Mode

SEED = (only_send("seed", read_filter("contains(context.consent.onetrust, 'C0002:1')")),)


@pytest.mark.parametrize(
    ("context", "sent"),
    [
        ({"consent": {"onetrust": "C0001:1,C0002:1"}}, True),
        ({"consent": {"onetrust": "C0001:1,C0002:0"}}, False),
        ({}, False),
    ],
)
def test_the_seed_s_three_events_against_the_seed_s_filter(context, sent):
    document = {"type": "track", "event": "A", "context": context}
    assert preview(document, SEED) == (document if sent else None)


def test_a_preview_shows_the_event_as_it_would_be_sent():
    rules = (FilterRule("f", read_filter("type = 'track'"), (DropFields({"context": ("ip",)}),)),)
    assert preview({"type": "track", "context": {"ip": 1, "os": 2}}, rules) == {"type": "track", "context": {"os": 2}}
    assert preview({"type": "page", "context": {"ip": 1}}, rules) == {"type": "page", "context": {"ip": 1}}


@pytest.mark.parametrize(("action", "sent"), [(Sample(1), True), (Sample(0), False), (DropAction(), False)])
def test_a_preview_takes_samples_too(action, sent):
    document = {"messageId": "m"}
    assert preview(document, (FilterRule("f", read_filter("all"), (action,)),)) == (document if sent else None)


def test_a_preview_sends_nothing_a_filter_has_no_answer_for():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    rules = (FilterRule("f", read_filter("a = b"), (DropFields({}),)),)
    assert preview({"a": deep, "b": [deep]}, rules) is None


MAPPING = PurposeMapping({"C0004": "ads"}, {"ads-guid": "ads"})
STORED = [
    StoredEvent(
        Event(f"m{n}", "web", EventKind.TRACK, 1, 1, {"messageId": f"m{n}", "context": {"onetrust": f"C0004:{n % 2}"}})
    )
    for n in range(6)
]
ADS = Connection("ads", purposes=("ads",))


def test_a_draft_that_asks_for_consent_closes_what_was_open():
    [found] = what_if(STORED, DraftPolicy((replace(ADS, exempt=True),), MAPPING), DraftPolicy((ADS,), MAPPING), limit=2)
    assert (found.looked_at, found.passed_before, found.pass_after) == (6, 6, 3)
    assert (found.opened, found.closed, found.edited) == (0, 3, 0)
    assert [change.event for change in found.samples] == ["m0", "m2"]
    assert found.reasons == {"no consent (refused: ads)": 3}


def test_a_draft_that_asks_for_less_opens_what_was_closed():
    live = DraftPolicy((Connection("ads"),), MAPPING)
    [found] = what_if(STORED, live, DraftPolicy((Connection("ads", mode=Mode.SEGMENT),), MAPPING))
    assert (found.opened, found.closed) == (6, 0)


def test_a_draft_may_only_change_what_goes_along():
    rule = FilterRule("f", read_filter("all"), (DropFields({"context": ("ip",)}),))
    [found] = what_if(STORED, DraftPolicy((ADS,), MAPPING), DraftPolicy((replace(ADS, filters=(rule,)),), MAPPING))
    assert (found.opened, found.closed, found.edited) == (0, 0, 3)


def test_a_new_connection_opens_and_a_removed_one_closes():
    new, old = what_if(STORED, DraftPolicy((ADS,), MAPPING), DraftPolicy((replace(ADS, id="new"),), MAPPING))
    assert (new.connection, new.opened, new.passed_before) == ("new", 3, 0)
    assert (old.connection, old.closed, old.pass_after) == ("ads", 3, 0)
    assert "there is no such connection" in old.reasons


def test_a_draft_mapping_reads_profiles_anew():
    stored = [replace(one, profile=Profile({"ads-guid": Item(PurposeStatus.ACTIVE, 5)})) for one in STORED[:1]]
    stored = [replace(one, event=replace(one.event, fields={})) for one in stored]
    wider = PurposeMapping({"C0001": "aaa", "C0004": "ads"}, {"aaa-guid": "aaa", "ads-guid": "ads"})
    [found] = what_if(stored, DraftPolicy((ADS,), MAPPING), DraftPolicy((ADS,), wider))
    assert (found.passed_before, found.pass_after) == (1, 1)


@pytest.mark.parametrize(("groups", "sent"), [("C0004:1", {"messageId": "m", "context": {}}), ("C0004:0", None)])
def test_an_event_can_be_tried_on_a_whole_connection(groups, sent):
    connection = replace(ADS, filters=(FilterRule("f", read_filter("all"), (DropFields({"context": ("onetrust",)}),)),))
    event = Event("m", "web", EventKind.TRACK, 1, 1, {"messageId": "m", "context": {"onetrust": groups}})
    found = preview_connection(event, ANONYMOUS, connection, MAPPING)
    assert found.document == sent
    assert (found.verdict == Held(PolicyStep.CONSENT, "no consent (refused: ads)", "connections/ads/purposes")) is (
        sent is None
    )


def test_an_event_with_a_part_that_cannot_be_read_cannot_be_shown():
    event = Event("m", "web", EventKind.TRACK, 1, 1, {"context": {"onetrust": "C0004:1"}, "properties": Raw(b"{")})
    with pytest.raises(ValueError, match="truncated"):
        preview_connection(event, ANONYMOUS, ADS, MAPPING)
