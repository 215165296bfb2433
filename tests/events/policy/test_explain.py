"""A verdict beside what it was derived from."""

from msgspec import Raw

from placet.events.event import Event, EventKind
from placet.events.policy.connection import Connection, Redaction
from placet.events.policy.consent_state import ConsentSignal, EventConsent
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.explain import Answer, explain
from placet.events.policy.forwarding_rules import ConsentRow, ConsentRule, ForwardingRules, SaleRow
from placet.events.policy.purposes import SALE, PurposeMapping
from placet.events.policy.verdict import ALLOWED, Held, PolicyStep

MAPPING = PurposeMapping({"C0004": "ads", "C0002": "stats"}, version=7)
ADS = MAPPING.bits["ads"]


def an_event(**fields):
    return Event("m", "web", EventKind.TRACK, 9, 9, fields)


def test_a_refusal_names_everybody_who_spoke_the_newest_first():
    profile = ConsentSignal("profile", 3, yes=ADS)
    event = an_event(context={"onetrust": "C0004:0"})
    found = explain(
        event, Subject("p", profile=EventConsent((profile,))), Connection("d", 2, purposes=("ads",)), MAPPING
    )
    carried = ConsentSignal("context.onetrust", 9, no=ADS | MAPPING.bits["stats"])
    assert found.answers == (Answer("ads", "refused", (carried, profile)),)
    assert found.verdict == Held(PolicyStep.CONSENT, "no consent (refused: ads)", "connections/d/purposes")
    assert (found.connection_version, found.mapping_version) == (2, 7)


def test_every_purpose_that_a_gate_looks_at_is_answered():
    rules = ForwardingRules(ConsentRule(False, (ConsentRow("stats"), SaleRow())))
    connection = Connection("d", exempt=True, rules=rules, redactions=(Redaction("ads", {}),))
    found = explain(an_event(), Subject("p"), connection, MAPPING)
    assert [(one.purpose, one.stands) for one in found.answers] == [
        ("ads", "unknown"),
        (SALE, "granted"),
        ("stats", "unknown"),
    ]


def test_an_allowed_event_is_explained_too():
    event = an_event(context={"onetrust": "C0004:1"}, consent_state={"gdpr": {"unheard": {"consented": True}}})
    found = explain(event, Subject("p"), Connection("d", purposes=("ads",)), MAPPING)
    assert (found.verdict, found.answers[0].stands, found.strangers) == (ALLOWED, "granted", ("unheard",))


def test_an_event_that_cannot_be_read_is_explained_as_such():
    found = explain(an_event(context=Raw(b"{")), Subject("p"), Connection("d", purposes=("ads",)), MAPPING)
    assert (found.verdict.step, found.answers) == (PolicyStep.READING, ())
