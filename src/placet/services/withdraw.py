"""Somebody made a choice: find every destination that holds their data for what they no longer agree to.

A choice leaves a note (`save_consent`, `log_receipt`, `collect`); most tell of nothing to take back, and just go. Where
somebody's data has left, its holding becomes a withdrawal, with a note in the queue of that person's deliveries: behind
what is on its way already, before whatever they may agree to later.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec import Struct, json

from placet.events.state import of_profile
from placet.events.task import CONSENT, Task
from placet.events.withdrawal import withdrawn
from placet.outputs.registry import shapes
from placet.outputs.turns import turn_of
from placet.stores.failures import set_back
from placet.stores.house import House
from placet.stores.ports import Busy, Holding, Key, Note, Withdrawal

AT_ONCE: Final = 500
HOLD: Final = 60_000


class Opened(Struct, frozen=True):
    """A holding that must be given up, and the withdrawal it becomes."""

    holding: Holding
    withdrawal: Withdrawal


async def withdraw(house: House, clock: Callable[[], int]) -> int:
    """Deal with the choices that wait, at most `AT_ONCE`; how many there were. Raises Busy: then nothing is lost."""
    now = clock()
    if not await house.stores.outbox.look(CONSENT, 1, now):
        return 0
    # Whoever is about to hold something writes that down first and looks at the person's choice after that: a choice
    # that comes with a note could not be missed there, where nothing is held when the note is looked at.
    gone, left = await house.stores.holdings.pass_over(CONSENT, AT_ONCE, now)
    if left:
        await take_back(house, clock)
    return gone + left


async def take_back(house: House, clock: Callable[[], int]) -> None:
    """Turn what is held about people into withdrawals, where they no longer agree."""
    notes = await house.stores.outbox.claim((CONSENT,), AT_ONCE, clock(), HOLD)
    if not notes:
        return
    try:
        await dealt_with(notes, house, clock)
    except Busy:
        raise
    except Exception as why:
        await one_by_one(notes, why, house, clock)


async def one_by_one(notes: list[Note], error: Exception, house: House, clock: Callable[[], int]) -> None:
    """Something about one of these people cannot be read: the others' choices go through by themselves."""
    if len(notes) == 1:
        await set_back(notes[0], error, house.stores.outbox, clock())
        return
    for note in notes:
        try:
            await dealt_with([note], house, clock)
        except Busy:
            raise
        except Exception as why:
            await set_back(note, why, house.stores.outbox, clock())


async def dealt_with(notes: list[Note], house: House, clock: Callable[[], int]) -> None:
    """Choices, side by side: what they take back becomes withdrawals, and their notes are done."""
    held = await held_about(list({note.about for note in notes}), house)

    found = await asyncio.gather(*(opened(one, house, clock()) for one in held))

    pairs = [pair for pair in found if pair]
    # Whoever goes by two names has two rows for one queue: the destination is told once.
    by_queue = {spot_of(pair): pair.withdrawal for pair in pairs}
    tasks = [task_of(one, house, clock()) for one in by_queue.values()]
    owners = [(owner, by_queue[spot_of(pair)].id) for pair in pairs for owner in owners_of(pair.holding, house)]
    ids, holdings = [note.id for note in notes], [pair.holding for pair in pairs]
    await house.stores.holdings.open(ids, holdings, list(by_queue.values()), tasks, owners)


def spot_of(pair: Opened) -> tuple[Key, tuple[str, ...]]:
    """What a destination is told of once: a queue, and what was taken back."""
    return (pair.withdrawal.queue, pair.withdrawal.purposes)


def owners_of(holding: Holding, house: House) -> list[Key]:
    """By what a deletion finds what a destination still owes about somebody."""
    return house.owners(holding.organisation, holding.source.partition("/")[0], holding.names, holding.somebody)


async def held_about(people: list[Key], house: House) -> list[Holding]:
    """What is held about people, also under other names that turned out to be theirs."""
    found = await house.stores.holdings.of_people(people)
    somebody = list({one.somebody for one in found if one.somebody})
    others = frozenset(await house.also(somebody) if somebody else ()) - frozenset(people)
    return found + (await house.stores.holdings.of_people(sorted(others)) if others else [])


async def opened(holding: Holding, house: House, now: int) -> Opened | None:
    """The withdrawal a holding becomes, if its person no longer agrees to what it is for.

    Data does not go away with the source it came by: where that is gone, another of the workspace knows the purposes.
    """
    there = house.shelf.neighbour(holding.organisation, holding.source)
    if there is None:
        return None
    mapping = there.source.routes.mapping
    profile = of_profile(await house.agreed(there.source, holding.names, holding.somebody.hex()), mapping)
    gone = there.source.id != holding.source
    connection = None if gone else there.source.connection(holding.connection)
    purposes = withdrawn(holding.purposes, connection, profile, mapping)
    if not purposes:
        return None
    place = (holding.organisation, holding.source, holding.connection, holding.person, holding.queue)
    return Opened(holding, Withdrawal(house.new_id(now), *place, purposes, holding.names, now, changed=now))


def task_of(withdrawal: Withdrawal, house: House, now: int) -> Note:
    """The note that has the destination told, in the queue of the person's deliveries."""
    place = (withdrawal.organisation, withdrawal.source)
    task = Task(*place, "", 0, withdrawal.connection, withdrawal.id.hex())
    there = house.shelf.source_at(*place)
    kind, _ = turn_of(there.source.destinations.get(withdrawal.connection) if there else None, shapes(), now)
    return Note(house.new_id(now), kind, withdrawal.queue, json.encode(task), now)
