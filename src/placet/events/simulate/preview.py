"""Test before you trust: one event against a filter, and stored events against a draft connection."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile.profile import Profile
from placet.events.event import Event
from placet.events.fields import EventFields
from placet.events.filters.actions import DropAction, Edit, FilterRule, Sample, edit, in_order, keeps
from placet.events.filters.ast import Unanswerable
from placet.events.policy.connection import Connection
from placet.events.policy.consent_state import of_profile
from placet.events.policy.evaluate import compile_routes, evaluate, evaluate_again
from placet.events.policy.evaluation_context import ANONYMOUS, Subject
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import Allowed, Unmapped, Verdict


def preview(document: dict[str, Any], rules: tuple[FilterRule, ...]) -> dict[str, Any] | None:
    """What would be sent of an event; None when nothing would (segment.md §6.7). Nothing is stored or delivered.

    An event that gives a filter no answer is not sent.
    """
    facts, edits = EventFields(document), list[Edit]()
    for rule, action in in_order(rules):
        try:
            hit = rule.when.matches(facts)
        except Unanswerable:
            return None
        if not hit:
            continue
        if isinstance(action, DropAction) or (isinstance(action, Sample) and not keeps(action, facts)):
            return None
        if not isinstance(action, Sample):
            edits.append(action)
    return edit(document, tuple(edits))


class Previewed(Struct, frozen=True):
    """What a connection would make of an event: the verdict, and what would be sent (None: nothing)."""

    verdict: Verdict
    document: dict[str, Any] | None


def preview_connection(event: Event, subject: Subject, connection: Connection, mapping: PurposeMapping) -> Previewed:
    """One event through every gate of a connection. `mapping` is the one the subject's profile was read with.

    Raises ValueError when a part that no gate looks at, but that would be sent, is not JSON.
    """
    verdict = evaluate_again(event, subject, connection, mapping)
    if not isinstance(verdict, Allowed):
        return Previewed(verdict, None)
    return Previewed(verdict, edit(EventFields(event.fields).document(), verdict.edits))


class StoredEvent(Struct, frozen=True):
    """An event as it was kept, whom it was about at the time, and what they had agreed to.

    The profile counts, not the subject's: purposes may lie elsewhere in a draft's mapping.
    """

    event: Event
    subject: Subject = ANONYMOUS
    profile: Profile = Profile()

    def about(self, mapping: PurposeMapping) -> Subject:
        """The subject as a mapping sees it."""
        return replace(self.subject, profile=of_profile(self.profile, mapping))


class PreviewChange(Struct, frozen=True):
    """One event that would fare differently."""

    event: str
    before: Verdict
    after: Verdict


class WhatIf(Struct, frozen=True):
    """What a draft would do to one connection, over all events looked at.

    `opened` would newly pass, `closed` newly be held, `edited` pass with other fields; each with the first few
    as samples. `reasons` counts what the draft would hold, by reason.
    """

    connection: str
    looked_at: int
    passed_before: int
    pass_after: int
    opened: int
    closed: int
    edited: int
    samples: tuple[PreviewChange, ...]
    reasons: dict[str, int]


class DraftPolicy(Struct, frozen=True):
    """Connections, and the mapping they are read with."""

    connections: tuple[Connection, ...]
    mapping: PurposeMapping


def what_if(stored: Iterable[StoredEvent], live: DraftPolicy, draft: DraftPolicy, limit: int = 10) -> list[WhatIf]:
    """What would become of stored events under a draft, for each of its connections.

    A connection that is not live yet passed nothing before; one that the draft no longer has is reported as
    closing what it passed. `limit` samples are kept of each kind of change.
    """
    events = list(stored)
    before, after = verdicts(events, live), verdicts(events, draft)
    names = list(dict.fromkeys([*after, *before]))
    return [compare(name, events, before.get(name), after.get(name), limit) for name in names]


def verdicts(events: list[StoredEvent], draft: DraftPolicy) -> dict[str, list[Verdict]]:
    """By connection, a verdict for each event."""
    routes = compile_routes(draft.connections, draft.mapping)
    rows = [evaluate(one.event, one.about(draft.mapping), routes) for one in events]
    return {one.id: [row[place] for row in rows] for place, one in enumerate(draft.connections)}


def compare(
    name: str, events: list[StoredEvent], before: list[Verdict] | None, after: list[Verdict] | None, limit: int
) -> WhatIf:
    """Two columns of verdicts, held against each other."""
    absent: list[Verdict] = [Unmapped("there is no such connection", f"connections/{name}")] * len(events)
    rows = list(zip(events, before or absent, after or absent, strict=True))
    kinds: dict[str, list[PreviewChange]] = {"opened": [], "closed": [], "edited": []}
    for one, old, new in rows:
        if kind := kind_of(old, new):
            kinds[kind].append(PreviewChange(one.event.id, old, new))
    return WhatIf(
        name,
        len(rows),
        sum(isinstance(old, Allowed) for _, old, _ in rows),
        sum(isinstance(new, Allowed) for _, _, new in rows),
        len(kinds["opened"]),
        len(kinds["closed"]),
        len(kinds["edited"]),
        tuple(change for changes in kinds.values() for change in changes[:limit]),
        dict(Counter(new.reason for _, _, new in rows if not isinstance(new, Allowed))),
    )


def kind_of(before: Verdict, after: Verdict) -> str:
    """How an event fares differently; empty when it does not."""
    was, now = isinstance(before, Allowed), isinstance(after, Allowed)
    if was != now:
        return "opened" if now else "closed"
    return "edited" if now and before != after else ""
