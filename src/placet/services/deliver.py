"""Send what is due: each delivery judged again with the consent of this moment, shaped, sent, written down.

House rules: withdrawal wins, so nobody's consent is remembered from one delivery to the next · a queue (a person's
events over one connection) goes in order, and waits where its first delivery must be tried again · what was sent is
written down before the next goes out, so that a crash repeats one delivery of each queue at most.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct, ValidationError, field, json
from msgspec.structs import replace

from placet.events.case import Subject
from placet.events.erasure import is_blank
from placet.events.event import Event
from placet.events.frame import name_of
from placet.events.purposes import spelled
from placet.events.state import of_profile
from placet.events.task import AGAIN, DELIVER, Task, Went, destination_name, place_in, place_of
from placet.events.verdict import Held, Step
from placet.outputs.batch import Parcel, halves, packed, replies_of, spoiled
from placet.outputs.breakers import Breakers, PutOff
from placet.outputs.door import Door, leaving, shaped
from placet.outputs.in_flight import InFlight, Stopped
from placet.outputs.patience import LOCKED, Patience
from placet.outputs.registry import Shapes, shapes, way_to
from placet.outputs.shape import Item, Outgoing, Refused, Reply, Row, Sent, Shaped, TooLate, TryAgain
from placet.stores.failures import set_back
from placet.stores.frames import Frames
from placet.stores.house import House, OpenSource
from placet.stores.ports import Became, Busy, Holding, Key, Missing, Note, Outcome

T = TypeVar("T")

DAY: Final = 86_400_000

Answer: TypeAlias = Reply | Held | PutOff
"""What a delivery came to in one turn."""

GONE: Final = Held(Step.SWITCH, "the connection is no longer there", "connections")
SHUT: Final = Held(Step.SWITCH, "the source is switched off", "sources")


class Sending(Struct, frozen=True):
    """The way out: what sends, how patiently, and dice (0 to 1) that keep many servers from trying in step.

    `shapes` are the destinations there are, by name, `breakers` say which of them are spoken to now. `recall` is the
    story of a withdrawal whose turn has come (True when it is dealt with), `tell` hears what became of deliveries,
    `plugins` may change what leaves.
    """

    send: Callable[[Outgoing], Awaitable[Reply]]
    patience: Patience = Patience()
    dice: Callable[[], float] = lambda: 0.5
    shapes: Shapes = field(default_factory=shapes)
    breakers: Breakers = field(default_factory=Breakers)
    recall: Callable[[Note], Awaitable[bool]] | None = None
    tell: Callable[[Went], None] = lambda _: None
    plugins: InFlight = field(default_factory=InFlight)


async def deliver(house: House, sending: Sending, clock: Callable[[], int], kind: str = DELIVER) -> int:
    """Deal with what is due; how many deliveries were looked at. Raises Busy, and then nothing is lost.

    `kind` is DELIVER, or GATHER for those that go many at a time.
    """
    notes = await house.stores.outbox.claim((kind,), sending.patience.at_once, clock(), sending.patience.hold)
    readable = await only_readable(notes, house, clock)
    shelf = Frames(house)
    results = await asyncio.gather(
        *(go_through(queues, most, shelf, house, sending, clock) for most, queues in grouped(readable, house, sending)),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(notes)


async def only_readable(notes: list[Note], house: House, clock: Callable[[], int]) -> list[Note]:
    """The notes that say what is to be delivered; the others are laid aside."""
    found = []
    for note in notes:
        try:
            json.decode(note.body, type=Task)
            found.append(note)
        except ValueError as why:
            await set_back(note, why, house.stores.outbox, clock())
    return found


def grouped(notes: list[Note], house: House, sending: Sending) -> Iterator[tuple[int, list[list[Note]]]]:
    """Queues that go through together: those of one connection where its destination takes many events at once.

    With each group, how many that is.
    """
    groups: dict[tuple[Key, str], tuple[int, dict[Key, list[Note]]]] = {}
    for note in notes:
        task = json.decode(note.body, type=Task)
        most = most_at_once(task, house, sending)
        place = name_of(task.organisation, task.source, task.connection) if most > 1 else note.about
        groups.setdefault((place, task.connection), (most, {}))[1].setdefault(note.about, []).append(note)
    for most, queues in groups.values():
        yield most, list(queues.values())


def most_at_once(task: Task, house: House, sending: Sending) -> int:
    """How many events the destination of a delivery takes in one request."""
    opened = house.shelf.source_at(task.organisation, task.source)
    to = opened.source.destinations.get(task.connection) if opened else None
    shape = sending.shapes.get(to.type) if to else None
    return shape.most if shape else 1


async def go_through(
    queues: list[list[Note]], most: int, frames: Frames, house: House, sending: Sending, clock: Callable[[], int]
) -> None:
    """Queues, each in its order; what is behind a delivery that must be tried again is given back."""
    until = clock() + sending.patience.hold // 2
    while queues:
        turn = next_turn(queues, most)
        went = await attempt_safely(turn, frames, house, sending, clock)
        stopped = {note.about for note in turn if went.get(note.id) is False}
        left = [[note for note in queue if note.id not in went] for queue in queues]
        # What is held too long could be taken over by another node while we still send it.
        late = clock() > until
        back = [note.id for queue in left for note in queue if late or note.about in stopped]
        if back:
            await house.stores.outbox.give_back(back)
        queues = [queue for queue in left if queue and not late and queue[0].about not in stopped]


async def attempt_safely(
    turn: list[Note], frames: Frames, house: House, sending: Sending, clock: Callable[[], int]
) -> dict[Key, bool]:
    """`attempt`; where something in it fails, each goes by itself, and the one that fails is set back. Raises Busy.

    As after a crash, what was sent by then may be sent twice.
    """
    try:
        return await attempt(turn, frames, house, sending, clock)
    except Busy:
        raise
    except Exception as why:
        if len(turn) == 1:
            return {turn[0].id: await set_back(turn[0], why, house.stores.outbox, clock(), place_in(turn[0].body))}
    went: dict[Key, bool] = {}
    stopped: set[Key] = set()
    for note in turn:
        if note.about not in stopped:
            went |= await attempt_safely([note], frames, house, sending, clock)
            if not went.get(note.id):
                stopped.add(note.about)
    return went


def next_turn(queues: list[list[Note]], most: int) -> list[Note]:
    """What goes next, up to so many; a withdrawal goes alone, after what stands before it and before what follows."""
    turn = list(islice(chain.from_iterable(queues), most))
    first = next((place for place, note in enumerate(turn) if withdrawal_in(note)), most)
    return turn[: max(first, 1)]


def withdrawal_in(note: Note) -> str:
    """The withdrawal a note tells of; "" for one that is about an event."""
    return json.decode(note.body, type=Task).withdrawal


class Ready(Struct, frozen=True):
    """A delivery that was judged again, and what came of that: a row for its destination, or why it does not go.

    `read` is the number of the last change (`Changes`) before the consent of `people` was read.
    """

    note: Note
    event: Event
    task: Task
    row: Row | Held | TryAgain
    somebody: bytes = b""
    read: int = 0
    people: frozenset[Key] = frozenset()


async def attempt(
    notes: list[Note], frames: Frames, house: House, sending: Sending, clock: Callable[[], int]
) -> dict[Key, bool]:
    """Load, decide, send, keep: deliveries over one connection, as far as one turn takes them.

    By note: True where it is done, False where it must be tried again; those not named were not sent yet.
    """
    if sending.recall and withdrawal_in(notes[0]):
        return {notes[0].id: await sending.recall(notes[0])}
    door = door_of(json.decode(notes[0].body, type=Task), house, sending)
    ready, gone = await prepared(notes, door, frames, house, sending.plugins)
    if isinstance(door, Door) and await written_down(ready, door, house, clock()):
        # That took a moment, in which somebody may have withdrawn.
        ready, gone = await prepared(notes, door, frames, house, sending.plugins)

    told: list[tuple[Ready, Answer]] = [(one, one.row) for one in ready if not isinstance(one.row, Row)]
    if isinstance(door, Door):
        told += await sent([one for one in ready if isinstance(one.row, Row)], door, house, sending, clock)

    went = [keep(said, one, house, sending, clock()) for one, said in told]
    await house.stores.outbox.done(gone) if gone else None
    done = dict(zip((one.note.id for one, _ in told), await together(went), strict=True))
    return done | dict.fromkeys(gone, True)


async def together(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of it comes to, side by side. A lone one needs no task of its own: most destinations take one event."""
    return [await work[0]] if len(work) == 1 else await asyncio.gather(*work)


