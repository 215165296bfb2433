"""A row that nobody can read is laid aside with its reason, in every engine; its neighbours go through."""

import sqlite3
from functools import partial

import asyncpg
import pytest
from msgspec import json

from placet.events.records.task import CONSENT, DELIVER, ERASE, FAN_OUT, GATHER, DeliveryTask
from placet.outputs.registry import all_destinations
from placet.runtime.failed_messages import MAX_TRIES, set_back
from placet.services.events.deliver_events import deliver
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.fan_out_batch import fan_out_batch
from placet.services.events.replay_dead_letters import dead_letters, replay_all
from placet.services.privacy.apply_retention import DAY, Retention, apply_retention
from placet.services.privacy.open_withdrawals import open_withdrawals, task_of
from placet.services.privacy.run_deletion import run_deletion
from placet.services.privacy.send_withdrawal import WithdrawalSender, send_withdrawal
from placet.services.privacy.suppressions_and_deletions import RegulationRequest, regulate
from placet.settings.api_tokens import Bearer, Role
from placet.stores.open import file_of, migrate, open_stores
from placet.stores.ports.events import Batch, DeliveryOutcome
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.stores import Stores
from tests.api.node_context import Server, northwind, start
from tests.services.events.test_deliver_events import PATIENCE, Receiver, outcomes, send
from tests.services.events.test_deliver_events import withdraw as choose
from tests.stores.rows import key, uuid7

ORGANISATION = northwind().id.lower()
SOURCE, CONNECTION = "outfitter/shop-events", "shop-tally"
WHO = Bearer(ORGANISATION, "outfitter", "tests", frozenset(Role))
SETTLE = 120_000
DEEP = b"[" * 5000


async def plant(server: Server, kind: str, body: bytes, about: bytes = b"") -> OutboxMessage:
    message = OutboxMessage(uuid7(server.clock.at), kind, about or key("a queue"), body, server.clock.at)
    batch = Batch(uuid7(server.clock.at), ORGANISATION, "no/source", server.clock.at, key("gates"), b"{}")
    await server.node.context.stores.events.store_batch(batch, b"{}", (), (message,))
    return message


async def a_batch(server: Server, body: bytes, gates: bytes | None = None) -> str:
    """A batch with this body, of the source that all events here come from."""
    if gates is None:
        await send(server, uuid7().hex(), user="somebody")
        (one,) = await server.node.context.stores.events.latest(ORGANISATION, SOURCE, 1)
        gates = one.policy_id
    batch = Batch(uuid7(server.clock.at), ORGANISATION, SOURCE, server.clock.at, gates, body)
    await server.node.context.stores.events.store_batch(batch, b"{}", (), ())
    return batch.id.hex()


async def work(server: Server, receiver: Receiver) -> None:
    """Whatever a node's workers do, until nothing is due."""
    context, clock = server.node.context, server.clock
    sending = DeliverySettings(receiver, PATIENCE)
    sender = WithdrawalSender(receiver, PATIENCE, lambda: 1.0, all_destinations(), sending.breakers, clock)
    sending = DeliverySettings(receiver, PATIENCE, recall=partial(send_withdrawal, context=context, sender=sender))
    while (
        await fan_out_batch(context, clock)
        + await deliver(context, sending, clock)
        + await deliver(context, sending, clock, GATHER)
        + await open_withdrawals(context, clock)
        + await run_deletion(context, clock, task_of, SETTLE)
    ):
        pass


async def reasons(stores: Stores) -> dict[bytes, str]:
    return {one.message.id: one.why for one in await stores.outbox.dead_letters()}


@pytest.fixture
async def server(stores: Stores):
    server = await start(stores)
    yield server
    await server.node.close()


NOISE = (b"", b"\xff\x00[", b"5", b"[1, 2]", DEEP)
"""Bodies that say nothing; those of a deletion are objects, hence no `{}` among them."""
BATCHES = (b"\xff", b"{", DEEP, b'{"events": 5}')


def noise(batches: list[str]) -> list[tuple[str, bytes]]:
    """Kinds and bodies of notes that nobody can read, and of such as point to what nobody can read."""
    tasks = [DeliveryTask(ORGANISATION, SOURCE, batch, 0, CONNECTION) for batch in (*batches, "no id")]
    found = [(kind, body) for kind in (FAN_OUT, DELIVER, GATHER) for body in (*NOISE, *map(json.encode, tasks))]
    lost = DeliveryTask(ORGANISATION, SOURCE, "", 0, CONNECTION, "no id")
    return [*found, *((ERASE, body) for body in NOISE), (DELIVER, json.encode(lost)), (GATHER, json.encode(lost))]


@pytest.mark.parametrize("together", [False, True], ids=["in queues of their own", "in the queue of good ones"])
async def test_unreadable_notes_are_laid_aside_and_their_neighbours_go(server: Server, together: bool) -> None:
    stores = server.node.context.stores
    batches = [await a_batch(server, body) for body in BATCHES]
    about = (await regulate(WHO, RegulationRequest("DELETE_ONLY", ("bert",)), server.node.context, server.clock.at)).id
    await work(server, Receiver())
    await send(server, "m1")
    await fan_out_batch(server.node.context, server.clock)
    (own,) = await stores.outbox.peek(DELIVER, 1, server.clock.at)
    bad = []
    for place, (kind, body) in enumerate(noise(batches)):
        queue = about if kind == ERASE else own.subject_id if together else key(f"queue {place}")
        bad.append((await plant(server, kind, body, queue)).id)
    await send(server, "m2")
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.ids == ["m1", "m2"]
    assert await outcomes(server, "m2") == [(CONNECTION, DeliveryOutcome.SENT, "")]
    letters = {one.message.id: one.why for one in await stores.outbox.dead_letters()}
    assert sorted(letters) == sorted(bad)
    assert all("what is kept for it cannot be read" in why for why in letters.values())
    server.clock.wait(SETTLE)
    await work(server, receiver)
    assert (await stores.suppressions.regulation(about)).done


