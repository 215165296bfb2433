"""Tell a client who its user is: find them by the names it gives, make or convert them, and remember those names."""

from collections.abc import Sequence

from msgspec import Struct

from placet.consent.errors import Denied, Invalid, Missing
from placet.events.identity import Identity
from placet.events.identity_resolve import Call, resolve
from placet.events.identity_rules import MPID
from placet.events.source import Source
from placet.events.whose import counted
from placet.stores.house import House, decided


class WhoIs(Struct, frozen=True):
    """An identity request: by which key, what is asked, and by which names.

    `previous` is the MPID the client had until now, "" for none; `proven`: the key is an input's, and came with
    proof. `looks`: nobody is to be made or changed.
    """

    key: str
    call: Call
    names: Sequence[Identity]
    previous: str = ""
    proven: bool = False
    looks: bool = False


class Recognised(Struct, frozen=True):
    """Somebody's MPID, which of the names given they went by before, and whether one of those given logs them in."""

    mpid: str
    matched: tuple[Identity, ...] = ()
    known: bool = False


async def resolve_identity(ask: WhoIs, house: House, now: int) -> Recognised:
    """Who it is; when this returns, all that is new about them is on disk.

    Raises Denied (no source takes this key), Invalid (no name that could name anybody), Missing (there is nobody
    and the call only looks) and Busy.
    """
    opened = (house.shelf.input if ask.proven else house.shelf.source)(ask.key)
    if opened is None or not opened.source.enabled:
        raise Denied("no source takes this key")
    return await decided(lambda: attempt(ask, opened.source, house, now))


async def attempt(ask: WhoIs, source: Source, house: House, now: int) -> Recognised:
    """Load, decide, keep, answer. Raises Stale when somebody changed meanwhile."""
    names = counted(tuple(ask.names), source.rules)
    if not names:
        raise Invalid("give at least one known identity")
    before = Identity(MPID, ask.previous)
    circle = await house.circle(source, (*names, before), now=now)

    call = Call.SEARCH if ask.looks else ask.call
    current, new_id = circle.who(before), house.new_id(now).hex()
    answer = resolve(circle.graph, names, source.rules, new_id, call, current, ask.proven)
    if not answer.person:
        raise Missing("nobody goes by these names")

    mpid, introduction = house.introduce(circle, source, answer.person)
    if intents := (*answer.intents, *introduction):
        await house.stores.identities.keep(await house.ties(circle, intents))
    return Recognised(mpid.value, answer.matched, answer.known)
