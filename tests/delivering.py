"""What a delivery worker does in one go: unfold what came in, then deliver what is due."""

from collections.abc import Callable

from placet.events.task import DELIVER
from placet.services.deliver import Sending
from placet.services.deliver import deliver as send
from placet.services.unfold import unfold
from placet.stores.house import House


async def deliver(house: House, sending: Sending, clock: Callable[[], int], kind: str = DELIVER) -> int:
    """How many deliveries were looked at."""
    while await unfold(house, clock):
        pass
    return await send(house, sending, clock, kind)
