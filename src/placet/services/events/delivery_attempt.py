"""One delivery attempt: prepare, check consent again, send, record the outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct, ValidationError, field, json
from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing
from placet.events.event import Event
from placet.events.policy.consent_state import of_profile
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.purposes import spelled
from placet.events.policy.verdict import Held, PolicyStep
from placet.events.records.batch_codec import name_of
from placet.events.records.erase import is_blank
from placet.events.records.task import AGAIN, DeliveryResult, DeliveryTask, destination_name, place_of
from placet.outputs.delivery.batching import RequestBatch, halves, replies_of, request_batches, spoiled
from placet.outputs.delivery.circuit_breakers import BreakerOpen, CircuitBreakers
from placet.outputs.delivery.prepare import PreparedConnection, outgoing_event, outgoing_payload
from placet.outputs.delivery.retry_policy import LOCKED, RetryPolicy
from placet.outputs.destination import (
    ConsentChanged,
    HttpRequest,
    Outgoing,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    Sent,
    TryAgain,
)
from placet.outputs.plugins.runner import PluginRunner, PluginStopped
from placet.outputs.registry import Destinations, all_destinations, config_for
from placet.runtime.batch_cache import BatchCache
from placet.runtime.context import NodeContext
from placet.runtime.published_settings import ActiveSource
from placet.stores.ports.data_holdings import Holding
from placet.stores.ports.events import DeliveryOutcome, Outcome
from placet.stores.ports.outbox import OutboxMessage

T = TypeVar("T")

DAY: Final = 86_400_000

Answer: TypeAlias = Reply | Held | BreakerOpen
"""What a delivery came to in one turn."""

GONE: Final = Held(PolicyStep.SWITCH, "the connection is no longer there", "connections")
SHUT: Final = Held(PolicyStep.SWITCH, "the source is switched off", "sources")


class DeliverySettings(Struct, frozen=True):
    """The way out: what sends, how patiently, and dice (0 to 1) that keep many servers from trying in step.

    `shapes` are the destinations there are, by name, `breakers` say which of them are spoken to now. `recall` is the
    story of a withdrawal whose turn has come (True when it is dealt with), `tell` hears what became of deliveries,
    `plugins` may change what leaves.
    """

    send: Callable[[Outgoing], Awaitable[Reply]]
    retry_policy: RetryPolicy = RetryPolicy()
    jitter: Callable[[], float] = lambda: 0.5
    destinations: Destinations = field(default_factory=all_destinations)
    breakers: CircuitBreakers = field(default_factory=CircuitBreakers)
    recall: Callable[[OutboxMessage], Awaitable[bool]] | None = None
    tell: Callable[[DeliveryResult], None] = lambda _: None
    plugins: PluginRunner = field(default_factory=PluginRunner)


def withdrawal_in(message: OutboxMessage) -> str:
    """The withdrawal a note tells of; "" for one that is about an event."""
    return json.decode(message.body, type=DeliveryTask).withdrawal


class PreparedDelivery(Struct, frozen=True):
    """A delivery that was judged again, and what came of that: a row for its destination, or why it does not go.

    `read` is the number of the last change (`Changes`) before the consent of `people` was read.
    """

    note: OutboxMessage
    event: Event
    task: DeliveryTask
    row: Payload | Held | TryAgain
    somebody: bytes = b""
    read: int = 0
    people: frozenset[Id] = frozenset()


async def attempt(
    messages: list[OutboxMessage],
    batches: BatchCache,
    context: NodeContext,
    sending: DeliverySettings,
    clock: Callable[[], int],
) -> dict[Id, bool]:
    """Load, decide, send, keep: deliveries over one connection, as far as one turn takes them.

    By note: True where it is done, False where it must be tried again; those not named were not sent yet.
    """
    if sending.recall and withdrawal_in(messages[0]):
        return {messages[0].id: await sending.recall(messages[0])}
    connection = prepare_connection(json.decode(messages[0].body, type=DeliveryTask), context, sending)
    ready, gone = await prepared(messages, connection, batches, context, sending.plugins)
    if isinstance(connection, PreparedConnection) and await record_holdings(ready, connection, context, clock()):
        # That took a moment, in which somebody may have withdrawn.
        ready, gone = await prepared(messages, connection, batches, context, sending.plugins)

    told: list[tuple[PreparedDelivery, Answer]] = [(one, one.row) for one in ready if not isinstance(one.row, Payload)]
    if isinstance(connection, PreparedConnection):
        told += await sent([one for one in ready if isinstance(one.row, Payload)], connection, context, sending, clock)

    result = [keep(said, one, context, sending, clock()) for one, said in told]
    await context.stores.outbox.done(gone) if gone else None
    done = dict(zip((one.note.id for one, _ in told), await together(result), strict=True))
    return done | dict.fromkeys(gone, True)


async def together(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of it comes to, side by side. A lone one needs no task of its own: most destinations take one event."""
    return [await work[0]] if len(work) == 1 else await asyncio.gather(*work)


