"""A server under load, to be killed: saves without end, and says which receipts were acknowledged.

Run as `python -m tests.stores.saver URL ROUND`. Each line on standard output is the id of a receipt, in hex,
written after its `write` returned.
"""

import asyncio
import os
import sys
import time

import uvloop

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Busy
from placet.stores.open import open_stores
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.ports.stores import Stores
from tests.stores.rows import GROUP, ORGANISATION, a_profile, key

WORKERS = 24


def fresh_id() -> Id:
    """A UUIDv7 of now."""
    return (time.time_ns() // 1_000_000).to_bytes(6) + b"\x70" + os.urandom(9)


def person_of(round: str, worker: int) -> Id:
    """Whom a worker saves for."""
    return key(f"r{round}w{worker}")


async def version_of(stores: Stores, person: Id) -> int:
    """The version that is kept, as soon as the store can tell."""
    while True:
        try:
            known = await stores.profiles.find(GROUP, person)
        except Busy:
            await asyncio.sleep(0.05)
            continue
        return known.version if known else 0


async def save_for_ever(stores: Stores, person: Id) -> None:
    """Keep receipt, profile and note; report; again. After Busy, look where we are."""
    version = 0
    while True:
        receipt = ReceiptRow(fresh_id(), ORGANISATION, "app", person, 0, b"x" * 1000)
        known = VersionedProfile(GROUP, person, a_profile(), version)
        try:
            await stores.write(WriteDecision(receipt, known, (OutboxMessage(fresh_id(), "saved", person, b"{}"),)))
        except Busy:
            version = await version_of(stores, person)
            continue
        version += 1
        os.write(1, receipt.id.hex().encode() + b"\n")


async def main(url: str, round: str) -> None:
    """All workers at once."""
    stores = await open_stores(url)
    await asyncio.gather(*(save_for_ever(stores, person_of(round, worker)) for worker in range(WORKERS)))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
