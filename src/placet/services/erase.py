"""Carry a deletion out: the events of those it is about, who they were, and what destinations hold about them.

It goes step by step, and each is one transaction that leaves the note for the next: where a worker dies in the middle,
another goes on. The steps:

1. Who is it? Everybody who goes by one of the names, with all who turned out to be them.
2. Source by source, newest batch first: their events become blanks, with verdicts and outcomes.
3. When all that was on its way has ended, what came in late is looked at once more.
4. What is held about them becomes a withdrawal for each destination, or is forgotten.
5. Their names are forgotten.

Receipts and what somebody agreed to stay: they prove the past, and refuse for the future.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct, json
from msgspec.structs import replace

from placet.events.erasure import Erased, theirs, without
from placet.events.frame import encode, name_of, read_frame
from placet.events.identity import Identity
from placet.events.task import ERASE
from placet.stores.circle import Whose, nameless
from placet.stores.failures import set_back
from placet.stores.house import House, decided
from placet.stores.ports import Batch, Blanked, Busy, Holding, Key, Missing, Note, Regulation, Ruling, Withdrawal

PAGE: Final = 8
PAGES: Final = 25
"""So many batches are read at once, and so many times before that is written down: some tens of milliseconds."""
HOLD: Final = 20_000
LATE: Final = 600_000
"""A batch is written down at most so many ms after the moment it is dated by."""

Telling: TypeAlias = Callable[[Withdrawal, House, int], Note]
"""Makes the note that has a destination told."""

About: TypeAlias = tuple[Holding | Withdrawal, set[Key]]
"""What a destination holds, or owes an answer about; and by what a later deletion finds that."""


class Errand(Struct, frozen=True):
    """How far a deletion has come: step by step through `sources`, the first being the one at hand.

    `people` are who it is about (hex); `sources` begin with their workspace. `before` is the last batch that was looked
    at, `found` how many events went so far. `late`: it is the second look. `told`: destinations are being told.
    """

    people: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    before: str = ""
    found: int = 0
    begun: bool = False
    late: bool = False
    told: bool = False


async def erase(house: House, clock: Callable[[], int], telling: Telling, settle: int) -> int:
    """Take one deletion a step further; how many were due. Raises Busy, and then nothing is lost.

    `settle` ms after the events are gone, every delivery that had read one has come to its end.
    """
    notes = await house.stores.outbox.claim((ERASE,), 1, clock(), HOLD)
    for note in notes:
        try:
            await step(note, house, clock(), telling, settle)
        except Busy:
            raise
        except Exception as why:
            await set_back(note, why, house.stores.outbox, clock())
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
    elif not errand.told and regulation.kind is not Ruling.DELETE_ARCHIVE:
        await tell(errand, regulation, note, house, now, telling)
    else:
        await end(errand, regulation, house)
        await house.stores.suppressions.carried_out(regulation.id, now, note.id)


async def go_on(
    errand: Errand, blanked: list[Blanked], names: list[Key], note: Note, house: House, now: int, rest: int = 0
) -> None:
    """Write a step down, with the note for the one after it, due after a rest."""
    await house.stores.suppressions.erase(blanked, names, note.id, note_of(errand, note, house, now + rest))


def note_of(errand: Errand, note: Note, house: House, due: int) -> Note:
    """The note for the step after one."""
    return Note(house.new_id(due), ERASE, note.about, json.encode(errand), due)


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
    except (ValueError, RecursionError):
        return None, []
    places = frozenset(theirs(frame, erased))
    if not places:
        return None, []
    names = [name_of(batch.organisation, batch.source, frame.events[place].id) for place in sorted(places)]
    return Blanked(batch.id, batch.body, encode(without(frame, places))), names


async def whose_of(errand: Errand, regulation: Regulation, house: House) -> Whose:
    """Who it is about. Somebody may have turned out to be somebody else since the first step: names and all."""
    people = [*map(bytes.fromhex, errand.people), *await people_in(regulation, house)]
    near = await house.stores.identities.near((), None, people)
    return Whose({one.id: one for one in near.people}, names_in(regulation))


async def tell(errand: Errand, regulation: Regulation, note: Note, house: House, now: int, telling: Telling) -> None:
    """Have destinations told, all at once, and forget what is held; what somebody else did already is not done again.

    Those that have not acknowledged what they were told earlier are told again. Else somebody would seem to be gone
    everywhere to whoever asks a second time while the first deletion waits for an answer, or failed.
    """
    whose, holdings = await whose_of(errand, regulation, house), house.stores.holdings
    place, tells = (regulation.organisation, regulation.workspace), regulation.kind.tells
    users = house.pseudonyms(*place, whose.names)
    held = await holdings.of_people(sorted({*whose.keys, *users}))
    given_up = [one for one in held if is_theirs(one, regulation, whose)]
    owners = {*users}.union(*map(whose.owners_of, whose.people))
    owed = await holdings.unanswered(sorted(owners)) if tells else []

    about: list[About] = [(one, {owner}) for owner, one in owed if is_here(one, regulation)]
    about += [(one, {*whose.owners_of(one.somebody), *house.owners(*place, one.names)}) for one in given_up if tells]
    withdrawals, by_owner = withdrawals_of(about, regulation, house, now)
    notes = [telling(one, house, now) for one in withdrawals]
    after = note_of(replace(errand, told=True), note, house, now)
    await holdings.open([note.id], given_up, withdrawals, [*notes, after], by_owner)


def is_here(one: Holding | Withdrawal, regulation: Regulation) -> bool:
    """Is this about a connection that a deletion is about?"""
    workspace, _, source = one.source.partition("/")
    place = (one.organisation, workspace) == (regulation.organisation, regulation.workspace)
    return place and source == (regulation.source or source)


def is_theirs(holding: Holding, regulation: Regulation, whose: Whose) -> bool:
    """Does a destination hold this about one of them, over a connection that this is about?

    Somebody else who used the same device has holdings under its name, too.
    """
    named = holding.somebody in whose.people or not whose.names.isdisjoint(holding.names)
    return named and is_here(holding, regulation)


def withdrawals_of(
    about: list[About], regulation: Regulation, house: House, now: int
) -> tuple[list[Withdrawal], list[tuple[Key, Key]]]:
    """What destinations are told: each once, by all the names that it knows somebody by, for all purposes.

    With it, whose each withdrawal is.
    """
    by_queue: dict[Key, list[About]] = {}
    for pair in about:
        by_queue.setdefault(pair[0].queue, []).append(pair)
    found, owners = [], []
    for queue, some in by_queue.items():
        first, every = some[0][0], [one for one, _ in some]
        place = (first.organisation, first.source, first.connection, first.person, queue)
        purposes = tuple(sorted({purpose for one in every for purpose in one.purposes}))
        names = tuple(dict.fromkeys(name for one in every for name in one.names))
        told = Withdrawal(house.new_id(now), *place, purposes, names, regulation.at, changed=now)
        found.append(replace(told, regulation=regulation.id))
        owners += [(owner, told.id) for owner in set[Key]().union(*(them for _, them in some))]
    return found, owners


async def end(errand: Errand, regulation: Regulation, house: House) -> None:
    """Forget who it was, where the deletion is of the whole workspace: what one source forgets, another may know."""
    if regulation.source or regulation.kind is Ruling.DELETE_ARCHIVE:
        return
    people = [*map(bytes.fromhex, errand.people), *await people_in(regulation, house)]
    await decided(lambda: forget_names(people, house))


async def forget_names(people: Sequence[Key], house: House) -> None:
    """From now on nobody finds these people by any name; an id without names stays. Raises Stale."""
    near = await house.stores.identities.near((), None, people)
    known = [one for one in near.people if one.id in people and one.names]
    names = {name.key: name for one in known for name in one.names if not name.bound}
    ties = (await house.stores.identities.near(tuple(names.values()), None)).ties
    if known:
        await house.stores.identities.keep(nameless(known, ties))
