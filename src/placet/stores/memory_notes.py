"""Notes and holdings in plain dicts: the part of the stores in memory that workers live on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from placet.stores.ports import Aside, Holding, Key, Missing, Note, State, Withdrawal

Door = Callable[[], None]
"""Raises Busy once the stores are closed."""


@dataclass
class MemoryOutbox:
    """Notes in the order they were kept, and until when each is held."""

    door: Door
    notes: dict[Key, Note] = field(default_factory=dict)
    held: dict[Key, int] = field(default_factory=dict)
    laid: dict[Key, Aside] = field(default_factory=dict)

    async def claim(self, kinds: tuple[str, ...], most: int, now: int, hold: int) -> list[Note]:
        """See `Outbox.claim`."""
        self.door()
        notes = [note for _, note in zip(range(most), self.claimable(kinds, now), strict=False)]
        self.held.update({note.id: now + hold for note in notes})
        return notes

    def claimable(self, kinds: tuple[str, ...], now: int) -> Iterator[Note]:
        """Due notes that nothing before them, and no other claimer, holds up."""
        blocked = {(note.kind, note.about) for note in self.notes.values() if self.held.get(note.id, 0) > now}
        for note in self.notes.values():
            queue = (note.kind, note.about)
            if note.kind not in kinds or queue in blocked:
                continue
            if note.due > now:
                blocked.add(queue)
                continue
            yield note

    async def look(self, kind: str, most: int, now: int) -> list[Note]:
        """See `Outbox.look`."""
        self.door()
        due = (one for one in self.notes.values() if one.kind == kind and one.due <= now)
        return [one for one in due if self.held.get(one.id, 0) <= now][:most]

    async def done(self, ids: list[Key]) -> None:
        """See `Outbox.done`."""
        self.door()
        for key in ids:
            self.notes.pop(key, None)
            self.held.pop(key, None)

    async def again(self, id: Key, due: int, why: str) -> None:  # noqa: ARG002 - only SQL shows the reason
        """See `Outbox.again`."""
        self.door()
        if id in self.notes:
            self.notes[id] = replace(self.notes[id], due=due, tries=self.notes[id].tries + 1)
            self.held.pop(id, None)

    async def give_back(self, ids: list[Key]) -> None:
        """See `Outbox.give_back`."""
        self.door()
        for key in ids:
            self.held.pop(key, None)

    async def put_off(self, id: Key, due: int) -> None:
        """See `Outbox.put_off`."""
        self.door()
        if id in self.notes:
            self.notes[id] = replace(self.notes[id], due=due)
            self.held.pop(id, None)

    async def unfold(self, id: Key, notes: tuple[Note, ...]) -> None:
        """See `Outbox.unfold`."""
        self.door()
        if id in self.notes:
            await self.done([id])
            for note in notes:
                self.notes.setdefault(note.id, note)

    async def lay_aside(self, id: Key, why: str, place: str = "", at: int = 0) -> None:
        """See `Outbox.lay_aside`."""
        self.door()
        if id in self.notes:
            self.laid[id] = Aside(self.notes.pop(id), why, place, at)
            self.held.pop(id, None)

    async def aside(self, place: str = "", most: int = 100, after: Key | None = None) -> list[Aside]:
        """See `Outbox.aside`."""
        self.door()
        found = list(self.laid.values())
        if after is not None:
            keys = list(self.laid)
            found = found[keys.index(after) + 1 :] if after in keys else []
        return [one for one in found if not place or f"{one.place} ".startswith(f"{place} ")][:most]

    async def one_aside(self, id: Key) -> Aside:
        """See `Outbox.one_aside`."""
        self.door()
        if id not in self.laid:
            raise Missing(f"no dead letter {id.hex()}")
        return self.laid[id]

    async def laid_aside(self) -> int:
        """See `Outbox.laid_aside`."""
        self.door()
        return len(self.laid)

    async def bring_back(self, ids: list[Key], now: int) -> int:
        """See `Outbox.bring_back`."""
        self.door()
        found = [self.laid.pop(key) for key in list(self.laid) if key in ids]
        self.notes.update({one.note.id: replace(one.note, due=now, tries=0) for one in found})
        return len(found)

    async def drop_aside(self, before: int, most: int) -> int:
        """See `Outbox.drop_aside`."""
        self.door()
        old = [key for _, (key, one) in zip(range(most), self.laid.items(), strict=False) if one.at < before]
        for key in old:
            del self.laid[key]
        return len(old)

    async def waiting(self) -> int:
        """See `Outbox.waiting`."""
        self.door()
        return len(self.notes)


Spot = tuple[Key, Key, tuple[str, ...]]
"""Where a holding is kept: person, queue, purposes."""


def spot_of(holding: Holding | Withdrawal) -> Spot:
    """Where it is kept."""
    return (holding.person, holding.queue, holding.purposes)


@dataclass
class MemoryHoldings:
    """Who holds what, and withdrawals in the order of their ids."""

    outbox: MemoryOutbox
    rows: dict[Spot, Holding] = field(default_factory=dict)
    opened: dict[Key, Withdrawal] = field(default_factory=dict)
    owned: set[tuple[Key, Key]] = field(default_factory=set)

    async def add(self, holdings: list[Holding]) -> None:
        """See `Holdings.add`."""
        self.outbox.door()
        self.rows.update({spot_of(one): one for one in holdings})

    async def held(self, holdings: list[Holding]) -> list[int]:
        """See `Holdings.held`."""
        self.outbox.door()
        known = (self.rows.get(spot_of(one)) for one in holdings)
        return [one.at if one else 0 for one in known]

    async def of_people(self, persons: list[Key]) -> list[Holding]:
        """See `Holdings.of_people`."""
        self.outbox.door()
        return [row for row in self.rows.values() if row.person in persons]

    async def pass_over(self, kind: str, most: int, now: int) -> tuple[int, int]:
        """See `Holdings.pass_over`."""
        notes = await self.outbox.look(kind, most, now)
        held = {row.person for row in self.rows.values()}
        idle = [note.id for note in notes if note.about not in held]
        await self.outbox.done(idle)
        return len(idle), len(notes) - len(idle)

    async def open(
        self,
        notes: list[Key],
        given_up: list[Holding],
        withdrawals: list[Withdrawal],
        tasks: list[Note],
        owners: Sequence[tuple[Key, Key]] = (),
    ) -> None:
        """See `Holdings.open`."""
        self.outbox.door()
        if notes and self.outbox.notes.keys().isdisjoint(notes):
            return
        await self.outbox.done(notes)
        for holding in given_up:
            self.rows.pop(spot_of(holding), None)
        self.opened.update({one.id: one for one in withdrawals})
        self.owned.update(owners)
        for task in tasks:
            self.outbox.notes.setdefault(task.id, task)

    async def settle(self, notes: list[Key], id: Key, state: State, now: int, tries: int, why: str = "") -> None:
        """See `Holdings.settle`."""
        await self.outbox.done(notes)
        if id in self.opened:
            known = self.opened[id]
            names = () if state is State.ACKNOWLEDGED and known.regulation else known.names
            self.opened[id] = replace(known, state=state, changed=now, tries=tries, why=why, names=names)

    async def withdrawal(self, id: Key) -> Withdrawal:
        """See `Holdings.withdrawal`."""
        self.outbox.door()
        if id not in self.opened:
            raise Missing(f"no withdrawal {id.hex()}")
        return self.opened[id]

    async def withdrawals(
        self, organisation: str, state: State | None = None, most: int = 100, before: Key | None = None
    ) -> list[Withdrawal]:
        """See `Holdings.withdrawals`."""
        self.outbox.door()
        own = [one for _, one in sorted(self.opened.items(), reverse=True) if one.organisation == organisation]
        found = [one for one in own if state in (None, one.state)]
        return [one for one in found if before is None or one.id < before][:most]

    async def of_regulation(self, id: Key) -> list[Withdrawal]:
        """See `Holdings.of_regulation`."""
        self.outbox.door()
        return [one for _, one in sorted(self.opened.items()) if one.regulation == id]

    async def unanswered(self, owners: list[Key]) -> list[tuple[Key, Withdrawal]]:
        """See `Holdings.unanswered`."""
        self.outbox.door()
        pairs = sorted((owner, id) for owner, id in self.owned if owner in owners and id in self.opened)
        found = [(owner, self.opened[id]) for owner, id in pairs]
        return [(owner, one) for owner, one in found if one.state is not State.ACKNOWLEDGED]

    async def counts(self) -> dict[State, int]:
        """See `Holdings.counts`."""
        self.outbox.door()
        return dict(Counter(one.state for one in self.opened.values() if one.state is not State.ACKNOWLEDGED))

    async def drop(self, before: int, most: int) -> int:
        """See `Holdings.drop`."""
        self.outbox.door()
        ended = (State.ACKNOWLEDGED, State.UNSUPPORTED)
        old = [key for key, one in self.opened.items() if one.state in ended and one.changed < before][:most]
        for key in old:
            del self.opened[key]
        return len(old)
