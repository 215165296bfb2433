"""Every engine keeps the promises that `stores/ports/stores.py` makes about events."""

import asyncio

import pytest
from msgspec.structs import replace

from placet.errors import Missing, Stale
from placet.stores.open import migrate, open_stores
from placet.stores.ports.events import Batch, DeliveryOutcome, Outcome
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.stores import Stores
from tests.stores.rows import ANNA, BERT, NOW, ORGANISATION, a_note, key, uuid7

GATES = key("gates")
KINDS = ("person.changed",)


def a_batch(body: bytes = b'{"events": "\x00\xff"}') -> Batch:
    return Batch(uuid7(), ORGANISATION, "shop/web", NOW, GATES, body)


async def keep(stores: Stores, batch: Batch, *names: str, messages: tuple[OutboxMessage, ...] = ()) -> None:
    await stores.events.store_batch(batch, b"what the gates were", tuple(key(name) for name in names), messages)


async def test_a_batch_is_found_again_by_its_id_and_by_its_events(stores: Stores):
    batch, message = a_batch(), a_note()
    await keep(stores, batch, "one", "two", messages=(message,))
    assert await stores.events.batch(batch.id) == batch
    assert await stores.events.batch_of(key("two")) == batch
    assert await stores.events.stored_policy(GATES) == b"what the gates were"
    assert await stores.outbox.claim(KINDS, 10, NOW, 1000) == [message]


async def test_what_was_never_kept_is_missing(stores: Stores):
    for look in (stores.events.batch, stores.events.batch_of, stores.events.stored_policy):
        with pytest.raises(Missing):
            await look(key("nothing"))
    assert await stores.events.known_keys([]) == frozenset()


async def test_a_batch_without_a_single_event_is_kept_too(stores: Stores):
    batch = a_batch()
    await keep(stores, batch)
    assert await stores.events.batch(batch.id) == batch


@pytest.mark.parametrize("size", [1, 64, 65, 200])
async def test_the_names_that_are_taken_are_told_from_the_others(stores: Stores, size: int):
    taken = [f"taken{n}" for n in range(size)]
    await keep(stores, a_batch(), *taken)
    asked = [key(name) for name in [*taken, *(f"free{n}" for n in range(size))]]
    assert await stores.events.known_keys(asked) == {key(name) for name in taken}


async def test_an_event_is_kept_once_and_the_batch_that_repeats_it_not_at_all(stores: Stores):
    await keep(stores, a_batch(), "one")
    late = a_batch()
    with pytest.raises(Stale):
        await keep(stores, late, "two", "one", messages=(a_note(),))
    with pytest.raises(Missing):
        await stores.events.batch(late.id)
    assert await stores.events.known_keys([key("two")]) == frozenset()
    assert await stores.outbox.waiting() == 0


async def test_of_many_at_once_one_keeps_the_event(stores: Stores):
    tries = [keep(stores, a_batch(), f"own{n}", "shared") for n in range(12)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["Stale"] * 11


async def test_gates_stay_as_they_were_first_kept(stores: Stores):
    await keep(stores, a_batch(), "one")
    await stores.events.store_batch(a_batch(), b"other", (key("two"),), ())
    assert await stores.events.stored_policy(GATES) == b"what the gates were"


async def test_an_outcome_is_written_when_its_note_goes(stores: Stores):
    message = a_note()
    await keep(stores, a_batch(), "one", messages=(message,))
    sent = Outcome(key("one"), "to-hook", NOW, DeliveryOutcome.SENT)
    await stores.events.finish([message.id], [sent])
    held = replace(sent, outcome=DeliveryOutcome.HELD, why="a \x00zero and a \ud800 half", attempts=2)
    await stores.events.finish([], [held])
    first, second = await stores.events.outcomes(key("one"))
    assert (first, second.outcome, second.attempts) == (sent, DeliveryOutcome.HELD, 2)
    assert await stores.outbox.waiting() == 0
    assert await stores.events.outcomes(key("two")) == []


async def test_what_was_given_back_may_be_claimed_at_once_in_its_order(stores: Stores):
    messages = (a_note(ANNA), a_note(ANNA), a_note(BERT))
    await keep(stores, a_batch(), "one", messages=messages)
    assert await stores.outbox.claim(KINDS, 10, NOW, 1000) == list(messages)
    await stores.outbox.release([messages[1].id, messages[0].id, key("unknown")])
    assert await stores.outbox.claim(KINDS, 10, NOW, 1000) == list(messages[:2])


async def test_notes_take_the_place_of_another_at_the_end_of_their_queues(stores: Stores):
    whole, waiting = a_note(BERT), a_note(ANNA)
    parts = (a_note(ANNA), a_note(BERT), a_note(ANNA))
    await keep(stores, a_batch(), "one", messages=(whole, waiting))
    assert await stores.outbox.claim(KINDS, 1, NOW, 1000) == [whole]
    await stores.outbox.fan_out(whole.id, parts)
    assert await stores.outbox.claim(KINDS, 10, NOW, 1000) == [waiting, *parts]


async def test_a_note_is_unfolded_once(stores: Stores):
    whole, parts = a_note(), (a_note(), a_note())
    await keep(stores, a_batch(), "one", messages=(whole,))
    await asyncio.gather(*(stores.outbox.fan_out(whole.id, parts) for _ in range(2)))
    await stores.outbox.done([message.id for message in parts])
    await stores.outbox.fan_out(whole.id, (a_note(),))
    await stores.outbox.fan_out(key("unknown"), (a_note(),))
    assert await stores.outbox.waiting() == 0


async def test_a_note_may_stand_for_nothing(stores: Stores):
    whole = a_note()
    await keep(stores, a_batch(), "one", messages=(whole,))
    await stores.outbox.fan_out(whole.id, ())
    assert await stores.outbox.waiting() == 0


async def test_events_outlive_their_process(durable_url: str):
    await migrate(durable_url)
    first = await open_stores(durable_url)
    batch = a_batch()
    await keep(first, batch, "one")
    await first.close()
    second = await open_stores(durable_url)
    assert await second.events.batch_of(key("one")) == batch
    await second.close()
