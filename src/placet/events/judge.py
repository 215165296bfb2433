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

from placet.events.case import NOBODY, Case, Request, Subject
from placet.events.connection import Connection
from placet.events.event import Event
from placet.events.filters_tree import Unanswerable
from placet.events.gates import Gate, compile_gate
from placet.events.purposes import Mapping
from placet.events.state import PLACE
from placet.events.verdict import ALLOWED, Allowed, Held, Step, Verdict

SUPPRESSED = Held(Step.SUPPRESSION, "the person is on the suppression list", "suppressions")
STOPPING = {
    Request.ERASURE: Held(Step.PRIVACY_REQUEST, "the person's erasure is under way", "requests/erasure"),
    Request.OPT_OUT: Held(Step.PRIVACY_REQUEST, "the person opted out of all use", "requests/opt-out"),
}


MOST_ALIKE: Final = 4096
"""For so many combinations of purposes granted and refused the answers are kept; people choose a few."""


class Routes(Struct, frozen=True, dict=True):
    """A workspace's connections from one source, compiled; `mapping` is the one they were compiled with.

    `places` are the truths they look at (`state.PLACE`).
    """

    mapping: Mapping
    gates: tuple[Gate, ...]
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
            gate.connection.id: Routes(self.mapping, (gate,), (PLACE[gate.connection.believes],)) for gate in self.gates
        }


def compile_routes(connections: Sequence[Connection], mapping: Mapping) -> Routes:
    """The connections, ready for any number of events. Raises KeyError for a purpose the workspace does not have."""
    gates = tuple(compile_gate(connection, mapping) for connection in connections)
    return Routes(mapping, gates, tuple({PLACE[connection.believes] for connection in connections}))


def judge(event: Event, subject: Subject, routes: Routes) -> list[Verdict]:
    """A verdict for each connection, in their order."""
    if held := stopped(subject):
        return [gate.shut or held for gate in routes.gates]
    try:
        case = Case(event, subject, routes.mapping, routes.places)
    except (ValueError, RecursionError):
        return [gate.shut or gate.unreadable for gate in routes.gates]
    if case.integrations is not None:
        return [judge_at(gate, case) for gate in routes.gates]
    return [verdict or judge_at(gate, case) for gate, verdict in zip(routes.gates, alike(case, routes), strict=True)]


def alike(case: Case, routes: Routes) -> list[Verdict | None]:
    """What plain gates answer to this combination of purposes; None for the other gates."""
    key = (*case.yes, *case.no)
    found = routes.known.get(key)
    if found is None:
        if len(routes.known) >= MOST_ALIKE:
            routes.known.clear()
        found = routes.known[key] = [judge_at(gate, case) if gate.plain else None for gate in routes.gates]
    return found


def stopped(subject: Subject) -> Held | None:
    """Steps 2 and 3, which are the same for all destinations."""
    if subject is NOBODY:
        return None
    if subject.suppressed:
        return SUPPRESSED
    return next((held for request, held in STOPPING.items() if request in subject.requests), None)


def judge_at(gate: Gate, case: Case) -> Verdict:
    """Steps 1 and 4 to 9 for one destination. An event that gives some step no answer is held."""
    try:
        for objects in gate.steps:
            verdict = objects(case)
            if verdict is not None:
                return verdict
        if case.integrations is not None and gate.last and (verdict := gate.last(case)):
            return verdict
        if not gate.edits:
            return ALLOWED
        edits = tuple(edit for edits_of in gate.edits for edit in edits_of(case))
        return Allowed(edits) if edits else ALLOWED
    except (ValueError, RecursionError, Unanswerable):
        return gate.unreadable


def judge_again(event: Event, subject: Subject, connection: Connection, mapping: Mapping) -> Verdict:
    """The verdict of one connection version, derived from what was stored.

    `mapping` must be the version that the subject's profile was read with: bits mean nothing without it.
    """
    return judge(event, subject, compile_routes((connection,), mapping))[0]


def granted(event: Event, subject: Subject, connection: Connection, mapping: Mapping) -> frozenset[str]:
    """The purposes that are granted by the consent which this connection believes. Raises as `Facts` does."""
    place = PLACE[connection.believes]
    return frozenset(mapping.names(Case(event, subject, mapping, (place,)).yes[place]))
