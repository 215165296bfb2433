"""Carry a deletion out: the events of those it is about, who they were, and what destinations hold about them.

It goes step by step, and each is one transaction that leaves the note for the next: where a worker dies in the middle,
another goes on. The steps:

1. Who is it? Everybody who goes by one of the names, with all who turned out to be them.
2. Source by source, newest batch first: their events become blanks, with verdicts and outcomes.
3. When all that was on its way has ended, what came in late is looked at once more.
4. What is held about them becomes a withdrawal for each destination, or is forgotten; their names are forgotten.

Receipts and what somebody agreed to stay: they prove the past, and refuse for the future.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import DecodeError, Struct, json
from msgspec.structs import replace

from placet.events.erasure import Erased, theirs, without
from placet.events.frame import encode, name_of, read_frame
from placet.events.identity import Identity
from placet.events.task import ERASE
from placet.stores.circle import nameless
from placet.stores.house import House, decided
from placet.stores.ports import Batch, Blanked, Holding, Key, Missing, Note, Regulation, Ruling, Withdrawal

PAGE: Final = 8
PAGES: Final = 25
"""So many batches are read at once, and so many times before that is written down: some tens of milliseconds."""
HOLD: Final = 20_000
LATE: Final = 600_000
"""A batch is written down at most so many ms after the moment it is dated by."""

Telling: TypeAlias = Callable[[Withdrawal, House, int], Note]
"""Makes the note that has a destination told."""


class Errand(Struct, frozen=True):
    """How far a deletion has come: step by step through `sources`, the first being the one at hand.

    `people` are who it is about (hex); `sources` begin with their workspace. `before` is the last batch that was looked
    at, `found` how many events went so far. `late`: it is the second look.
    """

    people: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    before: str = ""
    found: int = 0
    begun: bool = False
    late: bool = False


async def erase(house: House, clock: Callable[[], int], telling: Telling, settle: int) -> int:
    """Take one deletion a step further; how many were due. Raises Busy, and then nothing is lost.

    `settle` ms after the events are gone, every delivery that had read one has come to its end.
    """
    notes = await house.stores.outbox.claim((ERASE,), 1, clock(), HOLD)
    for note in notes:
        await step(note, house, clock(), telling, settle)
    return len(notes)


async def step(note: Note, house: House, now: int, telling: Telling, settle: int) -> None:
    """One step, and the note for the next."""
    try:
        regulation = await house.stores.suppressions.regulation(note.about)
    except Missing:
        await house.stores.outbox.done([note.id])
        return
    errand = json.decode(note.body, type=Errand)
    if not errand.begun:
        await go_on(await found(regulation, house), [], [], note, house, now)
    elif errand.sources:
        await decided(lambda: blank(errand, regulation, note, house, now))
    elif not errand.late and (errand.people or errand.found):
        again = replace(errand, sources=await sources_of(regulation, house), late=True)
        await go_on(again, [], [], note, house, now, settle)
    else:
        await end(errand, regulation, house, now, telling)
        await house.stores.suppressions.carried_out(regulation.id, now, note.id)


async def go_on(
    errand: Errand, blanked: list[Blanked], names: list[Key], note: Note, house: House, now: int, rest: int = 0
) -> None:
    """Write a step down, with the note for the one after it, due after a rest."""
    after = Note(house.new_id(now), ERASE, note.about, json.encode(errand), now + rest)
    await house.stores.suppressions.erase(blanked, names, note.id, after)


async def sources_of(regulation: Regulation, house: House) -> tuple[str, ...]:
    """Where their events may lie, also in sources that the settings no longer have."""
    every = await house.stores.suppressions.sources(regulation.organisation)
    inside = f"{regulation.workspace}/"
    wanted = (one for one in every if one.startswith(inside) and regulation.source in ("", one.removeprefix(inside)))
    return tuple(wanted)


def names_in(regulation: Regulation) -> frozenset[Identity]:
    """The names of those it is about."""
    return frozenset(Identity(regulation.named, one) for one in regulation.subjects)


async def found(regulation: Regulation, house: House) -> Errand:
    """Who it is about. A device is nobody: what was asked for by its name is found by that name alone."""
    people = await people_in(regulation, house) if regulation.of_users else []
    return Errand(tuple(one.hex() for one in people), await sources_of(regulation, house), begun=True)


async def people_in(regulation: Regulation, house: House) -> list[Key]:
    """Everybody who goes by one of these names now, and all who turned out to be them."""
    names = house.names(regulation.organisation, regulation.workspace, names_in(regulation))
    near = await house.stores.identities.near(names, None)
    return await house.stores.identities.joined_to([one.id for one in near.people])


async def blank(errand: Errand, regulation: Regulation, note: Note, house: House, now: int) -> None:
    """Some pages of a source's batches, until one has something of theirs, or there are no more. Raises Stale."""
    place, on = (regulation.organisation, errand.sources[0]), errand
    erased = Erased(frozenset(errand.people), names_in(regulation))
    for _ in range(PAGES):
        page = await house.stores.events.latest(*place, PAGE, bytes.fromhex(on.before) or None)
        gone = [blanked_in(batch, erased) for batch in page if batch.at <= regulation.at]
        blanked, names = [one for one, _ in gone if one], [name for _, some in gone for name in some]
        if len(page) < PAGE or (errand.late and page[-1].at < regulation.at - LATE):
            on = replace(errand, sources=errand.sources[1:], before="")
        else:
            on = replace(errand, before=page[-1].id.hex())
        if blanked or on.sources != errand.sources:
            break
    await go_on(replace(on, found=errand.found + len(names)), blanked, names, note, house, now)


