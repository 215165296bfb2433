"""Take a person's choice, keep its proof, hand back what the app must store."""

from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import is_offered
from placet.consent.context import ConsentStatus, Decision, InteractionInput, RequestContext
from placet.consent.decide import record_choice
from placet.consent.profile.person import Mismatch
from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.consent.profile.timestamps import caught_up
from placet.consent.receipt import Receipt
from placet.consent.request import ConsentRequest, receive
from placet.errors import Contradiction, NotOffered
from placet.runtime.context import NodeContext
from placet.runtime.optimistic_retry import retry_on_conflict
from placet.runtime.repeated_requests import check_same, overtaken, refuses_only
from placet.stores.ports.decision import WriteDecision, WriteResult


class Saved(Struct, frozen=True):
    """What a save came to: the call as understood, where the person stands now, and the receipt."""

    context: RequestContext
    status: ConsentStatus
    receipt: Receipt | None


class SaveConsent(Struct, frozen=True):
    """A save as it arrived: who approaches, what they pressed, the body as sent, and the request's own name.

    `idempotency_key` names the request, so that a repetition within `idempotency_ms` ms is answered alike and
    recorded once.
    """

    request: ConsentRequest
    interaction: InteractionInput
    evidence: bytes = b""
    idempotency_key: Id | None = None
    idempotency_ms: int = 600_000


async def save_consent(request: SaveConsent, context: NodeContext, now: int) -> Saved:
    """Take a choice; when this returns, choice, profile and note are on disk.

    Raises Missing (no such app), Invalid (identifier and memory contradict each other, or nothing like this can be
    pressed here) or Busy.
    """
    seen = Seen()
    return await retry_on_conflict(lambda: attempt(request, context, now, seen))


@dataclass
class Seen:
    """Whether an earlier try of this save had loaded the profile: then whoever was faster chose meanwhile."""

    loaded: bool = False


async def attempt(request: SaveConsent, node_context: NodeContext, now: int, seen: Seen) -> Saved:
    """Load, decide, keep, answer. Raises Stale when the profile changed in between."""
    published = node_context.published_settings.published(request.request.app_id)
    minted = "" if request.request.names_someone else str(UUID(bytes=node_context.new_id(now)))
    context = receive(request.request, published, node_context.proves, minted, now)
    if isinstance(context, Mismatch):
        raise Contradiction("the identifier is not the one in the consent string; send Rename-Identifier to rename")
    if not is_offered(context.ruling, request.interaction.interaction):
        raise NotOffered("this prompt is not configured for this place")
    person, id = node_context.pseudonym_of(context.publication, context.person), node_context.new_id(now)

    contested = seen.loaded
    known = node_context.cached_profile(context, person)
    settled = decide(context, request.interaction, known, id, person, contested=contested) if known else None
    if settled is None or settled.profile is None:
        # Only a decision that is written against the version it saw may be made by memory.
        known = await node_context.load_profile(context)
        seen.loaded = known is not None
        settled = decide(context, request.interaction, known, id, person, contested=contested)

    kept = await node_context.write(write_decision_of(request, context, settled, known, node_context))
    if kept.repeat is not None:
        check_same(kept.repeat, person, request.evidence)
        if refuses_only(request.interaction) and await overtaken(kept.repeat, node_context):
            return await attempt(replace(request, idempotency_key=None), node_context, now, seen)
        # Nothing was written, so nobody held what we remember against the store: the device is told what stands there.
        known = await node_context.load_profile(context)
    return answer(request, context, settled, known, kept, person)


def decide(
    context: RequestContext,
    interaction: InteractionInput,
    known: VersionedProfile | None,
    id: Id,
    person: Id,
    *,
    contested: bool = False,
) -> Decision:
    """The press, settled; `id` becomes the receipt's. No stored stamp ahead of our clock outweighs it."""
    stored = caught_up(known.profile, context.now, contested=contested) if known and known.version else None
    return record_choice(context, interaction, stored, id.hex(), person.hex())


def write_decision_of(
    request: SaveConsent,
    context: RequestContext,
    settled: Decision,
    known: VersionedProfile | None,
    node_context: NodeContext,
) -> WriteDecision:
    """What a settled press wants written: receipt, profile, and the note that tells the other stories."""
    changed = replace(known, profile=settled.profile) if known and settled.profile else None
    if settled.receipt is None:
        return WriteDecision(profile=changed, at=context.now)
    # Devices that say neither who they are nor what they remember are not told apart: each try is kept.
    once = request.idempotency_key if request.request.names_someone else None
    return node_context.decision_with_message(settled.receipt, changed, request.evidence, once, request.idempotency_ms)


def answer(
    request: SaveConsent,
    context: RequestContext,
    settled: Decision,
    known: VersionedProfile | None,
    kept: WriteResult,
    person: Id,
) -> Saved:
    """What the first save of this request said: a repetition is decided again with the first one's time and id."""
    if kept.repeat is None:
        return Saved(context, settled.status, settled.receipt)
    first = replace(context, now=kept.repeat.at)
    again = decide(first, request.interaction, known, kept.repeat.id, person)
    return Saved(first, again.status, again.receipt)
