"""Dead letters: what was given up, shown with its reason, and tried again by whoever mended the cause.

What is brought back is judged anew when its turn comes: nothing leaves that its person no longer agrees to.
"""

from typing import Final

from msgspec import Struct, json

from placet.events.frame import Frame, read_frame
from placet.events.task import Task
from placet.stores.ports import Aside, Missing, Stores

PAGE: Final = 500


class DeadLetter(Struct, frozen=True):
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


async def dead_letters(place: str, stores: Stores, most: int = 100, after: str = "") -> list[DeadLetter]:
    """Those of a place (`organisation workspace/source connection`, or the beginning of that), oldest first."""
    found = await stores.outbox.aside(place, most, bytes.fromhex(after) if after else None)
    frames: dict[str, Frame] = {}
    return [await letter_of(one, frames, stores) for one in found]


async def letter_of(one: Aside, frames: dict[str, Frame], stores: Stores) -> DeadLetter:
    """A note that was laid aside, as an operator reads it; each batch is read once."""
    task, note = task_in(one), one.note
    if task.batch and task.batch not in frames:
        frames[task.batch] = await frame_of(task.batch, stores)
    events = frames[task.batch].events if task.batch else ()
    event = events[task.place].id if task.place < len(events) and task.connection else ""
    place = (task.organisation, task.source, task.connection)
    return DeadLetter(note.id.hex(), *place, one.why, one.at, note.tries, event, task.withdrawal)


def task_in(one: Aside) -> Task:
    """What a dead letter was about; only its place where it is unreadable, or is about no delivery."""
    try:
        return json.decode(one.note.body, type=Task)
    except ValueError:
        organisation, source, connection = [*one.place.split(" "), "", "", ""][:3]
        return Task(organisation, source, "", 0, connection)


async def frame_of(batch: str, stores: Stores) -> Frame:
    """A batch as it is kept; an empty one where it is not any more, or cannot be read."""
    try:
        return read_frame((await stores.events.batch(bytes.fromhex(batch))).body)
    except (Missing, ValueError, RecursionError):
        return Frame()


async def replay_one(id: str, place: str, stores: Stores, now: int) -> int:
    """Try one again that belongs to this place. Raises Missing where there is none."""
    letter = await stores.outbox.one_aside(bytes.fromhex(id))
    if place and not f"{letter.place} ".startswith(f"{place} "):
        raise Missing(f"no dead letter {id}")
    return await stores.outbox.bring_back([letter.note.id], now)


async def replay_all(place: str, stores: Stores, now: int) -> int:
    """Try everything of a place again, a page at a time; how many there were.

    What is given up again meanwhile is left alone: only what was laid aside before `now` goes.
    """
    count = 0
    while page := [one.note.id for one in await stores.outbox.aside(place, PAGE) if one.at <= now]:
        count += await stores.outbox.bring_back(page, now)
    return count
