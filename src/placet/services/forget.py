"""Tell a destination to forget somebody, and follow that to its end."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct, ValidationError, json

from placet.events.task import Task, destination_name, place_of
from placet.outputs.breakers import Breakers, PutOff
from placet.outputs.patience import LOCKED, Patience
from placet.outputs.registry import Shapes, way_to
from placet.outputs.shape import Forgetting, Outgoing, Refused, Reply, Sent, Shape, TryAgain, Way
from placet.stores.house import House
from placet.stores.ports import Missing, Note, State, Withdrawal

NO_WAY: Final = "this destination knows no way to forget anybody"
NO_NAME: Final = "this destination knows them by none of their names, or was not told the secret that this takes"
ACCEPTED: Final = 202
"""The request was taken, but is not carried out yet (RFC 9110 §15.3.3)."""


class Unsupported(Struct, frozen=True):
    """There is nothing to send: why."""

    why: str


Answer: TypeAlias = Reply | PutOff | Unsupported


class Telling(Struct, frozen=True):
    """The way out: what sends, how patiently, dice (0 to 1), the destinations there are, and their breakers."""

    send: Callable[[Outgoing], Awaitable[Reply]]
    patience: Patience
    dice: Callable[[], float]
    shapes: Shapes
    breakers: Breakers
    clock: Callable[[], int]


async def forget(note: Note, house: House, telling: Telling) -> bool:
    """Have one withdrawal told whose turn has come. False when it must be tried again. Raises Busy."""
    task = json.decode(note.body, type=Task)
    try:
        withdrawal = await house.stores.holdings.withdrawal(bytes.fromhex(task.withdrawal))
    except Missing:
        # Somebody marked it as carried out, and it was kept long enough since.
        await house.stores.outbox.done([note.id])
        return True

    answer = await told(withdrawal, task, house, telling)

    return await keep(answer, note, task, withdrawal, house, telling)


async def told(withdrawal: Withdrawal, task: Task, house: House, telling: Telling) -> Answer:
    """What the destination said, of several requests the first that did not go well."""
    opened = house.shelf.source_at(task.organisation, task.source)
    to = opened.source.destinations.get(task.connection) if opened else None
    if opened is None or to is None:
        return Refused("the connection is no longer there: tell the destination by hand, or bring it back and replay")
    shape = telling.shapes.get(to.type)
    if shape is None:
        return TryAgain(f"nothing here knows destinations of the type {to.type}: is its package installed?")
    if shape.forget is None:
        return Unsupported(NO_WAY)
    if (secrets := opened.secrets.get(task.connection)) is None:
        return TryAgain(LOCKED)
    try:
        way = way_to(shape, to, secrets)
    except ValidationError as why:
        return TryAgain(f"the options of {to.id} are not what {to.type} takes: {why}")
    whom, deleted = (withdrawal.names, withdrawal.id.hex(), telling.clock()), bool(withdrawal.regulation)
    asked = Forgetting(*whom, withdrawal.purposes, deleted)
    try:
        requests = shape.forget(asked, way)
    except Exception as why:
        return TryAgain(f"the shape of {to.type} made no request of it ({type(why).__name__}: {why})")
    return await sent(requests, task, way, shape, telling)


async def sent(requests: tuple[Outgoing, ...], task: Task, way: Way, shape: Shape, telling: Telling) -> Answer:
    """The requests, one after the other."""
    reply: Answer = Unsupported(NO_NAME)
    for request in requests:
        name = destination_name(task, way.to)
        reply = await telling.breakers.through(name, partial(telling.send, request), telling.clock)
        reply = reply if isinstance(reply, PutOff) else shape.forgotten(reply)
        if not isinstance(reply, Sent):
            break
    return reply


async def keep(answer: Answer, note: Note, task: Task, withdrawal: Withdrawal, house: House, telling: Telling) -> bool:
    """Write down how far it has come. What is given up stays as a dead letter that can be replayed."""
    now, patience, outbox, holdings = telling.clock(), telling.patience, house.stores.outbox, house.stores.holdings
    if isinstance(answer, PutOff):
        await outbox.put_off(note.id, answer.until)
        return False
    tries = note.tries + 1
    if isinstance(answer, TryAgain) and tries < patience.most:
        await holdings.settle([], withdrawal.id, State.PENDING, now, tries, answer.why)
        await outbox.again(note.id, now + patience.pause(answer, note.tries, telling.dice()), answer.why)
        return False
    if isinstance(answer, Sent):
        state = State.SENT if answer.status == ACCEPTED else State.ACKNOWLEDGED
        await holdings.settle([note.id], withdrawal.id, state, now, tries)
        return True
    if isinstance(answer, Unsupported):
        await holdings.settle([note.id], withdrawal.id, State.UNSUPPORTED, now, tries, answer.why)
        return True
    await holdings.settle([], withdrawal.id, State.FAILED, now, tries, answer.why)
    await outbox.lay_aside(note.id, answer.why, place_of(task), now)
    return True
