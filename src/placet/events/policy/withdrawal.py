"""Which purposes somebody no longer agrees to, of those that a destination holds their data for."""

from placet.events.policy.connection import Connection
from placet.events.policy.consent_state import EventConsent
from placet.events.policy.purposes import PurposeMapping, spelled
from placet.settings.connections import Need


def withdrawn(
    purposes: tuple[str, ...], connection: Connection | None, profile: EventConsent, mapping: PurposeMapping
) -> tuple[str, ...]:
    """The purposes whose refusal takes away what the data was held for; none while it still may be held.

    `profile` must have been read with `mapping`. A connection that needs any of its purposes may go on while one of
    them is granted; every other, and one that is gone, needs them all. Purposes that the workspace no longer has
    cannot be refused.
    """
    known = tuple(one for one in purposes if spelled(one) in mapping.bits)
    _, refused = profile.masks
    no = mapping.mask(known) & refused
    any_will_do = connection is not None and connection.need is Need.ANY
    if not no or (any_will_do and mapping.mask(known) & ~refused):
        return ()
    return mapping.names(no)