async def prepared(
    notes: list[Note], door: Door | Held | TryAgain, frames: Frames, house: House, plugins: InFlight
) -> tuple[list[Ready], list[Key]]:
    """Deliveries, judged again, and the notes whose events are kept no longer."""
    found = await together([prepare(note, door, frames, house, plugins) for note in notes])
    gone = [note.id for note, one in zip(notes, found, strict=True) if one is None]
    return [one for one in found if one is not None], gone


def door_of(task: Task, house: House, sending: Sending) -> Door | Held | TryAgain:
    """The way out that a delivery takes, or why there is none."""
    opened = house.shelf.source_at(task.organisation, task.source)
    if opened is None or (connection := opened.source.connection(task.connection)) is None:
        return GONE
    if not opened.source.enabled:
        return SHUT
    to = opened.source.destinations[connection.id]
    shape = sending.shapes.get(to.type)
    if shape is None:
        return TryAgain(f"nothing here knows destinations of the type {to.type}: is its package installed?")
    if (secrets := opened.secrets.get(connection.id)) is None:
        return TryAgain(LOCKED)
    try:
        way = way_to(shape, to, secrets)
    except ValidationError as why:
        return TryAgain(f"the options of {to.id} are not what {to.type} takes: {why}")
    return Door(connection, opened.source.routes.alone(connection.id), shape, way)