async def test_an_event_that_is_not_in_its_batch_is_laid_aside_and_told_to_its_owner(server: Server) -> None:
    batch = await a_batch(server, b'{"events": []}')
    task = DeliveryTask(ORGANISATION, SOURCE, batch, 3, CONNECTION)
    bad = await plant(server, DELIVER, json.encode(task))
    await work(server, Receiver())
    (letter,) = await dead_letters(f"{ORGANISATION} {SOURCE} {CONNECTION}", server.node.context.stores)
    assert (letter.id, letter.event, "cannot be read" in letter.why) == (bad.id.hex(), "", True)


async def test_dead_letters_are_listed_and_brought_back_whatever_they_say(server: Server) -> None:
    stores = server.node.context.stores
    noise = await plant(server, DELIVER, b"\xff")
    batch = await a_batch(server, DEEP)
    deep = await plant(
        server, FAN_OUT, json.encode(DeliveryTask(ORGANISATION, SOURCE, batch, 0, "")), key("another queue")
    )
    await work(server, Receiver())
    listed = {one.id: (one.source, one.event) for one in await dead_letters("", stores)}
    assert listed == {noise.id.hex(): ("", ""), deep.id.hex(): (SOURCE, "")}
    assert await replay_all("", stores, server.clock.at) == 2
    await work(server, Receiver())
    assert len(await reasons(stores)) == 2


async def test_what_is_kept_too_long_goes_though_nobody_can_read_it(server: Server) -> None:
    await a_batch(server, DEEP)
    await send(server, "m1")
    server.clock.wait(31 * DAY)
    while await apply_retention(server.node.context.stores, Retention(events=30), server.clock.at):
        pass
    assert await server.node.context.stores.events.latest(ORGANISATION, SOURCE, 10) == []


async def test_a_deletion_passes_over_a_batch_that_nobody_can_read(server: Server) -> None:
    await a_batch(server, DEEP)
    await send(server, "m1")
    server.clock.wait(1)
    asked = await regulate(WHO, RegulationRequest("DELETE_ONLY", ("ada",)), server.node.context, server.clock.at)
    await work(server, Receiver())
    server.clock.wait(SETTLE)
    await work(server, Receiver())
    assert (await server.node.context.stores.suppressions.regulation(asked.id)).done


async def test_what_fails_for_another_reason_is_tried_again_and_then_laid_aside(stores: Stores) -> None:
    message = OutboxMessage(uuid7(), CONSENT, key("somebody"), b"{}", 1000)
    batch = Batch(uuid7(), ORGANISATION, SOURCE, 1000, key("gates"), b"{}")
    await stores.events.store_batch(batch, b"{}", (), (message,))
    now = 1000
    for tries in range(MAX_TRIES):
        (one,) = await stores.outbox.claim((CONSENT,), 10, now, 5)
        assert one.attempts == tries
        laid = await set_back(one, OSError("the disk is on fire"), stores.outbox, now, "a b/c d")
        assert laid == (tries == MAX_TRIES - 1)
        assert await stores.outbox.claim((CONSENT,), 10, now, 5) == []
        now += 1_000_000
    (letter,) = await stores.outbox.dead_letters("a b/c d")
    assert (letter.message.id, letter.why) == (message.id, "it failed (OSError: the disk is on fire)")


@pytest.fixture
async def durable(durable_url: str):
    await migrate(durable_url)
    stores = await open_stores(durable_url)
    server = await start(stores)
    yield server
    await server.node.close()


async def rows(url: str, sql: str, *values: bytes) -> list[bytes]:
    """The first column that a statement answers, whoever else uses the database."""
    if url.startswith("sqlite"):
        with sqlite3.connect(file_of(url)) as file:
            found = file.execute(sql, values).fetchall()
        file.close()
        return [first for first, *_ in found]
    connection = await asyncpg.connect(url)
    records = await connection.fetch(sql.replace("?", "$1"), *values)
    await connection.close()
    return [record[0] for record in records]


async def test_a_choice_of_somebody_whose_rows_cannot_be_read_is_laid_aside_alone(
    durable: Server, durable_url: str
) -> None:
    await send(durable, "m1", user="ada")
    await work(durable, Receiver())
    (ada,) = await rows(durable_url, "UPDATE holdings SET names = ? RETURNING person", b"\xff")
    await send(durable, "m2", user="bert")
    await work(durable, Receiver())
    (bert,) = await rows(durable_url, "SELECT person FROM holdings WHERE names <> ?", b"\xff")
    await choose(durable, "bert")
    for person in (ada, bert):
        await plant(durable, CONSENT, b"{}", person)
    await work(durable, Receiver())
    (letter,) = await durable.node.context.stores.outbox.dead_letters()
    assert (letter.message.subject_id, letter.message.kind, "cannot be read" in letter.why) == (ada, CONSENT, True)
    assert [bert] == await rows(durable_url, "SELECT person FROM withdrawals WHERE person <> ?", b"\xff")
