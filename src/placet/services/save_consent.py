"""Take a person's choice, keep its proof, hand back what the app must store."""

from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.approach import Approach, receive
from placet.consent.errors import Contradiction, NotOffered
from placet.consent.person import Mismatch
from placet.consent.press import is_offered
from placet.consent.receipt import Receipt
from placet.consent.settle import Call, Press, Settled, Standpoint, settle
from placet.consent.stamps import caught_up
from placet.stores.house import House, decided
from placet.stores.ports import Keep, Kept, Key, Known
from placet.stores.repetition import check_same, overtaken, refuses_only


class Saved(Struct, frozen=True):
    """What a save came to: the call as understood, where the person stands now, and the receipt."""

    call: Call
    standpoint: Standpoint
    receipt: Receipt | None


class Save(Struct, frozen=True):
    """A save as it arrived: who approaches, what they pressed, the body as sent, and the request's own name.

    `once` names the request, so that a repetition within `once_for` ms is answered alike and recorded once.
    """

    approach: Approach
    press: Press
    evidence: bytes = b""
    once: Key | None = None
    once_for: int = 600_000


async def save_consent(ask: Save, house: House, now: int) -> Saved:
    """Take a choice; when this returns, choice, profile and note are on disk.

    Raises Missing (no such app), Invalid (identifier and memory contradict each other, or nothing like this can be
    pressed here) or Busy.
    """
    seen = Seen()
    return await decided(lambda: attempt(ask, house, now, seen))


@dataclass
class Seen:
    """Whether an earlier try of this save had loaded the profile: then whoever was faster chose meanwhile."""

    loaded: bool = False


async def attempt(ask: Save, house: House, now: int, seen: Seen) -> Saved:
    """Load, decide, keep, answer. Raises Stale when the profile changed in between."""
    published = house.shelf.published(ask.approach.app_id)
    minted = "" if ask.approach.names_someone else str(UUID(bytes=house.new_id(now)))
    call = receive(ask.approach, published, house.proves, minted, now)
    if isinstance(call, Mismatch):
        raise Contradiction("the identifier is not the one in the consent string; send Rename-Identifier to rename")
    if not is_offered(call.ruling, ask.press.interaction):
        raise NotOffered("this prompt is not configured for this place")
    person, id = house.name(call.publication, call.person), house.new_id(now)

    contested = seen.loaded
    known = house.known_lately(call, person)
    settled = decide(call, ask.press, known, id, person, contested=contested) if known else None
    if settled is None or settled.profile is None:
        # Only a decision that is written against the version it saw may be made by memory.
        known = await house.known(call)
        seen.loaded = known is not None
        settled = decide(call, ask.press, known, id, person, contested=contested)

    kept = await house.keep(keep_of(ask, call, settled, known, house))
    if kept.repeat is not None:
        check_same(kept.repeat, person, ask.evidence)
        if refuses_only(ask.press) and await overtaken(kept.repeat, house):
            return await attempt(replace(ask, once=None), house, now, seen)
        # Nothing was written, so nobody held what we remember against the store: the device is told what stands there.
        known = await house.known(call)
    return answer(ask, call, settled, known, kept, person)


def decide(call: Call, press: Press, known: Known | None, id: Key, person: Key, *, contested: bool = False) -> Settled:
    """The press, settled; `id` becomes the receipt's. No stored stamp ahead of our clock outweighs it."""
    stored = caught_up(known.profile, call.now, contested=contested) if known and known.version else None
    return settle(call, press, stored, id.hex(), person.hex())


def keep_of(ask: Save, call: Call, settled: Settled, known: Known | None, house: House) -> Keep:
    """What a settled press wants written: receipt, profile, and the note that tells the other stories."""
    changed = replace(known, profile=settled.profile) if known and settled.profile else None
    if settled.receipt is None:
        return Keep(known=changed, at=call.now)
    # Devices that say neither who they are nor what they remember are not told apart: each try is kept.
    once = ask.once if ask.approach.names_someone else None
    return house.with_note(settled.receipt, changed, ask.evidence, once, ask.once_for)


def answer(ask: Save, call: Call, settled: Settled, known: Known | None, kept: Kept, person: Key) -> Saved:
    """What the first save of this request said: a repetition is decided again with the first one's time and id."""
    if kept.repeat is None:
        return Saved(call, settled.standpoint, settled.receipt)
    first = replace(call, now=kept.repeat.at)
    again = decide(first, ask.press, known, kept.repeat.id, person)
    return Saved(first, again.standpoint, again.receipt)
