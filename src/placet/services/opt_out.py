"""Take somebody's opt-out everywhere, and keep it for the device that asks and for the person it names."""

from functools import partial
from hashlib import blake2b
from uuid import UUID

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.approach import Approach, receive
from placet.consent.call import Call, Standpoint
from placet.consent.errors import Contradiction, Reused
from placet.consent.global_opt_out import (
    OptOut,
    Refusal,
    named_people,
    named_receipt,
    opted_out,
    refused,
    settle_opt_out,
)
from placet.consent.person import Mismatch, Person
from placet.consent.receipt import Receipt
from placet.consent.stamps import caught_up
from placet.stores.house import House, decided
from placet.stores.ports import Key, ReceiptRow
from placet.stores.repetition import ADVICE, check_same


class AskOptOut(Struct, frozen=True):
    """An opt-out as it arrived: who approaches, what they want, the body as sent, and the request's own name.

    `once` names the request, so that a repetition within `once_for` ms is answered alike and recorded once.
    """

    approach: Approach
    wanted: OptOut
    evidence: bytes = b""
    once: Key | None = None
    once_for: int = 600_000


class OptedOut(Struct, frozen=True):
    """What it came to: the call as understood, where its person stands now, and the receipt of the person named."""

    call: Call
    standpoint: Standpoint
    receipt: Receipt


async def opt_out(ask: AskOptOut, house: House, now: int) -> OptedOut | Refusal:
    """Take an opt-out, or say why not; when this returns, everybody's part of it is on disk.

    Each person's part (receipt, profile and note) is kept as a whole; a request that was cut off between two of them
    is completed when it comes again. Raises Missing (no such app), Contradiction, or Busy.
    """
    published = house.shelf.published(ask.approach.app_id)
    minted = "" if ask.approach.names_someone else str(UUID(bytes=house.new_id(now)))
    call = receive(ask.approach, published, house.proves, minted, now)
    if isinstance(call, Mismatch):
        raise Contradiction("the identifier is not the one in the consent string; send Rename-Identifier to rename")
    refusal = refused(call.ruling, ask.wanted)
    if refusal is not None:
        return refusal

    people = named_people(call, ask.wanted)
    told = [await decided(partial(tell, part(ask, call, n), call, each, house)) for n, each in enumerate(people, 1)]
    own = await decided(partial(settle_own, part(ask, call, 0), call, house))
    return replace(own, receipt=told[0]) if told else own


def part(ask: AskOptOut, call: Call, number: int) -> AskOptOut:
    """The ask as one of the people concerned is to be told of it: each part has a name of its own.

    The body spells the address out, so it is evidence only where the site keeps identifiers.
    """
    once = blake2b(ask.once + bytes([number]), digest_size=16).digest() if ask.once else None
    return replace(ask, once=once, evidence=ask.evidence if call.publication.site.keep_identifiers else b"")


async def tell(ask: AskOptOut, call: Call, person: Person, house: House) -> Receipt:
    """The part of a person who was named: load, decide, keep, answer. Raises Stale."""
    publication, id = call.publication, house.new_id(call.now)
    known = await house.profile(publication, person) if publication.site.group else None

    receipt = named_receipt(call, ask.wanted, person, id.hex(), house.name(publication, person).hex())
    changed = replace(known, profile=opted_out(call, ask.wanted, known.profile)) if known else None

    kept = await house.keep(house.with_note(receipt, changed, ask.evidence, ask.once, ask.once_for))
    return repeated(kept.repeat, receipt, ask.evidence) if kept.repeat else receipt


def repeated(row: ReceiptRow, receipt: Receipt, evidence: bytes) -> Receipt:
    """What the first telling of an opt-out came to. Raises Reused when that was about somebody or something else."""
    check_same(row, bytes.fromhex(receipt.person), evidence)
    first = json.decode(row.body, type=Receipt)
    if first.purposes != receipt.purposes:
        raise Reused(ADVICE)
    return first


async def settle_own(ask: AskOptOut, call: Call, house: House) -> OptedOut:
    """The part of whoever asks, as a save would be: load, decide, keep, answer. Raises Stale."""
    known = await house.known(call)
    profile = caught_up(known.profile, call.now) if known and known.version else None
    person = house.name(call.publication, call.person).hex()

    settled, receipt = settle_opt_out(call, ask.wanted, profile, house.new_id(call.now).hex(), person)
    changed = replace(known, profile=settled.profile) if known and settled.profile else None

    # Devices that say neither who they are nor what they remember are not told apart: each try is kept.
    once = ask.once if ask.approach.names_someone else None
    kept = await house.keep(house.with_note(receipt, changed, ask.evidence, once, ask.once_for))
    if kept.repeat is not None:
        repeated(kept.repeat, receipt, ask.evidence)
        # A repetition is decided again with the first one's time and id.
        call = replace(call, now=kept.repeat.at)
        settled, receipt = settle_opt_out(call, ask.wanted, profile, kept.repeat.id.hex(), person)
    return OptedOut(call, settled.standpoint, receipt)
