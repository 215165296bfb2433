"""Give somebody other names, as far as whoever asks may take them."""

from collections.abc import Sequence

from msgspec import Struct

from placet.consent.errors import Denied, Invalid
from placet.events.identity import Graph, Identity, apply, ours
from placet.events.identity_resolve import known, may_add, may_take, modify
from placet.events.identity_rules import MPID
from placet.events.source import Source
from placet.stores.house import House, decided


class Change(Struct, frozen=True):
    """One kind of name, and what it shall be from now on; None takes it away."""

    kind: str
    value: str | None


class ChangeNames(Struct, frozen=True):
    """Other names for whoever has this MPID, by which key; `proven`: it is an input's, and came with proof."""

    key: str
    mpid: str
    changes: Sequence[Change]
    proven: bool = False


class Renamed(Struct, frozen=True):
    """The MPID, the changes that were made, in their order, and whether that person ever logged in."""

    mpid: str
    made: tuple[Change, ...]
    known: bool


async def change_identity(ask: ChangeNames, house: House, now: int) -> Renamed:
    """Make the changes; when this returns, they are on disk.

    A change that may not be made is left out. Raises Denied (no source takes this key), Invalid (nobody has the
    MPID) and Busy.
    """
    opened = (house.shelf.input if ask.proven else house.shelf.source)(ask.key)
    if opened is None or not opened.source.enabled:
        raise Denied("no source takes this key")
    return await decided(lambda: attempt(ask, opened.source, house, now))


async def attempt(ask: ChangeNames, source: Source, house: House, now: int) -> Renamed:
    """Load, decide, keep, answer. Raises Stale when somebody changed meanwhile."""
    mpid = Identity(MPID, ask.mpid)
    names = [mpid, *(name_of(one) for one in ask.changes if one.value is not None)]
    circle = await house.circle(source, names, now=now)
    person = circle.who(mpid)
    if not person:
        raise Invalid("nobody has this MPID")

    made = tuple(one for one in ask.changes if allowed(one, person, circle.graph, source, ask.proven))
    intents = modify(circle.graph, person, {name_of(one).kind: one.value for one in made}, source.rules, ask.proven)

    if intents:
        await house.stores.identities.keep(await house.ties(circle, intents))
    after = apply(circle.graph, intents).by_id[person]
    return Renamed(ask.mpid, made, known(after, source.rules))


def allowed(change: Change, person: str, graph: Graph, source: Source, proven: bool) -> bool:
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


def name_of(change: Change) -> Identity:
    """The name a change is about, in our own word for its kind."""
    return ours(Identity(change.kind, change.value or ""))
