"""Why a verdict is what it is: who said what about each purpose the destination needs, and when."""

from msgspec import Struct

from placet.events.case import Case, Subject
from placet.events.connection import Connection
from placet.events.event import Event
from placet.events.judge import judge_again
from placet.events.purposes import SALE, Mapping
from placet.events.rules import ConsentRow
from placet.events.state import PLACE, Voice, told_by
from placet.events.verdict import Verdict


class Answer(Struct, frozen=True):
    """One purpose: `granted`, `refused` or `unknown`, and everybody who spoke about it, the newest first."""

    purpose: str
    stands: str
    voices: tuple[Voice, ...]


class Explanation(Struct, frozen=True):
    """A verdict, derived again, beside what it was derived from."""

    event: str
    connection: str
    connection_version: int
    mapping_version: int
    verdict: Verdict
    answers: tuple[Answer, ...] = ()
    strangers: tuple[str, ...] = ()


def explain(event: Event, subject: Subject, connection: Connection, mapping: Mapping) -> Explanation:
    """Judge again and say on what grounds. `mapping` must be the one the subject's profile was read with."""
    verdict = judge_again(event, subject, connection, mapping)
    place = PLACE[connection.believes]
    try:
        case = Case(event, subject, mapping, (place,))
    except (ValueError, RecursionError):
        return Explanation(event.id, connection.id, connection.version, mapping.version, verdict)
    answers = tuple(answer(purpose, case, place, mapping) for purpose in asked(connection, mapping))
    strangers = case.state.strangers
    return Explanation(event.id, connection.id, connection.version, mapping.version, verdict, answers, strangers)


def asked(connection: Connection, mapping: Mapping) -> tuple[str, ...]:
    """Every purpose that the connection's gates look at."""
    rows = connection.rules.consent.rows if connection.rules.consent else ()
    ruled = (row.purpose if isinstance(row, ConsentRow) else SALE for row in rows)
    redacted = (redaction.purpose for redaction in connection.redactions)
    return mapping.names(mapping.mask((*connection.purposes, *ruled, *redacted)))


def answer(purpose: str, case: Case, place: int, mapping: Mapping) -> Answer:
    """How one purpose stands by the truth in this place."""
    bit = mapping.bits[purpose]
    stands = "granted" if case.yes[place] & bit else "refused" if case.no[place] & bit else "unknown"
    return Answer(purpose, stands, told_by(purpose, (*case.state.voices, *case.subject.profile.voices), mapping))
