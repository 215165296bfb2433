"""Every row of both vendors' truth tables and of our own (vectors/judge.jsonl)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from placet.events.event import Event, EventKind
from placet.events.filters.actions import AllowFields, DropAction, DropFields, FilterRule, Sample, edit, only_send
from placet.events.filters.filter import read_filter
from placet.events.policy.connection import Connection, Redaction
from placet.events.policy.consent_state import ConsentSignal, EventConsent
from placet.events.policy.evaluate import compile_routes, evaluate, evaluate_again
from placet.events.policy.evaluation_context import ANONYMOUS, PrivacyRequestKind, Subject
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import ALLOWED, Allowed, Held, PolicyStep, Unmapped
from placet.settings.connections import ConsentBasis, Mode, Need
from tests.events.vectors import lines

HEAD, *CASES = lines("judge.jsonl")
MAPPINGS = {name: msgspec.convert(made, PurposeMapping) for name, made in HEAD["mappings"].items()}


def an_event(**fields):
    document = {"type": "track", "event": "A", "messageId": "m-1", **fields}
    raw = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in document.items()}
    return Event("m-1", "web", EventKind.TRACK, received=1, at=1, fields=raw, name="A")


def a_connection(given):
    """A connection as vectors write it: its filter is a text."""
    given = dict(given)
    text = given.pop("only_send", None)
    made = msgspec.convert(given, Connection)
    return made if text is None else replace(made, filters=(only_send("f", read_filter(text)),))


def a_subject(given, mapping):
    """A subject as vectors write it: its profile is a list of answers."""
    given = dict(given)
    answers = given.pop("profile", [])
    voices = [
        ConsentSignal("profile", said["at"], *((bit, 0) if said["granted"] else (0, bit)))
        for said in answers
        for bit in [mapping.bits[said["purpose"]]]
    ]
    return replace(msgspec.convert(given, Subject), profile=EventConsent(tuple(voices)))


def in_words(verdict):
    """A verdict as vectors write it."""
    if isinstance(verdict, Held):
        return f"held: {verdict.step}"
    if isinstance(verdict, Unmapped):
        return "unmapped"
    return "allowed + edits" if verdict.edits else "allowed"


def judged(case):
    mapping = MAPPINGS[case["mapping"]]
    connections = [a_connection(given) for given in case["connections"]]
    verdicts = evaluate(
        an_event(**case["event"]), a_subject(case["subject"], mapping), compile_routes(connections, mapping)
    )
    return {one.id: verdict for one, verdict in zip(connections, verdicts, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_row_of_a_truth_table(case):
    assert {name: in_words(verdict) for name, verdict in judged(case).items()} == case["verdicts"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_refusal_says_why_and_where(case):
    for name, verdict in judged(case).items():
        if not isinstance(verdict, Allowed):
            assert len(verdict.reason) > 10
            assert verdict.path.split("/")[0] in {"connections", "suppressions", "requests"}
            assert name in verdict.path or verdict.path.startswith(("suppressions", "requests"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_verdict_can_be_derived_again_from_what_was_stored(case):
    mapping = MAPPINGS[case["mapping"]]
    subject = a_subject(case["subject"], mapping)
    for written, verdict in zip(case["connections"], judged(case).values(), strict=True):
        stored = msgspec.json.encode((a_connection(written), mapping, subject))
        kept = msgspec.json.decode(stored, type=tuple[Connection, PurposeMapping, Subject])
        assert evaluate_again(an_event(**case["event"]), kept[2], kept[0], kept[1]) == verdict


MAPPING = MAPPINGS["default"]
YES = {"context": {"consent": {"categoryPreferences": {"ad": True}}, "ip": "1.2.3.4"}}


def verdict_of(connection, subject=ANONYMOUS, **fields):
    return evaluate(an_event(**fields), subject, compile_routes((connection,), MAPPING))[0]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "no consent (never asked about: ad, analytics)"),
        ({"context": {"onetrust": "ad:1"}}, "no consent (refused: analytics)"),
        ({"context": {"onetrust": ""}}, "no consent (refused: ad, analytics)"),
    ],
)
def test_a_refusal_names_the_purposes(fields, reason):
    held = verdict_of(Connection("ga4", purposes=("ad", "analytics")), **fields)
    assert held == Held(PolicyStep.CONSENT, reason, "connections/ga4/purposes")


def test_a_filter_that_drops_is_named():
    rule = FilterRule("f1", read_filter("type = 'track'"), (DropAction(),), "No tracks")
    held = verdict_of(Connection("ga4", purposes=("ad",), filters=(rule,)), **YES)
    assert held == Held(PolicyStep.FILTERS, "filter «No tracks» drops it: type = 'track'", "connections/ga4/filters/f1")


def test_a_forwarding_rule_is_quoted():
    connection = a_connection(next(c for c in CASES if "given, no record" in c["name"])["connections"][0])
    assert verdict_of(connection, Subject("p")).reason == "only forward when consent for marketing is given"


@pytest.mark.parametrize("broken", [b"{", b'"\xff"', b"[" * 100_000 + b"]" * 100_000])
def test_an_event_that_cannot_be_read_is_held(broken):
    event = an_event()
    event = replace(event, fields={**event.fields, "context": msgspec.Raw(broken)})
    routes = compile_routes((Connection("a", exempt=True), Connection("b", enabled=False)), MAPPING)
    assert [verdict.step for verdict in evaluate(event, Subject(), routes)] == [PolicyStep.READING, PolicyStep.SWITCH]


def test_a_field_only_a_filter_reads_is_read_when_the_filter_asks():
    event = replace(an_event(**YES), fields={**an_event(**YES).fields, "properties": msgspec.Raw(b"{")})
    plain, filtered = (
        Connection("a", purposes=("ad",)),
        Connection("b", purposes=("ad",), filters=(only_send("f", read_filter("properties.x = 1")),)),
    )
    verdicts = evaluate(event, Subject(), compile_routes((plain, filtered), MAPPING))
    assert verdicts[0] is ALLOWED
    assert verdicts[1].reason == "the event cannot be read"


def test_edits_of_every_kind_arrive_in_order():
    connection = Connection(
        "d",
        purposes=("ad",),
        filters=(
            FilterRule("f", read_filter("all"), (AllowFields({"properties": ("a",)}), DropFields({"": ("userId",)}))),
        ),
        redactions=(Redaction("analytics", {"context": ("ip",)}),),
    )
    fields = {**YES, "userId": "u", "properties": {"a": 1, "b": 2}}
    verdict = verdict_of(connection, **fields)
    assert [type(one) for one in verdict.edits] == [DropFields, AllowFields, DropFields]
    left = edit(fields, verdict.edits)
    assert left == {"context": {"consent": YES["context"]["consent"]}, "properties": {"a": 1}}


def test_the_sampled_share_of_people_is_stable_and_differs_between_connections():
    def kept(id):
        connection = Connection(id, exempt=True, share=0.5)
        routes = compile_routes((connection,), MAPPING)
        return {n for n in range(400) if evaluate(an_event(), Subject(f"p-{n}"), routes)[0] is ALLOWED}

    assert kept("a") == kept("a")
    assert kept("a") != kept("b")
    assert 140 < len(kept("a")) < 260


def test_a_sampled_event_says_so():
    rule = FilterRule("f", read_filter("all"), (Sample(0.0),))
    assert "keeps 0%" in verdict_of(Connection("d", exempt=True, filters=(rule,))).reason


def test_a_purpose_the_workspace_does_not_have_stops_the_compilation():
    with pytest.raises(KeyError):
        compile_routes((Connection("d", purposes=("nope",)),), MAPPING)


PREFERENCES = st.none() | st.dictionaries(st.sampled_from(["ad", "analytics", "zz"]), st.booleans() | st.none())
CONNECTIONS = st.builds(
    Connection,
    st.just("d"),
    mode=st.sampled_from(Mode),
    truth=st.sampled_from(ConsentBasis),
    need=st.sampled_from(Need),
    purposes=st.sampled_from([(), ("ad",), ("ad", "analytics")]),
)
PROFILES = st.lists(
    st.builds(
        lambda at, bit, yes: ConsentSignal("profile", at, bit * yes, bit * (not yes)),
        st.integers(0, 3),
        st.sampled_from([1, 2, 4]),
        st.booleans(),
    ),
    max_size=3,
).map(lambda voices: EventConsent(tuple(voices)))


@given(CONNECTIONS, PREFERENCES, PROFILES)
def test_closed_never_sends_what_a_compatible_mode_holds_for_consent(connection, preferences, profile):
    fields = {} if preferences is None else {"context": {"consent": {"categoryPreferences": preferences}}}
    subject = Subject("p", profile=profile)
    closed = verdict_of(
        replace(connection, mode=Mode.CLOSED, truth=ConsentBasis.STRICTER, need=Need.ALL), subject, **fields
    )
    if closed is ALLOWED:
        assert verdict_of(replace(connection, mode=Mode.SEGMENT), subject, **fields) is ALLOWED


@given(CONNECTIONS, PREFERENCES, PROFILES, st.sampled_from(["ad", "analytics"]))
def test_taking_consent_back_never_opens_a_gate(connection, preferences, profile, purpose):
    connection = replace(connection, mode=Mode.CLOSED)
    fields = {} if preferences is None else {"context": {"consent": {"categoryPreferences": preferences}}}
    taken_back = {"context": {"consent": {"categoryPreferences": {**(preferences or {}), purpose: False}}}}
    bit = MAPPING.bits[purpose]
    later = EventConsent((*profile.signals, ConsentSignal("profile", 9, no=bit)))
    if verdict_of(connection, Subject("p", profile=profile), **fields) is not ALLOWED:
        assert verdict_of(connection, Subject("p", profile=later), **taken_back) is not ALLOWED


@given(PROFILES, PREFERENCES)
def test_a_request_for_erasure_holds_everything(profile, preferences):
    subject = Subject("p", profile=profile, requests=frozenset({PrivacyRequestKind.ERASURE}))
    assert verdict_of(Connection("d", exempt=True), subject).step is PolicyStep.PRIVACY_REQUEST