async def prepared(
    messages: list[OutboxMessage],
    connection: PreparedConnection | Held | TryAgain,
    batches: BatchCache,
    context: NodeContext,
    plugins: PluginRunner,
) -> tuple[list[PreparedDelivery], list[Id]]:
    """Deliveries, judged again, and the notes whose events are kept no longer."""
    found = await together([prepare(message, connection, batches, context, plugins) for message in messages])
    gone = [message.id for message, one in zip(messages, found, strict=True) if one is None]
    return [one for one in found if one is not None], gone


def prepare_connection(
    task: DeliveryTask, context: NodeContext, sending: DeliverySettings
) -> PreparedConnection | Held | TryAgain:
    """The way out that a delivery takes, or why there is none."""
    opened = context.published_settings.source_at(task.organisation, task.source)
    if opened is None or (connection := opened.source.connection(task.connection)) is None:
        return GONE
    if not opened.source.enabled:
        return SHUT
    to = opened.source.destinations[connection.id]
    destination = sending.destinations.get(to.type)
    if destination is None:
        return TryAgain(f"nothing here knows destinations of the type {to.type}: is its package installed?")
    if (secrets := opened.secrets.get(connection.id)) is None:
        return TryAgain(LOCKED)
    try:
        config = config_for(destination, to, secrets)
    except ValidationError as why:
        return TryAgain(f"the options of {to.id} are not what {to.type} takes: {why}")
    return PreparedConnection(connection, opened.source.routes.alone(connection.id), destination, config)


async def record_holdings(
    ready: list[PreparedDelivery], connection: PreparedConnection, context: NodeContext, now: int
) -> bool:
    """Write down that the destination is about to hold somebody's data, before it does; False if that was known.

    Once a day is enough, and one row for everybody's queue: a withdrawal asks who has something, not how much.
    """
    rows = [
        one for each in ready if isinstance(each.row, Payload) for one in holdings_of(each, connection, context, now)
    ]
    known = await context.stores.holdings.held(rows)
    fresh = [row for row, at in zip(rows, known, strict=True) if at + DAY <= now]
    if fresh:
        await context.stores.holdings.add(fresh)
    return bool(fresh)


def holdings_of(one: PreparedDelivery, connection: PreparedConnection, context: NodeContext, now: int) -> list[Holding]:
    """What there is to write down: a row for each name a person may withdraw under.

    What needs no consent is held for no purpose: nobody withdraws from it, but whoever is deleted is deleted there.
    """
    asked = () if connection.connection.exempt else connection.connection.purposes
    purposes = tuple(sorted(frozenset(map(spelled, asked))))
    place, names = (one.task.organisation, one.task.source, one.task.connection), one.event.identities
    opened = context.published_settings.source_at(one.task.organisation, one.task.source)
    people = context.withdrawal_pseudonyms(opened.source, names) if opened else []
    return [Holding(*place, person, one.note.subject_id, purposes, names, now, one.somebody) for person in people]


async def prepare(
    message: OutboxMessage,
    connection: PreparedConnection | Held | TryAgain,
    batches: BatchCache,
    context: NodeContext,
    plugins: PluginRunner,
) -> PreparedDelivery | None:
    """Read a delivery's event and put it into the destination's words, if it still may leave.

    None where the event is kept no longer, or was deleted.
    """
    task = json.decode(message.body, type=DeliveryTask)
    try:
        stored_batch = await batches.of(task.batch)
    except Missing:
        return None
    event, then = stored_batch.events[task.place], stored_batch.subjects[stored_batch.about[task.place]]
    if is_blank(event):
        return None
    if not isinstance(connection, PreparedConnection):
        return PreparedDelivery(message, event, task, connection)
    read = context.recent_changes.number
    subject, people = await subject_now(
        event, then, context.published_settings.source_at(task.organisation, task.source), context
    )
    item: OutgoingEvent | Held | TryAgain = outgoing_event(event, subject, task, connection)
    if plugins.plugins and isinstance(item, OutgoingEvent):
        item = await changed(item, event, subject, task, connection, plugins)
    return PreparedDelivery(
        message, event, task, outgoing_payload(item, connection), bytes.fromhex(then.person), read, people
    )


