"""Keep an opt-out signal of a known person's device in their profile, so that their other devices hear of it."""

from msgspec.structs import replace

from placet.consent.profile import Profile
from placet.consent.settle import Call, newly_signalled
from placet.consent.stamps import caught_up
from placet.events.task import CONSENT
from placet.stores.house import House
from placet.stores.ports import Keep, Known, Note


async def keep_signals(call: Call, known: Known | None, house: House) -> Profile | None:
    """The person's profile as it holds at this call, its signals included; None when there is none.

    Asks the store only for a signal that the profile does not have yet. Raises Stale or Busy.
    """
    profile = caught_up(known.profile, call.now) if known and known.version else None
    added = newly_signalled(call, profile)
    if known is None or added is None:
        return profile
    note = Note(house.new_id(call.now), CONSENT, known.person, b"{}", call.now)
    await house.keep(Keep(known=replace(known, profile=added), notes=(note,), at=call.now))
    return added
