"""What is asked about people of a workspace: suppress them, lift that, delete what is stored; and how far that is."""

from typing import Final

from msgspec import Struct, json

from placet.consent.access import Bearer
from placet.consent.errors import Invalid
from placet.events.task import ERASE
from placet.stores.house import House
from placet.stores.ports import Missing, Note, Withdrawal
from placet.stores.ports import Regulation as Regulation
from placet.stores.ports import Ruling as Ruling
from placet.stores.ports import State as State

MOST: Final = 5000
"""So many people at once (segment.md §7.2)."""

USERS: Final = "user_id"
DEVICES: Final = "anonymous_id"


class Asked(Struct, frozen=True):
    """What is asked for: of the whole workspace, or of one `source`; `named` is the kind of the subjects' names."""

    kind: str
    subjects: tuple[str, ...]
    source: str = ""
    named: str = USERS


class Told(Struct, frozen=True):
    """A destination that was told to delete somebody: how far it has come, since when (epoch ms), and why."""

    source: str
    connection: str
    destination: str
    state: State
    changed: int
    tries: int
    why: str


class Standing(Struct, frozen=True):
    """A regulation, and the destinations that were told because of it."""

    regulation: Regulation
    told: tuple[Told, ...] = ()


async def regulate(who: Bearer, asked: Asked, house: House, now: int) -> Regulation:
    """Ask for it: a suppression holds when this returns, a deletion is on disk and under way. Raises Invalid and Busy.

    Where the same deletion is under way already, that one is returned.
    """
    kind = ruling_of(asked)
    if not 1 <= len(asked.subjects) <= MOST or not all(one and "\0" not in one for one in asked.subjects):
        raise Invalid(f"subjectIds must be 1 to {MOST} ids, none of them empty")
    if asked.source:
        await look_for(who, asked.source, house)
    done = 0 if kind.deletes else now
    by, place = f"token {who.name}", (who.organisation, who.workspace)
    made = Regulation(house.new_id(now), *place, kind, asked.subjects, now, by, asked.source, asked.named, done)
    notes = (Note(house.new_id(now), ERASE, made.id, json.encode({}), now),) if kind.deletes else ()
    made = await house.stores.suppressions.regulate(made, notes)
    house.shelf.put_suppressed(await house.stores.suppressions.every())
    return made


def ruling_of(asked: Asked) -> Ruling:
    """What is asked for, if it can be asked of these. Raises Invalid."""
    known = [one for one in Ruling if asked.source or one is not Ruling.DELETE_ARCHIVE]
    if asked.kind not in known:
        raise Invalid(f"regulationType {asked.kind} is not carried out here: choose of {', '.join(known)}")
    kind = Ruling(asked.kind)
    if asked.named != USERS and kind is not Ruling.DELETE_ARCHIVE:
        raise Invalid(f"subjectType must be USER_ID for {kind}: a device may be several people's")
    return kind


async def look_for(who: Bearer, source: str, house: House) -> None:
    """Is this a source of the bearer's workspace, or was it one? Raises Missing."""
    if source in house.shelf.sources_of(who.organisation, who.workspace):
        return
    if f"{who.workspace}/{source}" not in await house.stores.suppressions.sources(who.organisation):
        raise Missing(f"no source {source}")


async def regulations(who: Bearer, most: int, source: str, house: House, before: str = "") -> list[Standing]:
    """What was asked for in the bearer's workspace, or of one source of it, newest first.

    `before` (an id in hex, exclusive) turns the page.
    """
    place, end = (who.organisation, who.workspace), bytes.fromhex(before) or None
    found = await house.stores.suppressions.regulations(*place, most, source, end)
    return [await standing(one, house) for one in found]


async def one_regulation(who: Bearer, id: str, house: House) -> Standing:
    """One of them. Raises Missing."""
    found = await house.stores.suppressions.regulation(bytes.fromhex(id))
    if (found.organisation, found.workspace) != (who.organisation, who.workspace):
        raise Missing(f"no regulation {id}")
    return await standing(found, house)


async def standing(regulation: Regulation, house: House) -> Standing:
    """How far one has come."""
    if not regulation.kind.tells:
        return Standing(regulation)
    told = await house.stores.holdings.of_regulation(regulation.id)
    return Standing(regulation, tuple(told_of(one, house) for one in told))


def told_of(one: Withdrawal, house: House) -> Told:
    """A destination that was told; where its connection is gone, only that is known of it."""
    there = house.shelf.source_at(one.organisation, one.source)
    to = there.source.destinations.get(one.connection) if there else None
    source = one.source.partition("/")[2]
    return Told(source, one.connection, to.id if to else "", one.state, one.changed, one.tries, one.why)


async def suppressed(who: Bearer, most: int, after: str, house: House) -> list[str]:
    """The suppressed users of the bearer's workspace."""
    return await house.stores.suppressions.of(who.organisation, who.workspace, most, after)
