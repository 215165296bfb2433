"""Tell a client who its user is: find them by the names it gives, make or convert them, and remember those names."""

from collections.abc import Sequence

from msgspec import Struct

from placet.errors import Denied, Invalid, Missing
from placet.events.event import Identity
from placet.events.identity.consent_by_identifier import counted
from placet.events.identity.resolve import IdentityCall, resolve
from placet.events.identity.strategies import MPID
from placet.events.policy.compile_source import Source
from placet.runtime.context import NodeContext
from placet.runtime.optimistic_retry import retry_on_conflict


class IdentifyRequest(Struct, frozen=True):
    """An identity request: by which key, what is asked, and by which names.

    `previous` is the MPID the client had until now, "" for none; `proven`: the key is an input's, and came with
    proof. `looks`: nobody is to be made or changed.
    """

    key: str
    call: IdentityCall
    names: Sequence[Identity]
    previous: str = ""
    proven: bool = False
    looks: bool = False


class ResolvedIdentity(Struct, frozen=True):
    """Somebody's MPID, which of the names given they went by before, and whether one of those given logs them in."""

    mpid: str
    matched: tuple[Identity, ...] = ()
    known: bool = False


async def resolve_identity(request: IdentifyRequest, context: NodeContext, now: int) -> ResolvedIdentity:
    """Who it is; when this returns, all that is new about them is on disk.

    Raises Denied (no source takes this key), Invalid (no name that could name anybody), Missing (there is nobody
    and the call only looks) and Busy.
    """
    opened = (context.published_settings.input if request.proven else context.published_settings.source)(request.key)
    if opened is None or not opened.source.enabled:
        raise Denied("no source takes this key")
    return await retry_on_conflict(lambda: attempt(request, opened.source, context, now))


async def attempt(request: IdentifyRequest, source: Source, context: NodeContext, now: int) -> ResolvedIdentity:
    """Load, decide, keep, answer. Raises Stale when somebody changed meanwhile."""
    names = counted(tuple(request.names), source.rules)
    if not names:
        raise Invalid("give at least one known identity")
    before = Identity(MPID, request.previous)
    known_people = await context.load_known_people(source, (*names, before), now=now)

    call = IdentityCall.SEARCH if request.looks else request.call
    current, new_id = known_people.who(before), context.new_id(now).hex()
    answer = resolve(known_people.graph, names, source.rules, new_id, call, current, request.proven)
    if not answer.person:
        raise Missing("nobody goes by these names")

    mpid, introduction = context.ensure_mpid(known_people, source, answer.person)
    if intents := (*answer.intents, *introduction):
        await context.stores.identities.apply(await context.identity_changes(known_people, intents))
    return ResolvedIdentity(mpid.value, answer.matched, answer.known)
