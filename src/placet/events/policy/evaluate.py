"""For each destination: may it have this event? The one place where the answer is made.

    1 the connection is switched on
    2 suppression           nobody on the suppression list
    3 privacy requests      nobody whose erasure or opt-out is under way
    4 consent               the destination's purposes are granted, all or any of them
    5 forwarding rules      consent, person, event attribute, logged in; then the sampled share of people
    6 destination filters   sample, then drop
    7 data filter           the data point is on
    8 redaction             what filters, data filter and missing purposes cut away (never holds an event)
    9 integrations          the event itself does not exclude the destination

The first step that objects gives the verdict; one that cannot read what it needs objects (`reading`). Judging is
a pure function of the event, the subject and the compiled connections, so any verdict can be derived again from
what was stored.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from msgspec import Struct

from placet.events.event import Event
from placet.events.filters.ast import Unanswerable
from placet.events.policy.compiled_connection import CompiledConnection, compile_connection
from placet.events.policy.connection import Connection
from placet.events.policy.consent_state import PLACE
from placet.events.policy.evaluation_context import ANONYMOUS, EvaluationContext, PrivacyRequestKind, Subject
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import ALLOWED, Allowed, Held, PolicyStep, Verdict

SUPPRESSED = Held(PolicyStep.SUPPRESSION, "the person is on the suppression list", "suppressions")
STOPPING = {
    PrivacyRequestKind.ERASURE: Held(
        PolicyStep.PRIVACY_REQUEST, "the person's erasure is under way", "requests/erasure"
    ),
    PrivacyRequestKind.OPT_OUT: Held(PolicyStep.PRIVACY_REQUEST, "the person opted out of all use", "requests/opt-out"),
}


MAX_ALIKE: Final = 4096
"""For so many combinations of purposes granted and refused the answers are kept; people choose a few."""


class Routes(Struct, frozen=True, dict=True):
    """A workspace's connections from one source, compiled; `mapping` is the one they were compiled with.

    `places` are the truths they look at (`state.PLACE`).
    """

    mapping: PurposeMapping
    compiled: tuple[CompiledConnection, ...]
    places: tuple[int, ...]

    @cached_property
    def known(self) -> dict[tuple[int, ...], list[Verdict | None]]:
        """What plain gates answer, by the purposes granted and refused; None for the other gates."""
        return {}

    @cached_property
    def kept(self) -> dict[str, bytes]:
        """What is kept beside every batch, once it was made of these gates (`frame.gates_of`)."""
        return {}

    def alone(self, connection: str) -> "Routes":
        """The same for one of the connections. Raises KeyError for one there is not."""
        return self._alone[connection]

    @cached_property
    def _alone(self) -> dict[str, "Routes"]:
        return {
            compiled.connection.id: Routes(self.mapping, (compiled,), (PLACE[compiled.connection.resolve_consent],))
            for compiled in self.compiled
        }


def compile_routes(connections: Sequence[Connection], mapping: PurposeMapping) -> Routes:
    """The connections, ready for any number of events. Raises KeyError for a purpose the workspace does not have."""
    compiled = tuple(compile_connection(connection, mapping) for connection in connections)
    return Routes(mapping, compiled, tuple({PLACE[connection.resolve_consent] for connection in connections}))


def evaluate(event: Event, subject: Subject, routes: Routes) -> list[Verdict]:
    """A verdict for each connection, in their order."""
    if held := stopped(subject):
        return [compiled.closed or held for compiled in routes.compiled]
    try:
        context = EvaluationContext(event, subject, routes.mapping, routes.places)
    except (ValueError, RecursionError):
        return [compiled.closed or compiled.unreadable for compiled in routes.compiled]
    if context.integrations is not None:
        return [evaluate_connection(compiled, context) for compiled in routes.compiled]
    return [
        verdict or evaluate_connection(compiled, context)
        for compiled, verdict in zip(routes.compiled, same_verdicts(context, routes), strict=True)
    ]


def same_verdicts(context: EvaluationContext, routes: Routes) -> list[Verdict | None]:
    """What plain gates answer to this combination of purposes; None for the other gates."""
    key = (*context.yes, *context.no)
    found = routes.known.get(key)
    if found is None:
        if len(routes.known) >= MAX_ALIKE:
            routes.known.clear()
        found = routes.known[key] = [
            evaluate_connection(compiled, context) if compiled.plain else None for compiled in routes.compiled
        ]
    return found


def stopped(subject: Subject) -> Held | None:
    """Steps 2 and 3, which are the same for all destinations."""
    if subject is ANONYMOUS:
        return None
    if subject.suppressed:
        return SUPPRESSED
    return next((held for request, held in STOPPING.items() if request in subject.requests), None)


def evaluate_connection(compiled: CompiledConnection, context: EvaluationContext) -> Verdict:
    """Steps 1 and 4 to 9 for one destination. An event that gives some step no answer is held."""
    try:
        for objects in compiled.steps:
            verdict = objects(context)
            if verdict is not None:
                return verdict
        if context.integrations is not None and compiled.last and (verdict := compiled.last(context)):
            return verdict
        if not compiled.edits:
            return ALLOWED
        edits = tuple(edit for edits_of in compiled.edits for edit in edits_of(context))
        return Allowed(edits) if edits else ALLOWED
    except (ValueError, RecursionError, Unanswerable):
        return compiled.unreadable


def evaluate_again(event: Event, subject: Subject, connection: Connection, mapping: PurposeMapping) -> Verdict:
    """The verdict of one connection version, derived from what was stored.

    `mapping` must be the version that the subject's profile was read with: bits mean nothing without it.
    """
    return evaluate(event, subject, compile_routes((connection,), mapping))[0]


def granted(event: Event, subject: Subject, connection: Connection, mapping: PurposeMapping) -> frozenset[str]:
    """The purposes that are granted by the consent which this connection believes. Raises as `Facts` does."""
    place = PLACE[connection.resolve_consent]
    return frozenset(mapping.names(EvaluationContext(event, subject, mapping, (place,)).yes[place]))
