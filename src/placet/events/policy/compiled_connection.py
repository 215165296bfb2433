"""A connection compiled: a row of steps over bits and closures, with every refusal written beforehand.

Each step looks at a case and objects with a verdict, or says nothing. Steps a connection does not need are not
in its row, so that the usual connection, consent alone, costs one look at a few bits.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from msgspec import Struct

from placet.events.filters.actions import (
    Action,
    DropAction,
    DropFields,
    Edit,
    FilterRule,
    Sample,
    in_order,
    keeps,
    share_of,
)
from placet.events.policy.connection import Connection, Redaction
from placet.events.policy.consent_state import PLACE
from placet.events.policy.data_filter import DataFilter
from placet.events.policy.evaluation_context import EvaluationContext
from placet.events.policy.forwarding_rules import Objection
from placet.events.policy.integrations import excludes, spelled
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import Held, PolicyStep, Unmapped, Verdict
from placet.settings.connections import Mode, Need

Objects: TypeAlias = Callable[[EvaluationContext], Verdict | None]
Edits: TypeAlias = Callable[[EvaluationContext], Iterable[Edit]]


class CompiledConnection(Struct, frozen=True):
    """One connection, ready to judge.

    `closed` is its answer to everything when it is switched off, `last` the step for events that choose their
    destinations themselves, `unreadable` the answer to an event that some step cannot read. A `plain` gate looks at
    nothing but the purposes granted and refused.
    """

    connection: Connection
    steps: tuple[Objects, ...]
    edits: tuple[Edits, ...]
    unreadable: Held
    closed: Held | None = None
    last: Objects | None = None
    plain: bool = False


def compile_connection(connection: Connection, mapping: PurposeMapping) -> CompiledConnection:
    """The steps of one connection. Raises KeyError for a purpose the workspace does not have."""
    path = f"connections/{connection.id}"
    unreadable = Held(PolicyStep.READING, "the event cannot be read", path)
    if not connection.enabled:
        shut = Held(PolicyStep.SWITCH, "the connection is switched off", path)
        return CompiledConnection(connection, (lambda _: shut,), (), unreadable, shut)
    place = PLACE[connection.resolve_consent]
    actions = in_order(connection.filters)
    consent = consent_step(connection, mapping, place, path)
    steps: list[Objects] = [
        *consent,
        *rule_steps(connection, mapping, place, path),
        *(filter_step(rule, action, path) for rule, action in actions if isinstance(action, Sample | DropAction)),
        *data_step(connection.data, path),
    ]
    edits: list[Edits] = [
        *(edit_step(rule, action) for rule, action in actions if not isinstance(action, Sample | DropAction)),
        *((connection.data.edits,) if connection.data != DataFilter() else ()),
        *(redact_step(redaction, mapping, place) for redaction in connection.redactions),
    ]
    # Where Segment is imitated, it counts who said it.
    plain = len(steps) == len(consent) and not edits and connection.mode is not Mode.SEGMENT
    last = integrations_step(connection, path)
    return CompiledConnection(connection, tuple(steps), tuple(edits), unreadable, last=last, plain=plain)


def consent_step(connection: Connection, mapping: PurposeMapping, place: int, path: str) -> list[Objects]:
    """Step 4. In a compatible mode, what the vendor lets pass passes."""
    if connection.exempt or connection.mode is Mode.MPARTICLE:
        return []
    need = mapping.mask(connection.purposes)
    if not need:
        return unmapped_step(connection, path)
    refusals = Refusals(mapping, need, f"{path}/purposes")
    if connection.mode is Mode.SEGMENT:
        return [
            lambda context: (
                refusals(context, place) if context.state.prefers and context.yes[place] & need != need else None
            )
        ]
    if connection.need is Need.ANY:
        return [lambda context: None if context.yes[place] & need else refusals(context, place)]
    return [lambda context: None if context.yes[place] & need == need else refusals(context, place)]


def unmapped_step(connection: Connection, path: str) -> list[Objects]:
    """Nobody said what this destination is for: a rule that only forwards with consent will do, else nothing goes."""
    if connection.mode is Mode.SEGMENT or connection.rules.gates_on_consent:
        return []
    unmapped = Unmapped("no purpose is mapped to this destination; map one, or mark it exempt", f"{path}/purposes")
    return [lambda _: unmapped]


class Refusals:
    """The refusals for want of consent, one for each set of purposes that is wanting, written when first needed."""

    def __init__(self, mapping: PurposeMapping, need: int, path: str) -> None:
        """None was needed yet."""
        self.mapping, self.need, self.path = mapping, need, path
        self.known: dict[tuple[int, int], Held] = {}

    def __call__(self, context: EvaluationContext, place: int) -> Held:
        """Which purposes were refused, and which nobody was asked about."""
        refused = context.no[place] & self.need
        unknown = self.need & ~(context.yes[place] | refused)
        held = self.known.get((refused, unknown))
        if held is None:
            held = self.known[refused, unknown] = Held(PolicyStep.CONSENT, self.reason(refused, unknown), self.path)
        return held

    def reason(self, refused: int, unknown: int) -> str:
        """In words."""
        parts = (("refused", refused), ("never asked about", unknown))
        said = [f"{word}: {', '.join(self.mapping.names(mask))}" for word, mask in parts if mask]
        return f"no consent ({'; '.join(said)})"


def rule_steps(connection: Connection, mapping: PurposeMapping, place: int, path: str) -> list[Objects]:
    """Step 5."""
    rules = connection.rules.compile(mapping, place, connection.mode is Mode.CLOSED)
    steps = [objecting(objection, PolicyStep.RULES, f"{path}/rules/{name}") for name, objection in rules]
    if connection.share < 1:
        steps.append(share_step(connection, path))
    return steps


def objecting(objection: Objection, step: PolicyStep, path: str) -> Objects:
    """An objection in words as a verdict."""

    def objects(context: EvaluationContext) -> Held | None:
        why = objection(context)
        return Held(step, why, path) if why else None

    return objects


def share_step(connection: Connection, path: str) -> Objects:
    """The sampled share of people, the same ones each time, others for each connection."""
    held = Held(PolicyStep.RULES, f"the person is outside the {connection.share:.0%} of people sent", f"{path}/share")
    return lambda context: (
        None if share_of([connection.id, context.subject.person or context.event.id]) < connection.share else held
    )


def filter_step(rule: FilterRule, action: Action, path: str) -> Objects:
    """Step 6, for one action that may hold an event."""
    answer, at = rule.when.answer, f"{path}/filters/{rule.id}"
    name = f"«{rule.title}» " if rule.title else ""
    if isinstance(action, Sample):
        left_out = Held(PolicyStep.FILTERS, f"filter {name}keeps {action.share:.0%} of such events, not this one", at)
        return lambda context: left_out if answer(context.facts) is True and not keeps(action, context.facts) else None
    dropped = Held(PolicyStep.FILTERS, f"filter {name}drops it: {rule.when.text}", at)
    return lambda context: dropped if answer(context.facts) is True else None


def edit_step(rule: FilterRule, action: Action) -> Edits:
    """Step 8: what a filter cuts from the events it matches."""
    answer, edits = rule.when.answer, () if isinstance(action, Sample | DropAction) else (action,)
    return lambda context: edits if answer(context.facts) is True else ()


def data_step(data: DataFilter, path: str) -> list[Objects]:
    """Step 7."""
    return [objecting(data.objection, PolicyStep.DATA, f"{path}/data")] if data != DataFilter() else []


def redact_step(redaction: Redaction, mapping: PurposeMapping, place: int) -> Edits:
    """Step 8: what goes only where a purpose is granted."""
    bit, edits = mapping.mask((redaction.purpose,)), (DropFields(redaction.fields),)
    return lambda context: () if context.yes[place] & bit else edits


def integrations_step(connection: Connection, path: str) -> Objects:
    """Step 9: an explicit false, or `All` false without a word about the destination (segment.md §4.3)."""
    names = tuple(map(spelled, connection.names or (connection.id,)))
    excluded = Held(
        PolicyStep.INTEGRATIONS, "the event's integrations exclude this destination", f"{path}/integrations"
    )
    unclear = Held(PolicyStep.INTEGRATIONS, "the event's integrations are not an object", f"{path}/integrations")

    def objects(context: EvaluationContext) -> Held | None:
        chosen: Any = context.integrations
        if not isinstance(chosen, dict):
            return unclear
        return excluded if excludes(chosen, names) else None

    return objects
