"""Give somebody other names, as far as whoever asks may take them."""

from collections.abc import Sequence

from msgspec import Struct

from placet.errors import Denied, Invalid
from placet.events.event import Identity, ours
from placet.events.identity.graph import Graph, apply
from placet.events.identity.resolve import known, may_add, may_take, modify
from placet.events.identity.strategies import MPID
from placet.events.policy.compile_source import Source
from placet.runtime.context import NodeContext
from placet.runtime.optimistic_retry import retry_on_conflict


class IdentifierChange(Struct, frozen=True):
    """One kind of name, and what it shall be from now on; None takes it away."""

    kind: str
    value: str | None


class ChangeNames(Struct, frozen=True):
    """Other names for whoever has this MPID, by which key; `proven`: it is an input's, and came with proof."""

    key: str
    mpid: str
    changes: Sequence[IdentifierChange]
    proven: bool = False


class ChangedIdentity(Struct, frozen=True):
    """The MPID, the changes that were made, in their order, and whether that person ever logged in."""

    mpid: str
    made: tuple[IdentifierChange, ...]
    known: bool


async def change_identity(request: ChangeNames, context: NodeContext, now: int) -> ChangedIdentity:
    """Make the changes; when this returns, they are on disk.

    A change that may not be made is left out. Raises Denied (no source takes this key), Invalid (nobody has the
    MPID) and Busy.
    """
    opened = (context.published_settings.input if request.proven else context.published_settings.source)(request.key)
    if opened is None or not opened.source.enabled:
        raise Denied("no source takes this key")
    return await retry_on_conflict(lambda: attempt(request, opened.source, context, now))


async def attempt(request: ChangeNames, source: Source, context: NodeContext, now: int) -> ChangedIdentity:
    """Load, decide, keep, answer. Raises Stale when somebody changed meanwhile."""
    mpid = Identity(MPID, request.mpid)
    names = [mpid, *(name_of(one) for one in request.changes if one.value is not None)]
    known_people = await context.load_known_people(source, names, now=now)
    person = known_people.who(mpid)
    if not person:
        raise Invalid("nobody has this MPID")

    made = tuple(one for one in request.changes if allowed(one, person, known_people.graph, source, request.proven))
    intents = modify(
        known_people.graph, person, {name_of(one).kind: one.value for one in made}, source.rules, request.proven
    )

    if intents:
        await context.stores.identities.apply(await context.identity_changes(known_people, intents))
    after = apply(known_people.graph, intents).by_id[person]
    return ChangedIdentity(request.mpid, made, known(after, source.rules))


def allowed(change: IdentifierChange, person: str, graph: Graph, source: Source, proven: bool) -> bool:
    """May this change be made? The MPID itself stays, and what cannot be changed, once it is there.

    A key of a page is public: whoever shows no more only adds names.
    """
    rules, name = source.rules, name_of(change)
    if name.kind == MPID or name.kind in rules.immutable & {own.kind for own in graph.by_id[person].identities}:
        return False
    if change.value is None:
        return proven
    may = may_take if proven else may_add
    return rules.names(name) and may(graph, person, name, rules)


def name_of(change: IdentifierChange) -> Identity:
    """The name a change is about, in our own word for its kind."""
    return ours(Identity(change.kind, change.value or ""))
