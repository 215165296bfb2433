"""Notes and holdings in plain dicts: the part of the stores in memory that workers live on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing
from placet.privacy.withdrawal_state import WithdrawalState
from placet.stores.ports.data_holdings import Holding, Withdrawal
from placet.stores.ports.outbox import DeadLetter, OutboxMessage

EnsureOpen = Callable[[], None]
"""Raises Busy once the stores are closed."""


@dataclass
class MemoryOutbox:
    """Notes in the order they were kept, and until when each is held."""

    ensure_open: EnsureOpen
    messages: dict[Id, OutboxMessage] = field(default_factory=dict)
    held: dict[Id, int] = field(default_factory=dict)
    dead: dict[Id, DeadLetter] = field(default_factory=dict)

    async def claim(self, kinds: tuple[str, ...], limit: int, now: int, hold: int) -> list[OutboxMessage]:
        """See `Outbox.claim`."""
        self.ensure_open()
        messages = [message for _, message in zip(range(limit), self.claimable(kinds, now), strict=False)]
        self.held.update({message.id: now + hold for message in messages})
        return messages

    def claimable(self, kinds: tuple[str, ...], now: int) -> Iterator[OutboxMessage]:
        """Due notes that nothing before them, and no other claimer, holds up."""
        blocked = {
            (outbox_message.kind, outbox_message.subject_id)
            for outbox_message in self.messages.values()
            if self.held.get(outbox_message.id, 0) > now
        }
        for message in self.messages.values():
            queue = (message.kind, message.subject_id)
            if message.kind not in kinds or queue in blocked:
                continue
            if message.due > now:
                blocked.add(queue)
                continue
            yield message

    async def peek(self, kind: str, limit: int, now: int) -> list[OutboxMessage]:
        """See `Outbox.peek`."""
        self.ensure_open()
        due = (one for one in self.messages.values() if one.kind == kind and one.due <= now)
        return [one for one in due if self.held.get(one.id, 0) <= now][:limit]

    async def done(self, ids: list[Id]) -> None:
        """See `Outbox.done`."""
        self.ensure_open()
        for key in ids:
            self.messages.pop(key, None)
            self.held.pop(key, None)

    async def retry(self, id: Id, due: int, why: str) -> None:  # noqa: ARG002 - only SQL shows the reason
        """See `Outbox.retry`."""
        self.ensure_open()
        if id in self.messages:
            self.messages[id] = replace(self.messages[id], due=due, attempts=self.messages[id].attempts + 1)
            self.held.pop(id, None)

    async def release(self, ids: list[Id]) -> None:
        """See `Outbox.release`."""
        self.ensure_open()
        for key in ids:
            self.held.pop(key, None)

    async def defer(self, id: Id, due: int) -> None:
        """See `Outbox.defer`."""
        self.ensure_open()
        if id in self.messages:
            self.messages[id] = replace(self.messages[id], due=due)
            self.held.pop(id, None)

    async def fan_out(self, id: Id, messages: tuple[OutboxMessage, ...]) -> None:
        """See `Outbox.fan_out`."""
        self.ensure_open()
        if id in self.messages:
            await self.done([id])
            for message in messages:
                self.messages.setdefault(message.id, message)

    async def dead_letter(self, id: Id, why: str, place: str = "", at: int = 0) -> None:
        """See `Outbox.dead_letter`."""
        self.ensure_open()
        if id in self.messages:
            self.dead[id] = DeadLetter(self.messages.pop(id), why, place, at)
            self.held.pop(id, None)

    async def dead_letters(self, place: str = "", limit: int = 100, after: Id | None = None) -> list[DeadLetter]:
        """See `Outbox.dead_letters`."""
        self.ensure_open()
        found = list(self.dead.values())
        if after is not None:
            keys = list(self.dead)
            found = found[keys.index(after) + 1 :] if after in keys else []
        return [one for one in found if not place or f"{one.place} ".startswith(f"{place} ")][:limit]

    async def find_dead_letter(self, id: Id) -> DeadLetter:
        """See `Outbox.find_dead_letter`."""
        self.ensure_open()
        if id not in self.dead:
            raise Missing(f"no dead letter {id.hex()}")
        return self.dead[id]

    async def count_dead_letters(self) -> int:
        """See `Outbox.count_dead_letters`."""
        self.ensure_open()
        return len(self.dead)

    async def requeue(self, ids: list[Id], now: int) -> int:
        """See `Outbox.requeue`."""
        self.ensure_open()
        found = [self.dead.pop(key) for key in list(self.dead) if key in ids]
        self.messages.update({one.message.id: replace(one.message, due=now, attempts=0) for one in found})
        return len(found)

    async def drop_dead_letters(self, before: int, limit: int) -> int:
        """See `Outbox.drop_dead_letters`."""
        self.ensure_open()
        old = [key for _, (key, one) in zip(range(limit), self.dead.items(), strict=False) if one.at < before]
        for key in old:
            del self.dead[key]
        return len(old)

    async def waiting(self) -> int:
        """See `Outbox.waiting`."""
        self.ensure_open()
        return len(self.messages)


Spot = tuple[Id, Id, tuple[str, ...]]
"""Where a holding is kept: person, queue, purposes."""


def spot_of(holding: Holding | Withdrawal) -> Spot:
    """Where it is kept."""
    return (holding.person, holding.queue, holding.purposes)


@dataclass
class MemoryHoldings:
    """Who holds what, and withdrawals in the order of their ids."""

    outbox: MemoryOutbox
    rows: dict[Spot, Holding] = field(default_factory=dict)
    opened: dict[Id, Withdrawal] = field(default_factory=dict)
    owned: set[tuple[Id, Id]] = field(default_factory=set)

    async def add(self, holdings: list[Holding]) -> None:
        """See `Holdings.add`."""
        self.outbox.ensure_open()
        self.rows.update({spot_of(one): one for one in holdings})

    async def held(self, holdings: list[Holding]) -> list[int]:
        """See `Holdings.held`."""
        self.outbox.ensure_open()
        known = (self.rows.get(spot_of(one)) for one in holdings)
        return [one.at if one else 0 for one in known]

    async def of_people(self, persons: list[Id]) -> list[Holding]:
        """See `Holdings.of_people`."""
        self.outbox.ensure_open()
        return [row for row in self.rows.values() if row.person in persons]

    async def pass_over(self, kind: str, limit: int, now: int) -> tuple[int, int]:
        """See `Holdings.pass_over`."""
        messages = await self.outbox.peek(kind, limit, now)
        held = {row.person for row in self.rows.values()}
        idle = [message.id for message in messages if message.subject_id not in held]
        await self.outbox.done(idle)
        return len(idle), len(messages) - len(idle)

    async def open(
        self,
        messages: list[Id],
        given_up: list[Holding],
        withdrawals: list[Withdrawal],
        tasks: list[OutboxMessage],
        owners: Sequence[tuple[Id, Id]] = (),
    ) -> None:
        """See `Holdings.open`."""
        self.outbox.ensure_open()
        if messages and self.outbox.messages.keys().isdisjoint(messages):
            return
        await self.outbox.done(messages)
        for holding in given_up:
            self.rows.pop(spot_of(holding), None)
        self.opened.update({one.id: one for one in withdrawals})
        self.owned.update(owners)
        for task in tasks:
            self.outbox.messages.setdefault(task.id, task)

    async def settle(
        self, messages: list[Id], id: Id, state: WithdrawalState, now: int, tries: int, why: str = ""
    ) -> None:
        """See `Holdings.settle`."""
        await self.outbox.done(messages)
        if id in self.opened:
            known = self.opened[id]
            names = () if state is WithdrawalState.ACKNOWLEDGED and known.regulation else known.names
            self.opened[id] = replace(known, state=state, changed=now, attempts=tries, why=why, names=names)

    async def withdrawal(self, id: Id) -> Withdrawal:
        """See `Holdings.withdrawal`."""
        self.outbox.ensure_open()
        if id not in self.opened:
            raise Missing(f"no withdrawal {id.hex()}")
        return self.opened[id]

    async def withdrawals(
        self, organisation: str, state: WithdrawalState | None = None, limit: int = 100, before: Id | None = None
    ) -> list[Withdrawal]:
        """See `Holdings.withdrawals`."""
        self.outbox.ensure_open()
        own = [one for _, one in sorted(self.opened.items(), reverse=True) if one.organisation == organisation]
        found = [one for one in own if state in (None, one.state)]
        return [one for one in found if before is None or one.id < before][:limit]

    async def of_regulation(self, id: Id) -> list[Withdrawal]:
        """See `Holdings.of_regulation`."""
        self.outbox.ensure_open()
        return [one for _, one in sorted(self.opened.items()) if one.regulation == id]

    async def unanswered(self, owners: list[Id]) -> list[tuple[Id, Withdrawal]]:
        """See `Holdings.unanswered`."""
        self.outbox.ensure_open()
        pairs = sorted((owner, id) for owner, id in self.owned if owner in owners and id in self.opened)
        found = [(owner, self.opened[id]) for owner, id in pairs]
        return [(owner, one) for owner, one in found if one.state is not WithdrawalState.ACKNOWLEDGED]

    async def counts(self) -> dict[WithdrawalState, int]:
        """See `Holdings.counts`."""
        self.outbox.ensure_open()
        return dict(Counter(one.state for one in self.opened.values() if one.state is not WithdrawalState.ACKNOWLEDGED))

    async def drop(self, before: int, limit: int) -> int:
        """See `Holdings.drop`."""
        self.outbox.ensure_open()
        ended = (WithdrawalState.ACKNOWLEDGED, WithdrawalState.UNSUPPORTED)
        old = [key for key, one in self.opened.items() if one.state in ended and one.changed < before][:limit]
        for key in old:
            del self.opened[key]
        return len(old)