async def written_down(ready: list[Ready], door: Door, house: House, now: int) -> bool:
    """Write down that the destination is about to hold somebody's data, before it does; False if that was known.

    Once a day is enough, and one row for everybody's queue: a withdrawal asks who has something, not how much.
    """
    rows = [one for each in ready if isinstance(each.row, Row) for one in holdings_of(each, door, house, now)]
    known = await house.stores.holdings.held(rows)
    fresh = [row for row, at in zip(rows, known, strict=True) if at + DAY <= now]
    if fresh:
        await house.stores.holdings.add(fresh)
    return bool(fresh)


def holdings_of(one: Ready, door: Door, house: House, now: int) -> list[Holding]:
    """What there is to write down: a row for each name a person may withdraw under.

    What needs no consent is held for no purpose: nobody withdraws from it, but whoever is deleted is deleted there.
    """
    asked = () if door.connection.exempt else door.connection.purposes
    purposes = tuple(sorted(frozenset(map(spelled, asked))))
    place, names = (one.task.organisation, one.task.source, one.task.connection), one.event.identities
    opened = house.shelf.source_at(one.task.organisation, one.task.source)
    people = house.withdrawers(opened.source, names) if opened else []
    return [Holding(*place, person, one.note.about, purposes, names, now, one.somebody) for person in people]


async def prepare(
    note: Note, door: Door | Held | TryAgain, frames: Frames, house: House, plugins: InFlight
) -> Ready | None:
    """Read a delivery's event and put it into the destination's words, if it still may leave.

    None where the event is kept no longer, or was deleted.
    """
    task = json.decode(note.body, type=Task)
    try:
        frame = await frames.of(task.batch)
    except Missing:
        return None
    event, then = frame.events[task.place], frame.subjects[frame.about[task.place]]
    if is_blank(event):
        return None
    if not isinstance(door, Door):
        return Ready(note, event, task, door)
    read = house.changes.number
    subject, people = await subject_now(event, then, house.shelf.source_at(task.organisation, task.source), house)
    item: Item | Held | TryAgain = leaving(event, subject, task, door)
    if plugins.plugins and isinstance(item, Item):
        item = await changed(item, event, subject, task, door, plugins)
    return Ready(note, event, task, shaped(item, door), bytes.fromhex(then.person), read, people)


