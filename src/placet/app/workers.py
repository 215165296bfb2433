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

from placet.api.http.metrics import Metrics
from placet.config import Config
from placet.errors import Busy
from placet.events.records.batch_codec import document_of
from placet.events.records.task import AGAIN, DELIVER, FAN_OUT, GATHER, DeliveryResult
from placet.outputs.delivery.circuit_breaker import BreakerState
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.plugins.plugin import PluginEvent, PluginStage
from placet.outputs.plugins.runner import PluginRunner
from placet.outputs.registry import all_destinations
from placet.outputs.transport.connection_pool import ConnectionPool
from placet.outputs.transport.deliver_to import Transport
from placet.outputs.transport.http_send import Network, send
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.privacy.withdrawal_state import WithdrawalState
from placet.runtime.context import NodeContext
from placet.services.events.collect_events import NO_PLUGINS
from placet.services.events.deliver_events import deliver
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.fan_out_batch import fan_out_batch
from placet.services.privacy.apply_retention import Retention, apply_retention
from placet.services.privacy.open_withdrawals import AT_ONCE, open_withdrawals, task_of
from placet.services.privacy.run_deletion import run_deletion
from placet.services.privacy.send_withdrawal import WithdrawalSender, send_withdrawal
from placet.stores.ports.outbox import OutboxMessage

LOG: Final = logging.getLogger("placet.app.workers")

HOURLY: Final = 3600.0
COUNTS: Final = 15.0
"""Seconds between two looks at what is too old, and at what operators want counted."""

DELETING: Final = 1.0
"""Seconds between two looks for somebody to delete."""

GATHERED: Final = 0.5
"""Seconds between two looks at what is gathered for warehouses."""
MAX_GATHERED: Final = 5000

SHARE: Final = 4
"""Forgetting rests so many times as long as it worked: it never takes more than a fifth of the writer's time."""


class Workers:
    """The workers of one node. `tell` hears what became of deliveries."""

    def __init__(
        self,
        config: Config,
        context: NodeContext,
        metrics: Metrics,
        clock: Callable[[], int],
        tell: Callable[[DeliveryResult], None],
        plugins: PluginRunner = NO_PLUGINS,
    ) -> None:
        """None works yet."""
        self.config, self.context, self.metrics, self.clock, self.tell = config, context, metrics, clock, tell
        self.plugins = plugins
        self.breakers = CircuitBreakers()
        self.connections = ConnectionPool()
        http = OAuthTokens(
            partial(send, seconds=config.delivery_seconds, net=Network(connections=self.connections)), clock
        )
        self.way = Transport(http, Path(config.data_folder) / "warehouse", config.delivery_seconds * 5)
        self.watch = asyncio.Lock()
        self.counted: dict[WithdrawalState, int] = {}
        self.dead_letter_count = 0
        metrics.table("placet_breakers", "Destinations that are not simply spoken to.", ("state",), self.not_closed)
        metrics.table("placet_withdrawals", "Withdrawals not acknowledged yet.", ("state",), self.open)
        metrics.gauge("placet_dead_letters", "Deliveries that were given up and wait.", lambda: self.dead_letter_count)

    def all(self) -> list[Coroutine[Any, Any, None]]:
        """Everything a node does beside answering; deliveries and deletions only where it is to make any."""
        config = self.config
        rest = config.delivery_rest_ms / 1000
        own = [run_repeatedly(self.deliveries, rest) for _ in range(config.delivery_workers)]
        if own:
            own.append(run_repeatedly(self.gathered, max(rest, GATHERED)))
            own.append(run_repeatedly(partial(open_withdrawals, self.context, self.clock), rest, AT_ONCE))
            own.append(run_repeatedly(self.deletions, DELETING))
        return [*own, run_repeatedly(self.withdrawals, HOURLY), run_repeatedly(self.count, COUNTS)]

    @property
    def sending(self) -> DeliverySettings:
        """The way out."""
        retry_policy = RetryPolicy(hold=int(self.config.delivery_hold_seconds * 1000))
        way = self.way
        sender = WithdrawalSender(way, retry_policy, random, all_destinations(), self.breakers, self.clock)

        async def recall(message: OutboxMessage) -> bool:
            return await send_withdrawal(message, self.context, sender)

        return DeliverySettings(
            way, retry_policy, random, all_destinations(), self.breakers, recall, self.record_result, self.plugins
        )

    async def gathered(self) -> int:
        """Send what was gathered: many events at a time, hence held for longer."""
        retry_policy = RetryPolicy(at_once=MAX_GATHERED, hold=int(self.config.delivery_hold_seconds * 5000))
        return await deliver(self.context, replace(self.sending, retry_policy=retry_policy), self.clock, GATHER)

    async def deliveries(self) -> int:
        """Unfold what came in, then send what is due. While nothing is, one worker keeps watch for all."""
        async with self.watch:
            while not await self.anything_due():  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(self.config.delivery_rest_ms / 1000)
        return await fan_out_batch(self.context, self.clock) + await deliver(self.context, self.sending, self.clock)

    async def anything_due(self) -> bool:
        """Whether something waits to be unfolded or delivered."""
        outbox, now = self.context.stores.outbox, self.clock()
        return bool(await outbox.peek(FAN_OUT, 1, now) or await outbox.peek(DELIVER, 1, now))

    def record_result(self, result: DeliveryResult) -> None:
        """Count what became of a delivery, and hand it on."""
        self.metrics.deliveries[result.outcome] += 1
        if self.plugins.of(PluginStage.AFTER) and result.outcome != AGAIN:
            self.plugins.ended(plugin_event_of(result))
        self.tell(result)

    async def deletions(self) -> int:
        """Carry deletions out, a step at a time, and rest in proportion."""
        settle = int(self.config.delivery_hold_seconds * 2000)
        began = monotonic()
        done = await run_deletion(self.context, self.clock, task_of, settle)
        await asyncio.sleep(SHARE * (monotonic() - began))
        return done

    async def withdrawals(self) -> int:
        """Forget what is too old, and rest in proportion."""
        retention = Retention(self.config.keep_events_days, self.config.keep_withdrawals_days)
        began = monotonic()
        gone = await apply_retention(self.context.stores, retention, self.clock())
        await asyncio.sleep(SHARE * (monotonic() - began))
        return gone

    async def count(self) -> int:
        """Look at what operators want counted; there is never more of it to do."""
        self.counted = await self.context.stores.holdings.counts()
        self.dead_letter_count = await self.context.stores.outbox.count_dead_letters()
        return 0

    def open(self) -> dict[tuple[str, ...], float]:
        """Withdrawals by state, as last counted."""
        return {
            (state.value,): self.counted.get(state, 0)
            for state in WithdrawalState
            if state is not WithdrawalState.ACKNOWLEDGED
        }

    def not_closed(self) -> dict[tuple[str, ...], float]:
        """How many breakers are open, and how many half-open; which ones says the administration."""
        found = Counter(self.breakers.not_closed(self.clock()).values())
        return {(position.value,): found[position] for position in (BreakerState.OPEN, BreakerState.HALF_OPEN)}


def plugin_event_of(result: DeliveryResult) -> PluginEvent:
    """A delivery that ended, as after-plugins see it: the event as it was taken in."""
    try:
        document = document_of(result.event)
    except (ValueError, RecursionError):
        document = {}
    source = f"{result.task.organisation}/{result.task.source}"
    return PluginEvent(document, source, result.task.connection, result.outcome, result.why)


async def run_repeatedly(work: Callable[[], Awaitable[int]], rest: float, much: int = 1) -> None:
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
