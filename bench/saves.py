"""A typical save, made up anew each time: what the store benchmarks keep."""

import os
import time
from itertools import count

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow

GROUP = b"bench-group....."
ORGANISATION = "5e0ffe39-6a8e-4d3c-a2a5-000000000001"
APP = "5e0ffe39-6a8e-4d3c-a2a5-0000000000aa"
BODY = b"x" * 1024
FACTS = b'{"group":"bench"}'

DICE = os.urandom(6)
numbers = count()


def uuid7(at: int) -> Id:
    """A time-ordered id; unique in this process by its counter, among processes by its dice."""
    return at.to_bytes(6) + next(numbers).to_bytes(4) + DICE


def a_profile(at: int) -> Profile:
    """About 2 KB of answers."""
    items = {f"p:5e0ffe39-6a8e-4d3c-a2a5-{n:012}": Item(PurposeStatus.ACTIVE, at) for n in range(25)}
    return Profile(items, at, "de", "be", "5e0ffe39-6a8e-4d3c-a2a5-000000000002")


PROFILE = a_profile(int(time.time() * 1000))


def a_save() -> WriteDecision:
    """Receipt, profile, note and request name of somebody new."""
    at = int(time.time() * 1000)
    person = os.urandom(16)
    receipt = ReceiptRow(uuid7(at), ORGANISATION, APP, person, at, BODY)
    message = OutboxMessage(uuid7(at), "person.changed", person, FACTS)
    return WriteDecision(receipt, VersionedProfile(GROUP, person, PROFILE), (message,), os.urandom(16), at=at)
