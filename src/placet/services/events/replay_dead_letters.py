"""Dead letters: what was given up, shown with its reason, and tried again by whoever mended the cause.

What is brought back is judged anew when its turn comes: nothing leaves that its person no longer agrees to.
"""

from typing import Final

from msgspec import Struct, json

from placet.errors import Missing
from placet.events.records.batch_codec import StoredBatch, read_stored_batch
from placet.events.records.task import DeliveryTask
from placet.stores.ports.outbox import DeadLetter
from placet.stores.ports.stores import Stores

PAGE: Final = 500


class DeadLetterEntry(Struct, frozen=True):
    """A delivery that was given up: which, why, since when (epoch ms) and after how many tries.

    `withdrawal` is set where a destination was to forget somebody; else `event` is the message's id ("" when the event
    is kept no longer).
    """

    id: str
    organisation: str
    source: str
    connection: str
    why: str
    at: int
    tries: int
    event: str = ""
    withdrawal: str = ""


async def dead_letters(place: str, stores: Stores, limit: int = 100, after: str = "") -> list[DeadLetterEntry]:
    """Those of a place (`organisation workspace/source connection`, or the beginning of that), oldest first."""
    found = await stores.outbox.dead_letters(place, limit, bytes.fromhex(after) if after else None)
    batches: dict[str, StoredBatch] = {}
    return [await letter_of(one, batches, stores) for one in found]


async def letter_of(one: DeadLetter, batches: dict[str, StoredBatch], stores: Stores) -> DeadLetterEntry:
    """A note that was laid aside, as an operator reads it; each batch is read once."""
    task, message = task_in(one), one.message
    if task.batch and task.batch not in batches:
        batches[task.batch] = await stored_batch_of(task.batch, stores)
    events = batches[task.batch].events if task.batch else ()
    event = events[task.place].id if task.place < len(events) and task.connection else ""
    place = (task.organisation, task.source, task.connection)
    return DeadLetterEntry(message.id.hex(), *place, one.why, one.at, message.attempts, event, task.withdrawal)


def task_in(one: DeadLetter) -> DeliveryTask:
    """What a dead letter was about; only its place where it is unreadable, or is about no delivery."""
    try:
        return json.decode(one.message.body, type=DeliveryTask)
    except ValueError:
        organisation, source, connection = [*one.place.split(" "), "", "", ""][:3]
        return DeliveryTask(organisation, source, "", 0, connection)


async def stored_batch_of(batch: str, stores: Stores) -> StoredBatch:
    """A batch as it is kept; an empty one where it is not any more, or cannot be read."""
    try:
        return read_stored_batch((await stores.events.batch(bytes.fromhex(batch))).body)
    except (Missing, ValueError, RecursionError):
        return StoredBatch()


async def replay_one(id: str, place: str, stores: Stores, now: int) -> int:
    """Try one again that belongs to this place. Raises Missing where there is none."""
    letter = await stores.outbox.find_dead_letter(bytes.fromhex(id))
    if place and not f"{letter.place} ".startswith(f"{place} "):
        raise Missing(f"no dead letter {id}")
    return await stores.outbox.requeue([letter.message.id], now)


async def replay_all(place: str, stores: Stores, now: int) -> int:
    """Try everything of a place again, a page at a time; how many there were.

    What is given up again meanwhile is left alone: only what was laid aside before `now` goes.
    """
    count = 0
    while page := [one.message.id for one in await stores.outbox.dead_letters(place, PAGE) if one.at <= now]:
        count += await stores.outbox.requeue(page, now)
    return count
