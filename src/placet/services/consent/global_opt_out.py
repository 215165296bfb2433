"""Take somebody's opt-out everywhere, and keep it for the device that asks and for the person it names."""

from functools import partial
from hashlib import blake2b
from uuid import UUID

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.context import ConsentStatus, RequestContext
from placet.consent.global_opt_out import (
    OptOut,
    OptOutRefusal,
    named_people,
    named_receipt,
    opted_out,
    record_opt_out,
    refused,
)
from placet.consent.profile.person import Mismatch, Person
from placet.consent.profile.stored_profile import Id
from placet.consent.profile.timestamps import caught_up
from placet.consent.receipt import Receipt
from placet.consent.request import ConsentRequest, receive
from placet.errors import Contradiction, Reused
from placet.runtime.context import NodeContext
from placet.runtime.optimistic_retry import retry_on_conflict
from placet.runtime.repeated_requests import ADVICE, check_same
from placet.stores.ports.receipts import ReceiptRow


class AskOptOut(Struct, frozen=True):
    """An opt-out as it arrived: who approaches, what they want, the body as sent, and the request's own name.

    `idempotency_key` names the request, so that a repetition within `idempotency_ms` ms is answered alike and
    recorded once.
    """

    request: ConsentRequest
    wanted: OptOut
    evidence: bytes = b""
    idempotency_key: Id | None = None
    idempotency_ms: int = 600_000


class OptOutResult(Struct, frozen=True):
    """What it came to: the call as understood, where its person stands now, and the receipt of the person named."""

    context: RequestContext
    status: ConsentStatus
    receipt: Receipt


async def global_opt_out(request: AskOptOut, node_context: NodeContext, now: int) -> OptOutResult | OptOutRefusal:
    """Take an opt-out, or say why not; when this returns, everybody's part of it is on disk.

    Each person's part (receipt, profile and note) is kept as a whole; a request that was cut off between two of them
    is completed when it comes again. Raises Missing (no such app), Contradiction, or Busy.
    """
    published = node_context.published_settings.published(request.request.app_id)
    minted = "" if request.request.names_someone else str(UUID(bytes=node_context.new_id(now)))
    context = receive(request.request, published, node_context.proves, minted, now)
    if isinstance(context, Mismatch):
        raise Contradiction("the identifier is not the one in the consent string; send Rename-Identifier to rename")
    refusal = refused(context.ruling, request.wanted)
    if refusal is not None:
        return refusal

    people = named_people(context, request.wanted)
    told = [
        await retry_on_conflict(partial(tell, part(request, context, n), context, each, node_context))
        for n, each in enumerate(people, 1)
    ]
    own = await retry_on_conflict(partial(record_own_opt_out, part(request, context, 0), context, node_context))
    return replace(own, receipt=told[0]) if told else own


def part(request: AskOptOut, context: RequestContext, number: int) -> AskOptOut:
    """The ask as one of the people concerned is to be told of it: each part has a name of its own.

    The body spells the address out, so it is evidence only where the site keeps identifiers.
    """
    once = (
        blake2b(request.idempotency_key + bytes([number]), digest_size=16).digest() if request.idempotency_key else None
    )
    return replace(
        request, idempotency_key=once, evidence=request.evidence if context.publication.site.keep_identifiers else b""
    )


async def tell(request: AskOptOut, context: RequestContext, person: Person, node_context: NodeContext) -> Receipt:
    """The part of a person who was named: load, decide, keep, answer. Raises Stale."""
    publication, id = context.publication, node_context.new_id(context.now)
    known = await node_context.profile(publication, person) if publication.site.group else None

    receipt = named_receipt(
        context, request.wanted, person, id.hex(), node_context.pseudonym_of(publication, person).hex()
    )
    changed = replace(known, profile=opted_out(context, request.wanted, known.profile)) if known else None

    kept = await node_context.write(
        node_context.decision_with_message(
            receipt, changed, request.evidence, request.idempotency_key, request.idempotency_ms
        )
    )
    return repeated(kept.repeat, receipt, request.evidence) if kept.repeat else receipt


def repeated(row: ReceiptRow, receipt: Receipt, evidence: bytes) -> Receipt:
    """What the first telling of an opt-out came to. Raises Reused when that was about somebody or something else."""
    check_same(row, bytes.fromhex(receipt.person), evidence)
    first = json.decode(row.body, type=Receipt)
    if first.purposes != receipt.purposes:
        raise Reused(ADVICE)
    return first


async def record_own_opt_out(request: AskOptOut, context: RequestContext, node_context: NodeContext) -> OptOutResult:
    """The part of whoever asks, as a save would be: load, decide, keep, answer. Raises Stale."""
    known = await node_context.load_profile(context)
    profile = caught_up(known.profile, context.now) if known and known.version else None
    person = node_context.pseudonym_of(context.publication, context.person).hex()

    settled, receipt = record_opt_out(context, request.wanted, profile, node_context.new_id(context.now).hex(), person)
    changed = replace(known, profile=settled.profile) if known and settled.profile else None

    # Devices that say neither who they are nor what they remember are not told apart: each try is kept.
    once = request.idempotency_key if request.request.names_someone else None
    kept = await node_context.write(
        node_context.decision_with_message(receipt, changed, request.evidence, once, request.idempotency_ms)
    )
    if kept.repeat is not None:
        repeated(kept.repeat, receipt, request.evidence)
        # A repetition is decided again with the first one's time and id.
        context = replace(context, now=kept.repeat.at)
        settled, receipt = record_opt_out(context, request.wanted, profile, kept.repeat.id.hex(), person)
    return OptOutResult(context, settled.status, receipt)
