"""What a delivery worker does in one go: unfold what came in, then deliver what is due."""

from collections.abc import Callable

from placet.events.records.task import DELIVER
from placet.runtime.context import NodeContext
from placet.services.events.deliver_events import deliver as send
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.fan_out_batch import fan_out_batch


async def deliver(
    context: NodeContext, sending: DeliverySettings, clock: Callable[[], int], kind: str = DELIVER
) -> int:
    """How many deliveries were looked at."""
    while await fan_out_batch(context, clock):
        pass
    return await send(context, sending, clock, kind)