async def changed(
    item: OutgoingEvent,
    event: Event,
    subject: Subject,
    task: DeliveryTask,
    connection: PreparedConnection,
    plugins: PluginRunner,
) -> OutgoingEvent | Held | TryAgain:
    """The event as destination plugins leave it, judged once more as what it has become."""
    source = f"{task.organisation}/{task.source}"
    passed = await plugins.leave(item.document, source, connection.config.to.id)
    if not isinstance(passed, PluginStopped):
        return outgoing_event(replace(event, fields=passed), subject, task, connection)
    why = f"the plugin {passed.plugin}: {passed.why}"
    return TryAgain(why) if passed.failed else Held(PolicyStep.PLUGINS, why, f"plugins/{passed.plugin}")


async def sent(
    ready: list[PreparedDelivery],
    connection: PreparedConnection,
    context: NodeContext,
    sending: DeliverySettings,
    clock: Callable[[], int],
) -> list[tuple[PreparedDelivery, Answer]]:
    """Send rows in as few requests as the destination allows; what became of each that went.

    Those of a request in which somebody's choice changed meanwhile do not go: they take another turn.
    """
    rows = [(one.note.subject_id, one.row) for one in ready if isinstance(one.row, Payload)]

    async def send(request_batch: RequestBatch) -> list[tuple[PreparedDelivery, Answer]]:
        request, going = request_batch.request, [rows[place][1] for place in request_batch.places]
        if isinstance(request, TryAgain | Rejected):
            return [(ready[place], request) for place in request_batch.places]
        name = destination_name(ready[0].task, connection.config.to)
        look = partial(revocation_check, [ready[place] for place in request_batch.places], context)
        request = replace(request, revocation_check=look) if isinstance(request, HttpRequest) else request
        try:
            look()
            reply = await sending.breakers.through(name, partial(sending.send, request), clock)
        except ConsentChanged:
            return []
        if isinstance(reply, BreakerOpen):
            return [(ready[place], reply) for place in request_batch.places]
        replies = replies_of(reply, going, connection.destination)
        if spoiled(replies, connection.destination):
            parts = halves(
                [row for _, row in rows], request_batch.places, connection.destination, connection.config, clock()
            )
            return [pair for some in [await send(each) for each in parts] for pair in some]
        return [(ready[place], said) for place, said in zip(request_batch.places, replies, strict=True)]

    every = await together(
        [
            send(request_batch)
            for request_batch in request_batches(rows, connection.destination, connection.config, clock())
        ]
    )
    return [pair for some in every for pair in some]


def revocation_check(going: list[PreparedDelivery], context: NodeContext) -> None:
    """Right before the first byte leaves. Raises TooLate when somebody's choice was written down since it was read."""
    if any(context.recent_changes.since(one.read, one.people) for one in going):
        raise ConsentChanged


async def subject_now(
    event: Event, then: Subject, opened: ActiveSource | None, context: NodeContext
) -> tuple[Subject, frozenset[Id]]:
    """Whom the event is about, with their consent as it is kept now, whoever they turned out to be since.

    With the pseudonyms they may choose under.
    """
    if opened is None or not event.identities:
        return then, frozenset()
    known_people = await context.load_known_people(
        opened.source, event.identities, [bytes.fromhex(then.person)] if then.person else []
    )
    profile = of_profile(known_people.consent_of(then.person), opened.source.routes.mapping)
    published_settings = context.published_settings
    hidden = then.suppressed or (
        published_settings.suppresses_anybody and published_settings.suppresses(opened.source, event.identities)
    )
    return replace(then, profile=profile, suppressed=hidden), known_people.people


async def keep(reply: Answer, one: PreparedDelivery, context: NodeContext, sending: DeliverySettings, now: int) -> bool:
    """Write down what became of a delivery, or when it is tried again. False for the latter."""
    message, event, task = one.note, one.event, one.task
    if isinstance(reply, BreakerOpen):
        await context.stores.outbox.defer(message.id, reply.until)
        sending.tell(DeliveryResult(event, task, AGAIN, reply.why, now))
        return False
    if isinstance(reply, TryAgain) and message.attempts + 1 < sending.retry_policy.most:
        pause = sending.retry_policy.pause(reply, message.attempts, sending.jitter())
        await context.stores.outbox.retry(message.id, now + pause, reply.why)
        sending.tell(DeliveryResult(event, task, AGAIN, reply.why, now))
        return False
    became = {Sent: DeliveryOutcome.SENT, Held: DeliveryOutcome.HELD}.get(type(reply), DeliveryOutcome.GIVEN_UP)
    why = "" if isinstance(reply, Sent) else reply.reason if isinstance(reply, Held) else reply.why
    name = name_of(task.organisation, task.source, event.id)
    if became is DeliveryOutcome.GIVEN_UP:
        await context.stores.outbox.dead_letter(message.id, why, place_of(task), now)
    await context.stores.events.finish(
        [message.id], [Outcome(name, task.connection, now, became, why, message.attempts)]
    )
    sending.tell(DeliveryResult(event, task, became.value, why, now))
    return True
