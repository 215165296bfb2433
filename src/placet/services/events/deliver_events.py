"""Send what is due: each delivery judged again with the consent of this moment, shaped, sent, written down.

House rules: withdrawal wins, so nobody's consent is remembered from one delivery to the next · a queue (a person's
events over one connection) goes in order, and waits where its first delivery must be tried again · what was sent is
written down before the next goes out, so that a crash repeats one delivery of each queue at most.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import chain, islice

from msgspec import json

from placet.consent.profile.stored_profile import Id
from placet.errors import Busy
from placet.events.records.batch_codec import name_of
from placet.events.records.task import DELIVER, DeliveryTask, place_in
from placet.runtime.batch_cache import BatchCache
from placet.runtime.context import NodeContext
from placet.runtime.failed_messages import set_back
from placet.services.events.delivery_attempt import DeliverySettings, attempt, withdrawal_in
from placet.stores.ports.outbox import OutboxMessage


async def deliver(
    context: NodeContext, sending: DeliverySettings, clock: Callable[[], int], kind: str = DELIVER
) -> int:
    """Deal with what is due; how many deliveries were looked at. Raises Busy, and then nothing is lost.

    `kind` is DELIVER, or GATHER for those that go many at a time.
    """
    messages = await context.stores.outbox.claim(
        (kind,), sending.retry_policy.at_once, clock(), sending.retry_policy.hold
    )
    readable = await only_readable(messages, context, clock)
    published_settings = BatchCache(context)
    results = await asyncio.gather(
        *(
            go_through(queues, limit, published_settings, context, sending, clock)
            for limit, queues in grouped(readable, context, sending)
        ),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(messages)


async def only_readable(
    messages: list[OutboxMessage], context: NodeContext, clock: Callable[[], int]
) -> list[OutboxMessage]:
    """The notes that say what is to be delivered; the others are laid aside."""
    found = []
    for message in messages:
        try:
            json.decode(message.body, type=DeliveryTask)
            found.append(message)
        except ValueError as why:
            await set_back(message, why, context.stores.outbox, clock())
    return found


def grouped(
    messages: list[OutboxMessage], context: NodeContext, sending: DeliverySettings
) -> Iterator[tuple[int, list[list[OutboxMessage]]]]:
    """Queues that go through together: those of one connection where its destination takes many events at once.

    With each group, how many that is.
    """
    groups: dict[tuple[Id, str], tuple[int, dict[Id, list[OutboxMessage]]]] = {}
    for message in messages:
        task = json.decode(message.body, type=DeliveryTask)
        limit = most_at_once(task, context, sending)
        place = name_of(task.organisation, task.source, task.connection) if limit > 1 else message.subject_id
        groups.setdefault((place, task.connection), (limit, {}))[1].setdefault(message.subject_id, []).append(message)
    for limit, queues in groups.values():
        yield limit, list(queues.values())


def most_at_once(task: DeliveryTask, context: NodeContext, sending: DeliverySettings) -> int:
    """How many events the destination of a delivery takes in one request."""
    opened = context.published_settings.source_at(task.organisation, task.source)
    to = opened.source.destinations.get(task.connection) if opened else None
    destination = sending.destinations.get(to.type) if to else None
    return destination.most if destination else 1


async def go_through(
    queues: list[list[OutboxMessage]],
    limit: int,
    batches: BatchCache,
    context: NodeContext,
    sending: DeliverySettings,
    clock: Callable[[], int],
) -> None:
    """Queues, each in its order; what is behind a delivery that must be tried again is given back."""
    until = clock() + sending.retry_policy.hold // 2
    while queues:
        turn = next_turn(queues, limit)
        result = await attempt_safely(turn, batches, context, sending, clock)
        stopped = {message.subject_id for message in turn if result.get(message.id) is False}
        left = [[message for message in queue if message.id not in result] for queue in queues]
        # What is held too long could be taken over by another node while we still send it.
        late = clock() > until
        back = [message.id for queue in left for message in queue if late or message.subject_id in stopped]
        if back:
            await context.stores.outbox.release(back)
        queues = [queue for queue in left if queue and not late and queue[0].subject_id not in stopped]


async def attempt_safely(
    turn: list[OutboxMessage],
    batches: BatchCache,
    context: NodeContext,
    sending: DeliverySettings,
    clock: Callable[[], int],
) -> dict[Id, bool]:
    """`attempt`; where something in it fails, each goes by itself, and the one that fails is set back. Raises Busy.

    As after a crash, what was sent by then may be sent twice.
    """
    try:
        return await attempt(turn, batches, context, sending, clock)
    except Busy:
        raise
    except Exception as why:
        if len(turn) == 1:
            return {turn[0].id: await set_back(turn[0], why, context.stores.outbox, clock(), place_in(turn[0].body))}
    result: dict[Id, bool] = {}
    stopped: set[Id] = set()
    for message in turn:
        if message.subject_id not in stopped:
            result |= await attempt_safely([message], batches, context, sending, clock)
            if not result.get(message.id):
                stopped.add(message.subject_id)
    return result


def next_turn(queues: list[list[OutboxMessage]], limit: int) -> list[OutboxMessage]:
    """What goes next, up to so many; a withdrawal goes alone, after what stands before it and before what follows."""
    turn = list(islice(chain.from_iterable(queues), limit))
    first = next((place for place, message in enumerate(turn) if withdrawal_in(message)), limit)
    return turn[: max(first, 1)]
