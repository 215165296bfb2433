"""Keep an opt-out signal of a known person's device in their profile, so that their other devices hear of it."""

from msgspec.structs import replace

from placet.consent.context import RequestContext
from placet.consent.decide import newly_signalled
from placet.consent.profile.profile import Profile
from placet.consent.profile.stored_profile import VersionedProfile
from placet.consent.profile.timestamps import caught_up
from placet.events.records.task import CONSENT
from placet.runtime.context import NodeContext
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.outbox import OutboxMessage


async def keep_signals(call: RequestContext, known: VersionedProfile | None, context: NodeContext) -> Profile | None:
    """The person's profile as it holds at this call, its signals included; None when there is none.

    Asks the store only for a signal that the profile does not have yet. Raises Stale or Busy.
    """
    profile = caught_up(known.profile, call.now) if known and known.version else None
    added = newly_signalled(call, profile)
    if known is None or added is None:
        return profile
    message = OutboxMessage(context.new_id(call.now), CONSENT, known.person, b"{}", call.now)
    await context.write(WriteDecision(profile=replace(known, profile=added), messages=(message,), at=call.now))
    return added
