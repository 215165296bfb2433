"""Send what is due: each delivery judged again with the consent of this moment, shaped, sent, written down.

House rules: withdrawal wins, so nobody's consent is remembered from one delivery to the next · a queue (a person's
events over one connection) goes in order, and waits where its first delivery must be tried again · what was sent is
written down before the next goes out, so that a crash repeats one delivery of each queue at most.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from placet.events.case import Subject
from placet.events.event import Event
from placet.events.filters_actions import edit
from placet.events.frame import Frame, document_of, name_of, read_frame
from placet.events.judge import judge_again
from placet.events.state import of_profile
from placet.events.task import DELIVER, Task
from placet.events.verdict import Allowed, Held, Step
from placet.outputs import webhook
from placet.outputs.shape import Reply, Sent, Shaped, TryAgain
from placet.stores.house import House, OpenSource
from placet.stores.ports import Became, Key, Note, Outcome

GONE: Final = Held(Step.SWITCH, "the connection is no longer there", "connections")
SHUT: Final = Held(Step.SWITCH, "the source is switched off", "sources")


class Patience(Struct, frozen=True):
    """How deliveries are tried: so many at once, each held for `hold` ms; again after `first` ms, twice that, …

    Never later than `longest` ms, and given up after `most` tries. A destination may ask for a later time, up to
    `longest` as well.
    """

    at_once: int = 64
    hold: int = 60_000
    first: int = 1_000
    longest: int = 900_000
    most: int = 25


class Sending(Struct, frozen=True):
    """The way out: what sends, how patiently, and dice (0 to 1) that keep many servers from trying in step."""

    send: Callable[[Shaped], Awaitable[Reply]]
    patience: Patience = Patience()
    dice: Callable[[], float] = lambda: 0.5


async def deliver(house: House, sending: Sending, clock: Callable[[], int]) -> int:
    """Deal with what is due; how many deliveries were looked at. Raises Busy, and then nothing is lost."""
    notes = await house.stores.outbox.claim((DELIVER,), sending.patience.at_once, clock(), sending.patience.hold)
    queues: dict[Key, list[Note]] = {}
    for note in notes:
        queues.setdefault(note.about, []).append(note)
    shelf = Frames(house)
    results = await asyncio.gather(
        *(go_through(queue, shelf, house, sending, clock) for queue in queues.values()), return_exceptions=True
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(notes)


class Frames:
    """Batches read while a claim lasts, each once."""

    def __init__(self, house: House) -> None:
        """None was read yet."""
        self.house = house
        self.read: dict[str, asyncio.Task[Frame]] = {}

    async def of(self, batch: str) -> Frame:
        """The batch's frame. Raises Missing and Busy."""
        if batch not in self.read:
            self.read[batch] = asyncio.ensure_future(self.load(batch))
        return await self.read[batch]

    async def load(self, batch: str) -> Frame:
        """Read it from the store."""
        return read_frame((await self.house.stores.events.batch(bytes.fromhex(batch))).body)


async def go_through(
    queue: list[Note], frames: Frames, house: House, sending: Sending, clock: Callable[[], int]
) -> None:
    """One queue, in order; what is behind a delivery that must be tried again is given back."""
    until = clock() + sending.patience.hold // 2
    for place, note in enumerate(queue):
        went = await attempt(note, frames, house, sending, clock)
        # What is held too long could be taken over by another node while we still send it.
        if not went or clock() > until:
            await house.stores.outbox.give_back([behind.id for behind in queue[place + 1 :]])
            return


async def attempt(note: Note, frames: Frames, house: House, sending: Sending, clock: Callable[[], int]) -> bool:
    """Load, decide, send, keep: one delivery. False when it must be tried again."""
    task = json.decode(note.body, type=Task)
    opened = house.shelf.source_at(task.organisation, task.source)
    frame = await frames.of(task.batch)
    event, then = frame.events[task.place], frame.subjects[frame.about[task.place]]
    subject = await subject_now(event, then, opened, house)

    shaped = shape(event, subject, task, opened, clock())
    reply = shaped if isinstance(shaped, Held) else await sending.send(shaped)

    return await keep(reply, note, event, task, house, sending, clock())


async def subject_now(event: Event, then: Subject, opened: OpenSource | None, house: House) -> Subject:
    """Whom the event is about, with their consent as it is kept now, whoever they turned out to be since."""
    if opened is None or not event.identities:
        return then
    profile = await house.agreed(opened.source, event.identities, then.person)
    return replace(then, profile=of_profile(profile, opened.source.routes.mapping))


def shape(event: Event, subject: Subject, task: Task, opened: OpenSource | None, now: int) -> Shaped | Held:
    """The request that takes the event out, if it still may leave; else why not."""
    if opened is None or (connection := opened.source.connection(task.connection)) is None:
        return GONE
    if not opened.source.enabled:
        return SHUT
    verdict = judge_again(event, subject, connection, opened.source.routes.mapping)
    if not isinstance(verdict, Allowed):
        return verdict if isinstance(verdict, Held) else Held(Step.CONSENT, verdict.reason, verdict.path)
    try:
        document = edit(document_of(event), verdict.edits)
    except (ValueError, RecursionError):
        return Held(Step.READING, "the event cannot be read", f"connections/{connection.id}")
    to, secret = opened.source.destinations[connection.id], opened.secrets.get(connection.id, b"")
    return webhook.shape(document, delivery_id(event, task), to, secret, now)


def delivery_id(event: Event, task: Task) -> str:
    """The same for every try of one event over one connection, whoever tries."""
    return f"{name_of(task.organisation, task.source, event.id).hex()}-{task.connection}"


async def keep(
    reply: Reply | Held, note: Note, event: Event, task: Task, house: House, sending: Sending, now: int
) -> bool:
    """Write down what became of a delivery, or when it is tried again. False for the latter."""
    patience = sending.patience
    if isinstance(reply, TryAgain) and note.tries + 1 < patience.most:
        await house.stores.outbox.again(note.id, now + pause(reply, note.tries, sending), reply.why)
        return False
    became = {Sent: Became.SENT, Held: Became.HELD}.get(type(reply), Became.GIVEN_UP)
    why = "" if isinstance(reply, Sent) else reply.reason if isinstance(reply, Held) else reply.why
    name = name_of(task.organisation, task.source, event.id)
    if became is Became.GIVEN_UP:
        await house.stores.outbox.lay_aside(note.id, why)
    await house.stores.events.finish([note.id], [Outcome(name, task.connection, now, became, why, note.tries)])
    return True


def pause(reply: TryAgain, tries: int, sending: Sending) -> int:
    """How long to wait, in ms: twice as long each time, between half and whole of that; never less than was asked."""
    patience = sending.patience
    grown = min(patience.first * 2 ** min(tries, 30), patience.longest)
    own = grown * (1 + sending.dice()) / 2
    return int(max(own, min((reply.after or 0) * 1000, patience.longest)))
