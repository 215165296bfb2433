"""A node's workers: what they do over and over, and how long they rest when there is nothing to do."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from random import random
from time import monotonic
from typing import Any, Final

from msgspec.structs import replace

from placet.config import Config
from placet.consent.errors import Busy
from placet.events.frame import document_of
from placet.events.task import AGAIN, DELIVER, GATHER, UNFOLD, Went
from placet.faces.metrics import Metrics
from placet.outputs.breaker import Position
from placet.outputs.breakers import Breakers
from placet.outputs.carry import Carrier
from placet.outputs.in_flight import InFlight
from placet.outputs.lines import Lines
from placet.outputs.patience import Patience
from placet.outputs.plugins import Passing, Sort
from placet.outputs.registry import shapes
from placet.outputs.send import Net, send
from placet.outputs.tickets import Tickets
from placet.services.collect import NO_PLUGINS
from placet.services.deliver import Sending, deliver
from placet.services.erase import erase
from placet.services.forget import Telling, forget
from placet.services.prune import Keeping, prune
from placet.services.unfold import unfold
from placet.services.withdraw import AT_ONCE, task_of, withdraw
from placet.stores.house import House
from placet.stores.ports import Note, State

LOG: Final = logging.getLogger("placet.working")

HOURLY: Final = 3600.0
COUNTS: Final = 15.0
"""Seconds between two looks at what is too old, and at what operators want counted."""

ERASING: Final = 1.0
"""Seconds between two looks for somebody to delete."""

GATHERED: Final = 0.5
"""Seconds between two looks at what is gathered for warehouses."""
MOST_GATHERED: Final = 5000

SHARE: Final = 4
"""Forgetting rests so many times as long as it worked: it never takes more than a fifth of the writer's time."""


class Workers:
    """The workers of one node. `tell` hears what became of deliveries."""

    def __init__(
        self,
        config: Config,
        house: House,
        metrics: Metrics,
        clock: Callable[[], int],
        tell: Callable[[Went], None],
        plugins: InFlight = NO_PLUGINS,
    ) -> None:
        """None works yet."""
        self.config, self.house, self.metrics, self.clock, self.tell = config, house, metrics, clock, tell
        self.plugins = plugins
        self.breakers = Breakers()
        self.lines = Lines()
        http = Tickets(partial(send, seconds=config.delivery_seconds, net=Net(lines=self.lines)), clock)
        self.way = Carrier(http, Path(config.data_folder) / "warehouse", config.delivery_seconds * 5)
        self.watch = asyncio.Lock()
        self.counted: dict[State, int] = {}
        self.laid_aside = 0
        metrics.table("placet_breakers", "Destinations that are not simply spoken to.", ("state",), self.not_closed)
        metrics.table("placet_withdrawals", "Withdrawals not acknowledged yet.", ("state",), self.open)
        metrics.gauge("placet_dead_letters", "Deliveries that were given up and wait.", lambda: self.laid_aside)

    def all(self) -> list[Coroutine[Any, Any, None]]:
        """Everything a node does beside answering; deliveries and deletions only where it is to make any."""
        config = self.config
        rest = config.delivery_rest_ms / 1000
        own = [over_and_over(self.deliveries, rest) for _ in range(config.delivery_workers)]
        if own:
            own.append(over_and_over(self.gathered, max(rest, GATHERED)))
            own.append(over_and_over(partial(withdraw, self.house, self.clock), rest, AT_ONCE))
            own.append(over_and_over(self.erasing, ERASING))
        return [*own, over_and_over(self.forgetting, HOURLY), over_and_over(self.count, COUNTS)]

    @property
    def sending(self) -> Sending:
        """The way out."""
        patience = Patience(hold=int(self.config.delivery_hold_seconds * 1000))
        way = self.way
        telling = Telling(way, patience, random, shapes(), self.breakers, self.clock)

        async def recall(note: Note) -> bool:
            return await forget(note, self.house, telling)

        return Sending(way, patience, random, shapes(), self.breakers, recall, self.heard, self.plugins)

    async def gathered(self) -> int:
        """Send what was gathered: many events at a time, hence held for longer."""
        patience = Patience(at_once=MOST_GATHERED, hold=int(self.config.delivery_hold_seconds * 5000))
        return await deliver(self.house, replace(self.sending, patience=patience), self.clock, GATHER)

    async def deliveries(self) -> int:
        """Unfold what came in, then send what is due. While nothing is, one worker keeps watch for all."""
        async with self.watch:
            while not await self.anything_due():  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(self.config.delivery_rest_ms / 1000)
        return await unfold(self.house, self.clock) + await deliver(self.house, self.sending, self.clock)

    async def anything_due(self) -> bool:
        """Whether something waits to be unfolded or delivered."""
        outbox, now = self.house.stores.outbox, self.clock()
        return bool(await outbox.look(UNFOLD, 1, now) or await outbox.look(DELIVER, 1, now))

    def heard(self, went: Went) -> None:
        """Count what became of a delivery, and hand it on."""
        self.metrics.deliveries[went.became] += 1
        if self.plugins.of(Sort.AFTER) and went.became != AGAIN:
            self.plugins.ended(passing_of(went))
        self.tell(went)

    async def erasing(self) -> int:
        """Carry deletions out, a step at a time, and rest in proportion."""
        settle = int(self.config.delivery_hold_seconds * 2000)
        began = monotonic()
        done = await erase(self.house, self.clock, task_of, settle)
        await asyncio.sleep(SHARE * (monotonic() - began))
        return done

    async def forgetting(self) -> int:
        """Forget what is too old, and rest in proportion."""
        keeping = Keeping(self.config.keep_events_days, self.config.keep_withdrawals_days)
        began = monotonic()
        gone = await prune(self.house.stores, keeping, self.clock())
        await asyncio.sleep(SHARE * (monotonic() - began))
        return gone

    async def count(self) -> int:
        """Look at what operators want counted; there is never more of it to do."""
        self.counted = await self.house.stores.holdings.counts()
        self.laid_aside = await self.house.stores.outbox.laid_aside()
        return 0

    def open(self) -> dict[tuple[str, ...], float]:
        """Withdrawals by state, as last counted."""
        return {(state.value,): self.counted.get(state, 0) for state in State if state is not State.ACKNOWLEDGED}

    def not_closed(self) -> dict[tuple[str, ...], float]:
        """How many breakers are open, and how many half-open; which ones says the administration."""
        found = Counter(self.breakers.not_closed(self.clock()).values())
        return {(position.value,): found[position] for position in (Position.OPEN, Position.HALF_OPEN)}


def passing_of(went: Went) -> Passing:
    """A delivery that ended, as after-plugins see it: the event as it was taken in."""
    try:
        document = document_of(went.event)
    except (ValueError, RecursionError):
        document = {}
    source = f"{went.task.organisation}/{went.task.source}"
    return Passing(document, source, went.task.connection, went.became, went.why)


async def over_and_over(work: Callable[[], Awaitable[int]], rest: float, much: int = 1) -> None:
    """Work for as long as the node lives: at once again while there is `much` to do, else after so many seconds."""
    while True:
        try:
            done = await work()
        except Busy:
            done = 0
        except Exception:
            LOG.exception("a worker stumbled")
            done = 0
        if done < much:
            await asyncio.sleep(rest)