async def changed(
    item: Item, event: Event, subject: Subject, task: Task, door: Door, plugins: InFlight
) -> Item | Held | TryAgain:
    """The event as destination plugins leave it, judged once more as what it has become."""
    source = f"{task.organisation}/{task.source}"
    passed = await plugins.leave(item.document, source, door.way.to.id)
    if not isinstance(passed, Stopped):
        return leaving(replace(event, fields=passed), subject, task, door)
    why = f"the plugin {passed.plugin}: {passed.why}"
    return TryAgain(why) if passed.failed else Held(Step.PLUGINS, why, f"plugins/{passed.plugin}")


async def sent(
    ready: list[Ready], door: Door, house: House, sending: Sending, clock: Callable[[], int]
) -> list[tuple[Ready, Answer]]:
    """Send rows in as few requests as the destination allows; what became of each that went.

    Those of a request in which somebody's choice changed meanwhile do not go: they take another turn.
    """
    rows = [(one.note.about, one.row) for one in ready if isinstance(one.row, Row)]

    async def send(parcel: Parcel) -> list[tuple[Ready, Answer]]:
        request, going = parcel.request, [rows[place][1] for place in parcel.places]
        if isinstance(request, TryAgain | Refused):
            return [(ready[place], request) for place in parcel.places]
        name = destination_name(ready[0].task, door.way.to)
        look = partial(last_look, [ready[place] for place in parcel.places], house)
        request = replace(request, last_look=look) if isinstance(request, Shaped) else request
        try:
            look()
            reply = await sending.breakers.through(name, partial(sending.send, request), clock)
        except TooLate:
            return []
        if isinstance(reply, PutOff):
            return [(ready[place], reply) for place in parcel.places]
        replies = replies_of(reply, going, door.shape)
        if spoiled(replies, door.shape):
            parts = halves([row for _, row in rows], parcel.places, door.shape, door.way, clock())
            return [pair for some in [await send(each) for each in parts] for pair in some]
        return [(ready[place], said) for place, said in zip(parcel.places, replies, strict=True)]

    every = await together([send(parcel) for parcel in packed(rows, door.shape, door.way, clock())])
    return [pair for some in every for pair in some]


def last_look(going: list[Ready], house: House) -> None:
    """Right before the first byte leaves. Raises TooLate when somebody's choice was written down since it was read."""
    if any(house.changes.since(one.read, one.people) for one in going):
        raise TooLate


async def subject_now(
    event: Event, then: Subject, opened: OpenSource | None, house: House
) -> tuple[Subject, frozenset[Key]]:
    """Whom the event is about, with their consent as it is kept now, whoever they turned out to be since.

    With the pseudonyms they may choose under.
    """
    if opened is None or not event.identities:
        return then, frozenset()
    circle = await house.circle(opened.source, event.identities, [bytes.fromhex(then.person)] if then.person else [])
    profile = of_profile(circle.agreed(then.person), opened.source.routes.mapping)
    shelf = house.shelf
    hidden = then.suppressed or (shelf.suppressing and shelf.suppresses(opened.source, event.identities))
    return replace(then, profile=profile, suppressed=hidden), circle.people


async def keep(reply: Answer, one: Ready, house: House, sending: Sending, now: int) -> bool:
    """Write down what became of a delivery, or when it is tried again. False for the latter."""
    note, event, task = one.note, one.event, one.task
    if isinstance(reply, PutOff):
        await house.stores.outbox.put_off(note.id, reply.until)
        sending.tell(Went(event, task, AGAIN, reply.why, now))
        return False
    if isinstance(reply, TryAgain) and note.tries + 1 < sending.patience.most:
        pause = sending.patience.pause(reply, note.tries, sending.dice())
        await house.stores.outbox.again(note.id, now + pause, reply.why)
        sending.tell(Went(event, task, AGAIN, reply.why, now))
        return False
    became = {Sent: Became.SENT, Held: Became.HELD}.get(type(reply), Became.GIVEN_UP)
    why = "" if isinstance(reply, Sent) else reply.reason if isinstance(reply, Held) else reply.why
    name = name_of(task.organisation, task.source, event.id)
    if became is Became.GIVEN_UP:
        await house.stores.outbox.lay_aside(note.id, why, place_of(task), now)
    await house.stores.events.finish([note.id], [Outcome(name, task.connection, now, became, why, note.tries)])
    sending.tell(Went(event, task, became.value, why, now))
    return True
