"""Tell a destination to forget somebody, and follow that to its end."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct, ValidationError, json

from placet.errors import Missing
from placet.events.records.task import DeliveryTask, destination_name, place_of
from placet.outputs.delivery.circuit_breakers import BreakerOpen, CircuitBreakers
from placet.outputs.delivery.retry_policy import LOCKED, RetryPolicy
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    Outgoing,
    Rejected,
    Reply,
    Sent,
    TryAgain,
)
from placet.outputs.registry import Destinations, config_for
from placet.privacy.withdrawal_state import WithdrawalState
from placet.runtime.context import NodeContext
from placet.stores.ports.data_holdings import Withdrawal
from placet.stores.ports.outbox import OutboxMessage

NO_WAY: Final = "this destination knows no way to forget anybody"
NO_NAME: Final = "this destination knows them by none of their names, or was not told the secret that this takes"
ACCEPTED: Final = 202
"""The request was taken, but is not carried out yet (RFC 9110 §15.3.3)."""


class ErasureUnsupported(Struct, frozen=True):
    """There is nothing to send: why."""

    why: str


Answer: TypeAlias = Reply | BreakerOpen | ErasureUnsupported


class WithdrawalSender(Struct, frozen=True):
    """The way out: what sends, how patiently, dice (0 to 1), the destinations there are, and their breakers."""

    send: Callable[[Outgoing], Awaitable[Reply]]
    retry_policy: RetryPolicy
    jitter: Callable[[], float]
    destinations: Destinations
    breakers: CircuitBreakers
    clock: Callable[[], int]


async def send_withdrawal(message: OutboxMessage, context: NodeContext, sender: WithdrawalSender) -> bool:
    """Have one withdrawal told whose turn has come. False when it must be tried again. Raises Busy."""
    task = json.decode(message.body, type=DeliveryTask)
    try:
        withdrawal = await context.stores.holdings.withdrawal(bytes.fromhex(task.withdrawal))
    except Missing:
        # Somebody marked it as carried out, and it was kept long enough since.
        await context.stores.outbox.done([message.id])
        return True

    answer = await erasure_outcome(withdrawal, task, context, sender)

    return await keep(answer, message, task, withdrawal, context, sender)


async def erasure_outcome(
    withdrawal: Withdrawal, task: DeliveryTask, context: NodeContext, sender: WithdrawalSender
) -> Answer:
    """What the destination said, of several requests the first that did not go well."""
    opened = context.published_settings.source_at(task.organisation, task.source)
    to = opened.source.destinations.get(task.connection) if opened else None
    if opened is None or to is None:
        return Rejected("the connection is no longer there: tell the destination by hand, or bring it back and replay")
    destination = sender.destinations.get(to.type)
    if destination is None:
        return TryAgain(f"nothing here knows destinations of the type {to.type}: is its package installed?")
    if destination.forget is None:
        return ErasureUnsupported(NO_WAY)
    if (secrets := opened.secrets.get(task.connection)) is None:
        return TryAgain(LOCKED)
    try:
        config = config_for(destination, to, secrets)
    except ValidationError as why:
        return TryAgain(f"the options of {to.id} are not what {to.type} takes: {why}")
    whom, deleted = (withdrawal.names, withdrawal.id.hex(), sender.clock()), bool(withdrawal.regulation)
    asked = ErasureRequest(*whom, withdrawal.purposes, deleted)
    try:
        requests = destination.forget(asked, config)
    except Exception as why:
        return TryAgain(f"the shape of {to.type} made no request of it ({type(why).__name__}: {why})")
    return await sent(requests, task, config, destination, sender)


async def sent(
    requests: tuple[Outgoing, ...],
    task: DeliveryTask,
    config: DestinationConfig,
    destination: Destination,
    sender: WithdrawalSender,
) -> Answer:
    """The requests, one after the other."""
    reply: Answer = ErasureUnsupported(NO_NAME)
    for request in requests:
        name = destination_name(task, config.to)
        reply = await sender.breakers.through(name, partial(sender.send, request), sender.clock)
        reply = reply if isinstance(reply, BreakerOpen) else destination.forgotten(reply)
        if not isinstance(reply, Sent):
            break
    return reply


async def keep(
    answer: Answer,
    message: OutboxMessage,
    task: DeliveryTask,
    withdrawal: Withdrawal,
    context: NodeContext,
    sender: WithdrawalSender,
) -> bool:
    """Write down how far it has come. What is given up stays as a dead letter that can be replayed."""
    now, retry_policy, outbox, holdings = (
        sender.clock(),
        sender.retry_policy,
        context.stores.outbox,
        context.stores.holdings,
    )
    if isinstance(answer, BreakerOpen):
        await outbox.defer(message.id, answer.until)
        return False
    tries = message.attempts + 1
    if isinstance(answer, TryAgain) and tries < retry_policy.most:
        await holdings.settle([], withdrawal.id, WithdrawalState.PENDING, now, tries, answer.why)
        await outbox.retry(message.id, now + retry_policy.pause(answer, message.attempts, sender.jitter()), answer.why)
        return False
    if isinstance(answer, Sent):
        state = WithdrawalState.SENT if answer.status == ACCEPTED else WithdrawalState.ACKNOWLEDGED
        await holdings.settle([message.id], withdrawal.id, state, now, tries)
        return True
    if isinstance(answer, ErasureUnsupported):
        await holdings.settle([message.id], withdrawal.id, WithdrawalState.UNSUPPORTED, now, tries, answer.why)
        return True
    await holdings.settle([], withdrawal.id, WithdrawalState.FAILED, now, tries, answer.why)
    await outbox.dead_letter(message.id, answer.why, place_of(task), now)
    return True
