"""Suppress users of a workspace, or lift that: their events leave no trace from then on, and nothing queued leaves."""

from typing import Final

from placet.consent.access import Bearer
from placet.consent.errors import Invalid
from placet.stores.house import House
from placet.stores.ports import Missing, Ruling
from placet.stores.ports import Regulation as Regulation

MOST: Final = 5000
"""So many users at once (segment.md §7.2)."""


async def regulate(who: Bearer, kind: str, subjects: tuple[str, ...], house: House, now: int) -> Regulation:
    """Carry it out; on disk, and known to this node, when it returns. Raises Invalid and Busy."""
    if kind not in list(Ruling):
        known = ", ".join(Ruling)
        raise Invalid(f"regulationType {kind} is not carried out here: choose of {known}")
    if not 1 <= len(subjects) <= MOST or not all(one and "\0" not in one for one in subjects):
        raise Invalid(f"subjectIds must be 1 to {MOST} user ids, none of them empty")
    made = Regulation(
        house.new_id(now), who.organisation, who.workspace, Ruling(kind), subjects, now, f"token {who.name}"
    )
    await house.stores.suppressions.regulate(made)
    house.shelf.put_suppressed(await house.stores.suppressions.every())
    return made


async def regulations(who: Bearer, most: int, house: House) -> list[Regulation]:
    """What was asked for in the bearer's workspace, newest first."""
    return await house.stores.suppressions.regulations(who.organisation, who.workspace, most)


async def one_regulation(who: Bearer, id: str, house: House) -> Regulation:
    """One of them. Raises Missing."""
    found = await house.stores.suppressions.regulation(bytes.fromhex(id))
    if (found.organisation, found.workspace) != (who.organisation, who.workspace):
        raise Missing(f"no regulation {id}")
    return found


async def suppressed(who: Bearer, most: int, after: str, house: House) -> list[str]:
    """The suppressed users of the bearer's workspace."""
    return await house.stores.suppressions.of(who.organisation, who.workspace, most, after)