def blanked_in(batch: Batch, erased: Erased) -> tuple[Blanked | None, list[Key]]:
    """A batch without their events, and the names of those; None where it has none, or nobody can read it."""
    try:
        frame = read_frame(batch.body)
    except (DecodeError, RecursionError):
        return None, []
    places = frozenset(theirs(frame, erased))
    if not places:
        return None, []
    names = [name_of(batch.organisation, batch.source, frame.events[place].id) for place in sorted(places)]
    return Blanked(batch.id, batch.body, encode(without(frame, places))), names


async def end(errand: Errand, regulation: Regulation, house: House, now: int, telling: Telling) -> None:
    """Have destinations told, and forget who it was; what was done before a crash is not done twice."""
    if regulation.kind is Ruling.DELETE_ARCHIVE:
        return
    # Somebody may have turned out to be somebody else since the first step: then their names are that one's.
    people, names = [bytes.fromhex(one) for one in errand.people], names_in(regulation)
    people += await people_in(regulation, house)
    near = await house.stores.identities.near((), None, people)
    keys = {name.proven or name.claimed for one in near.people for name in one.names}
    keys.update(house.pseudonyms(regulation.organisation, regulation.workspace, names))
    held = await house.stores.holdings.of_people(sorted(keys))
    given_up = [one for one in held if is_theirs(one, regulation, frozenset(people), names)]
    withdrawals = withdrawals_of(given_up, regulation, house, now) if regulation.kind.tells else []
    if given_up:
        notes = [telling(one, house, now) for one in withdrawals]
        await house.stores.holdings.open([], given_up, withdrawals, notes)
    if not regulation.source:
        await decided(lambda: forget_names(people, house))


def is_theirs(holding: Holding, regulation: Regulation, people: frozenset[Key], names: frozenset[Identity]) -> bool:
    """Does a destination hold this about one of them, over a connection that this is about?

    Somebody else who used the same device has holdings under its name, too.
    """
    workspace, _, source = holding.source.partition("/")
    place = (holding.organisation, workspace) == (regulation.organisation, regulation.workspace)
    if not place or source != (regulation.source or source):
        return False
    return holding.somebody in people or not names.isdisjoint(holding.names)


def withdrawals_of(given_up: list[Holding], regulation: Regulation, house: House, now: int) -> list[Withdrawal]:
    """What destinations are told: each once, by all the names that it knows somebody by, for all purposes."""
    by_queue: dict[Key, list[Holding]] = {}
    for one in given_up:
        by_queue.setdefault(one.queue, []).append(one)
    found = []
    for queue, some in by_queue.items():
        place = (some[0].organisation, some[0].source, some[0].connection, some[0].person, queue)
        purposes = tuple(sorted({purpose for one in some for purpose in one.purposes}))
        names = tuple(dict.fromkeys(name for one in some for name in one.names))
        told = Withdrawal(house.new_id(now), *place, purposes, names, regulation.at, changed=now)
        found.append(replace(told, regulation=regulation.id))
    return found


async def forget_names(people: Sequence[Key], house: House) -> None:
    """From now on nobody finds these people by any name; an id without names stays. Raises Stale."""
    near = await house.stores.identities.near((), None, people)
    known = [one for one in near.people if one.id in people and one.names]
    names = {name.key: name for one in known for name in one.names}
    ties = (await house.stores.identities.near(tuple(names.values()), None)).ties
    if known:
        await house.stores.identities.keep(nameless(known, ties))
