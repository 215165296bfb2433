"""Whatever an event holds, every destination gets a verdict, and none passes on consent nobody gave."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, json

from placet.events.event import Event, EventKind
from placet.events.filters.actions import AllowFields, FilterRule, edit, only_send
from placet.events.filters.filter import read_filter
from placet.events.identity.strategies import SEGMENT_RULES
from placet.events.ingest.ingest import ingest
from placet.events.ingest.values import ConsentWritePolicy
from placet.events.policy.connection import Connection, Redaction
from placet.events.policy.data_filter import DataFilter, Switch
from placet.events.policy.evaluate import compile_routes, evaluate
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.forwarding_rules import ConsentRow, ConsentRule, EventAttributeRule, ForwardingRules, SaleRow
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import Allowed
from placet.settings.connections import Mode

NAMES = st.sampled_from(
    "context consent categoryPreferences onetrust consent_state gdpr ccpa data_sale_opt_out consented "
    "timestamp_unixtime_ms integrations All ads C0004 properties a userId externalIds device type traits".split()
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4)
)
WORDS = st.sampled_from(["C0004:1", "C0004:0", ",C0004,", "ads", "ios", "users"])
VALUES = st.recursive(
    LEAVES | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=6)

MAPPING = PurposeMapping({"C0004": "ads"}, {"guid": "ads"}, ("other",))
ROWS = ConsentRule(True, (ConsentRow("ads"), SaleRow(False)))
CONNECTIONS = (
    Connection("ads", purposes=("ads",)),
    Connection("segment", mode=Mode.SEGMENT, purposes=("ads",)),
    Connection("rules", mode=Mode.MPARTICLE, rules=ForwardingRules(ROWS, event=EventAttributeRule(False, "a", "b"))),
    Connection(
        "filters", exempt=True, filters=(only_send("f", read_filter("length(properties.a) > 1 or traits = context")),)
    ),
    Connection(
        "edits", exempt=True, filters=(FilterRule("e", read_filter("all"), (AllowFields({"context": ("a",)}),)),)
    ),
    Connection(
        "data",
        exempt=True,
        data=DataFilter((Switch(("user", "a"), False),)),
        redactions=(Redaction("ads", {"": ("a",)}),),
    ),
)
ROUTES = compile_routes(CONNECTIONS, MAPPING)


def an_event(fields, raw):
    coded = {name: Raw(json.encode(value)) for name, value in fields.items()} if raw else fields
    return Event("m", "s", EventKind.TRACK, 1, 1, coded, "A")


@settings(max_examples=80)
@given(FIELDS, st.booleans())
def test_every_destination_gets_a_verdict_and_every_edit_can_be_made(fields, raw):
    for verdict in evaluate(an_event(fields, raw), Subject("p"), ROUTES):
        if isinstance(verdict, Allowed):
            edit(fields, verdict.edits)
        else:
            assert verdict.reason
            assert verdict.path


@settings(max_examples=80)
@given(FIELDS)
def test_raw_and_decoded_events_are_judged_alike(fields):
    assert evaluate(an_event(fields, True), Subject("p"), ROUTES) == evaluate(
        an_event(fields, False), Subject("p"), ROUTES
    )


@settings(max_examples=80)
@given(FIELDS)
def test_nothing_passes_a_consent_gate_without_somebody_saying_yes(fields):
    verdict = evaluate(an_event(fields, False), Subject("p"), ROUTES)[0]
    if isinstance(verdict, Allowed):
        text = json.encode(fields).decode()
        assert "C0004" in text or "true" in text


@settings(max_examples=50)
@given(st.lists(FIELDS, max_size=4), st.sampled_from(ConsentWritePolicy))
def test_whatever_a_batch_holds_it_is_settled(batch, remember):
    events = [an_event({**fields, "userId": "u", "event": "A"}, True) for fields in batch]
    taken = ingest(events, (), SEGMENT_RULES, ROUTES, [f"p{n}" for n in range(len(events))], remember=remember)
    assert len(taken.kept) + len(taken.dropped) + len(taken.repeated) == len(batch)
