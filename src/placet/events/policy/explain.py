"""Why a verdict is what it is: who said what about each purpose the destination needs, and when."""

from msgspec import Struct

from placet.events.event import Event
from placet.events.policy.connection import Connection
from placet.events.policy.consent_state import PLACE, ConsentSignal, consented_by
from placet.events.policy.evaluate import evaluate_again
from placet.events.policy.evaluation_context import EvaluationContext, Subject
from placet.events.policy.forwarding_rules import ConsentRow
from placet.events.policy.purposes import SALE, PurposeMapping
from placet.events.policy.verdict import Verdict


class Answer(Struct, frozen=True):
    """One purpose: `granted`, `refused` or `unknown`, and everybody who spoke about it, the newest first."""

    purpose: str
    stands: str
    voices: tuple[ConsentSignal, ...]


class VerdictExplanation(Struct, frozen=True):
    """A verdict, derived again, beside what it was derived from."""

    event: str
    connection: str
    connection_version: int
    mapping_version: int
    verdict: Verdict
    answers: tuple[Answer, ...] = ()
    strangers: tuple[str, ...] = ()


def explain(event: Event, subject: Subject, connection: Connection, mapping: PurposeMapping) -> VerdictExplanation:
    """Judge again and say on what grounds. `mapping` must be the one the subject's profile was read with."""
    verdict = evaluate_again(event, subject, connection, mapping)
    place = PLACE[connection.resolve_consent]
    try:
        context = EvaluationContext(event, subject, mapping, (place,))
    except (ValueError, RecursionError):
        return VerdictExplanation(event.id, connection.id, connection.version, mapping.version, verdict)
    answers = tuple(answer(purpose, context, place, mapping) for purpose in asked(connection, mapping))
    strangers = context.state.strangers
    return VerdictExplanation(event.id, connection.id, connection.version, mapping.version, verdict, answers, strangers)


def asked(connection: Connection, mapping: PurposeMapping) -> tuple[str, ...]:
    """Every purpose that the connection's gates look at."""
    rows = connection.rules.consent.rows if connection.rules.consent else ()
    ruled = (row.purpose if isinstance(row, ConsentRow) else SALE for row in rows)
    redacted = (redaction.purpose for redaction in connection.redactions)
    return mapping.names(mapping.mask((*connection.purposes, *ruled, *redacted)))


def answer(purpose: str, context: EvaluationContext, place: int, mapping: PurposeMapping) -> Answer:
    """How one purpose stands by the truth in this place."""
    bit = mapping.bits[purpose]
    stands = "granted" if context.yes[place] & bit else "refused" if context.no[place] & bit else "unknown"
    return Answer(
        purpose, stands, consented_by(purpose, (*context.state.signals, *context.subject.profile.signals), mapping)
    )
