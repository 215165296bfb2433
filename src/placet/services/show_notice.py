"""Show a person the notice that is due to them: banner, preferences or vendors."""

from msgspec import Struct

from placet.consent.approach import Approach, receive
from placet.consent.errors import Contradiction
from placet.consent.person import Mismatch
from placet.consent.settle import Call, Standpoint, look
from placet.stores.house import House, decided
from placet.stores.keep_signals import keep_signals


class Shown(Struct, frozen=True):
    """The call as it was understood, and where the person stands."""

    call: Call
    standpoint: Standpoint


async def show_notice(approach: Approach, house: House, now: int, minted: str) -> Shown:
    """Where this person stands, and whether to ask them now; `minted` is the id of a new device.

    Nothing is kept but a known person's opt-out signal that their profile does not have yet. Raises Missing (no such
    app is published), Invalid (identifier and memory contradict each other) or Busy.
    """
    call = understood(approach, house, now, minted)
    return await decided(lambda: shown(call, house))


async def shown(call: Call, house: House) -> Shown:
    """Load, keep what a signal adds, answer. Raises Stale when the profile changed in between."""
    profile = await keep_signals(call, await house.known(call), house)
    return Shown(call, look(call, profile))


def show_to_stranger(approach: Approach, house: House, now: int, minted: str) -> Shown | None:
    """The same at once for whoever no profile is read for; None for the others. Raises Missing or Invalid."""
    call = understood(approach, house, now, minted)
    return None if call.fetches else Shown(call, look(call, None))


def understood(approach: Approach, house: House, now: int, minted: str) -> Call:
    """The call that an approach makes. Raises Missing or Invalid."""
    published = house.shelf.published(approach.app_id)
    call = receive(approach, published, house.proves, minted, now)
    if isinstance(call, Mismatch):
        raise Contradiction("the identifier is not the one in the consent string; send Rename-Identifier to rename")
    return call
