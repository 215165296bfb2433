"""Show a person the notice that is due to them: banner, preferences or vendors."""

from msgspec import Struct

from placet.consent.approach import Approach, receive
from placet.consent.errors import Contradiction
from placet.consent.person import Mismatch
from placet.consent.settle import Call, Standpoint, look
from placet.stores.house import House


class Shown(Struct, frozen=True):
    """The call as it was understood, and where the person stands."""

    call: Call
    standpoint: Standpoint


async def show_notice(approach: Approach, house: House, now: int, minted: str) -> Shown:
    """Where this person stands, and whether to ask them now. Nothing is kept; `minted` is the id of a new device.

    Raises Missing (no such app is published), Invalid (identifier and memory contradict each other) or Busy.
    """
    call = understood(approach, house, now, minted)
    known = await house.known(call)
    return Shown(call, look(call, known.profile if known and known.version else None))


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
