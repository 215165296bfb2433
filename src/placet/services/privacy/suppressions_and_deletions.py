"""What is asked about people of a workspace: suppress them, lift that, delete what is stored; and how far that is."""

from typing import Final

from msgspec import Struct, json

from placet.errors import Invalid, Missing
from placet.events.records.task import ERASE
from placet.privacy.regulation import Regulation, RegulationType
from placet.privacy.withdrawal_state import WithdrawalState
from placet.runtime.context import NodeContext
from placet.settings.api_tokens import Bearer
from placet.stores.ports.data_holdings import Withdrawal
from placet.stores.ports.outbox import OutboxMessage

MOST: Final = 5000
"""So many people at once (segment.md §7.2)."""

USERS: Final = "user_id"
DEVICES: Final = "anonymous_id"


class RegulationRequest(Struct, frozen=True):
    """What is asked for: of the whole workspace, or of one `source`; `named` is the kind of the subjects' names."""

    kind: str
    subjects: tuple[str, ...]
    source: str = ""
    named: str = USERS


class DestinationStatus(Struct, frozen=True):
    """A destination that was told to delete somebody: how far it has come, since when (epoch ms), and why."""

    source: str
    connection: str
    destination: str
    state: WithdrawalState
    changed: int
    tries: int
    why: str


class RegulationStatus(Struct, frozen=True):
    """A regulation, and the destinations that were told because of it."""

    regulation: Regulation
    destinations: tuple[DestinationStatus, ...] = ()


async def regulate(who: Bearer, asked: RegulationRequest, context: NodeContext, now: int) -> Regulation:
    """Ask for it: a suppression holds when this returns, a deletion is on disk and under way. Raises Invalid and Busy.

    Where the same deletion is under way already, that one is returned.
    """
    kind = regulation_type_of(asked)
    if not 1 <= len(asked.subjects) <= MOST or not all(one and "\0" not in one for one in asked.subjects):
        raise Invalid(f"subjectIds must be 1 to {MOST} ids, none of them empty")
    if asked.source:
        await look_for(who, asked.source, context)
    done = 0 if kind.deletes else now
    by, place = f"token {who.name}", (who.organisation, who.workspace)
    made = Regulation(context.new_id(now), *place, kind, asked.subjects, now, by, asked.source, asked.named, done)
    messages = (OutboxMessage(context.new_id(now), ERASE, made.id, json.encode({}), now),) if kind.deletes else ()
    made = await context.stores.suppressions.regulate(made, messages)
    context.published_settings.replace_suppressed(await context.stores.suppressions.every())
    return made


def regulation_type_of(asked: RegulationRequest) -> RegulationType:
    """What is asked for, if it can be asked of these. Raises Invalid."""
    known = [one for one in RegulationType if asked.source or one is not RegulationType.DELETE_ARCHIVE]
    if asked.kind not in known:
        raise Invalid(f"regulationType {asked.kind} is not carried out here: choose of {', '.join(known)}")
    kind = RegulationType(asked.kind)
    if asked.named != USERS and kind is not RegulationType.DELETE_ARCHIVE:
        raise Invalid(f"subjectType must be USER_ID for {kind}: a device may be several people's")
    return kind


async def look_for(who: Bearer, source: str, context: NodeContext) -> None:
    """Is this a source of the bearer's workspace, or was it one? Raises Missing."""
    if source in context.published_settings.sources_of(who.organisation, who.workspace):
        return
    if f"{who.workspace}/{source}" not in await context.stores.suppressions.sources(who.organisation):
        raise Missing(f"no source {source}")


async def regulations(
    who: Bearer, limit: int, source: str, context: NodeContext, before: str = ""
) -> list[RegulationStatus]:
    """What was asked for in the bearer's workspace, or of one source of it, newest first.

    `before` (an id in hex, exclusive) turns the page.
    """
    place, end = (who.organisation, who.workspace), bytes.fromhex(before) or None
    found = await context.stores.suppressions.regulations(*place, limit, source, end)
    return [await status_of(one, context) for one in found]


async def one_regulation(who: Bearer, id: str, context: NodeContext) -> RegulationStatus:
    """One of them. Raises Missing."""
    found = await context.stores.suppressions.regulation(bytes.fromhex(id))
    if (found.organisation, found.workspace) != (who.organisation, who.workspace):
        raise Missing(f"no regulation {id}")
    return await status_of(found, context)


async def status_of(regulation: Regulation, context: NodeContext) -> RegulationStatus:
    """How far one has come."""
    if not regulation.kind.notifies_destinations:
        return RegulationStatus(regulation)
    told = await context.stores.holdings.of_regulation(regulation.id)
    return RegulationStatus(regulation, tuple(destination_status(one, context) for one in told))


def destination_status(one: Withdrawal, context: NodeContext) -> DestinationStatus:
    """A destination that was told; where its connection is gone, only that is known of it."""
    there = context.published_settings.source_at(one.organisation, one.source)
    to = there.source.destinations.get(one.connection) if there else None
    source = one.source.partition("/")[2]
    return DestinationStatus(source, one.connection, to.id if to else "", one.state, one.changed, one.attempts, one.why)


async def suppressed(who: Bearer, limit: int, after: str, context: NodeContext) -> list[str]:
    """The suppressed users of the bearer's workspace."""
    return await context.stores.suppressions.of(who.organisation, who.workspace, limit, after)
