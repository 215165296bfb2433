"""Every engine keeps every promise that `stores/ports/stores.py` makes."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from itertools import pairwise
from subprocess import PIPE

import asyncpg
import pytest
from msgspec.structs import replace

from placet.consent.profile.profile import PurposeStatus
from placet.errors import Busy, Missing, Stale
from placet.settings.site import Stage
from placet.stores.open import migrate, open_stores
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.stores import Stores
from tests.stores.rows import (
    ANNA,
    APP,
    BERT,
    DAY,
    GROUP,
    NOW,
    ORGANISATION,
    a_keep,
    a_known,
    a_note,
    a_profile,
    a_publication,
    a_receipt,
    an_organisation,
    key,
)

KINDS = ("person.changed",)
HOLD = 1000


# --- keep ---


async def test_what_was_kept_is_found_again_byte_for_byte(stores: Stores):
    keep = a_keep()
    assert await stores.write(keep) == WriteResult()
    assert await stores.ledger.receipt(keep.receipt.id) == keep.receipt
    assert await stores.profiles.find(GROUP, ANNA) == a_known(version=1)
    assert await stores.outbox.claim(KINDS, 10, NOW, HOLD) == list(keep.messages)


async def test_a_test_receipt_stays_one(stores: Stores):
    receipt = a_receipt(test=True)
    await stores.write(WriteDecision(receipt))
    assert (await stores.ledger.receipt(receipt.id)).test is True


async def test_nobody_is_known_before_the_first_keep(stores: Stores):
    assert await stores.profiles.find(GROUP, ANNA) is None


async def test_the_same_person_in_another_group_is_somebody_else(stores: Stores):
    await stores.write(WriteDecision(profile=a_known()))
    assert await stores.profiles.find(key("other"), ANNA) is None


async def test_a_profile_is_replaced_by_who_has_seen_it(stores: Stores):
    await stores.write(a_keep())
    await stores.write(WriteDecision(profile=a_known(version=1, standing=PurposeStatus.WITHDRAWN)))
    found = await stores.profiles.find(GROUP, ANNA)
    assert (found.version, found.profile) == (2, a_profile(PurposeStatus.WITHDRAWN))


@pytest.mark.parametrize("seen", [0, 2, 7])
async def test_who_has_not_seen_it_is_stale_and_writes_nothing(stores: Stores, seen: int):
    await stores.write(a_keep())
    late = a_keep(version=seen, idempotency_key=key("late"))
    with pytest.raises(Stale):
        await stores.write(late)
    with pytest.raises(Missing):
        await stores.ledger.receipt(late.receipt.id)
    assert (await stores.profiles.find(GROUP, ANNA)).version == 1
    assert await stores.outbox.waiting() == 1
    assert await stores.ledger.count(ORGANISATION) == 1


async def test_a_stale_request_may_be_told_again_once_it_is_decided_anew(stores: Stores):
    await stores.write(a_keep())
    with pytest.raises(Stale):
        await stores.write(a_keep(idempotency_key=key("request")))
    assert await stores.write(a_keep(version=1, idempotency_key=key("request"))) == WriteResult()


async def test_a_version_of_somebody_who_is_not_there_is_stale(stores: Stores):
    with pytest.raises(Stale):
        await stores.write(a_keep(version=3))
    assert await stores.profiles.find(GROUP, ANNA) is None


async def test_of_many_writers_on_one_profile_exactly_one_wins(stores: Stores):
    results = await asyncio.gather(*(stores.write(a_keep()) for _ in range(20)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Stale"] * 19 + ["WriteResult"]
    assert await stores.ledger.count(ORGANISATION) == 1


async def test_a_stale_keep_leaves_its_neighbours_kept(stores: Stores):
    await stores.write(a_keep(person=BERT))
    people = [key(f"p{n}") for n in range(50)]
    keeps = [a_keep(person) for person in people]
    keeps[25] = a_keep(BERT)
    results = await asyncio.gather(*(stores.write(keep) for keep in keeps), return_exceptions=True)
    assert [n for n, result in enumerate(results) if result != WriteResult()] == [25]
    assert isinstance(results[25], Stale)
    assert await stores.ledger.count(ORGANISATION) == 50
    assert await stores.outbox.waiting() == 50
    for person in people[:25] + people[26:]:
        assert (await stores.profiles.find(GROUP, person)).version == 1


async def test_two_people_load_decide_and_keep_until_both_are_in(stores: Stores):
    async def add(step: int) -> None:
        while True:
            known = await stores.profiles.find(GROUP, ANNA)
            version = known.version if known else 0
            try:
                await stores.write(a_keep(version=version))
            except Stale:
                continue
            return

    await asyncio.gather(*(add(step) for step in range(12)))
    assert (await stores.profiles.find(GROUP, ANNA)).version == 12


async def test_a_caller_that_goes_away_hurts_nobody(stores: Stores):
    keeps = [asyncio.create_task(stores.write(a_keep(key(f"p{n}")))) for n in range(20)]
    await asyncio.sleep(0)
    keeps[3].cancel()
    results = await asyncio.gather(*keeps, return_exceptions=True)
    assert sum(result == WriteResult() for result in results) >= 19


# --- once ---


async def test_a_request_told_twice_is_kept_once_and_answered_alike(stores: Stores):
    first = a_keep(idempotency_key=key("request"))
    await stores.write(first)
    again = await stores.write(a_keep(idempotency_key=key("request"), at=NOW + 5))
    assert again == WriteResult(first.receipt)
    assert await stores.ledger.count(ORGANISATION) == 1
    assert await stores.outbox.waiting() == 1


async def test_a_request_told_many_times_at_once_is_kept_once(stores: Stores):
    keeps = [WriteDecision(a_receipt(), idempotency_key=key("request"), at=NOW) for _ in range(30)]
    results = await asyncio.gather(*(stores.write(keep) for keep in keeps))
    [winner] = [keep.receipt for keep, kept in zip(keeps, results, strict=True) if kept.repeat is None]
    assert all(kept.repeat in (None, winner) for kept in results)
    assert await stores.ledger.count(ORGANISATION) == 1


@pytest.mark.parametrize(("later", "repeats"), [(600_000 - 1, True), (600_000, False)])
async def test_a_request_is_remembered_for_as_long_as_it_asked(stores: Stores, later: int, repeats: bool):
    await stores.write(WriteDecision(a_receipt(), idempotency_key=key("request"), at=NOW))
    kept = await stores.write(WriteDecision(a_receipt(), idempotency_key=key("request"), at=NOW + later))
    assert (kept.repeat is not None) is repeats


async def test_forgotten_requests_leave_the_living_ones_alone(stores: Stores):
    old = [WriteDecision(a_receipt(), idempotency_key=key(f"old{n}"), at=NOW) for n in range(10)]
    new = [WriteDecision(a_receipt(), idempotency_key=key(f"new{n}"), at=NOW + 700_000) for n in range(10)]
    for keep in [*old, *new]:
        await stores.write(keep)
    for keep in new:
        assert (await stores.write(keep)).repeat == keep.receipt
    fresh = WriteDecision(a_receipt(), idempotency_key=key("old3"), at=NOW + 700_000)
    assert (await stores.write(fresh)).repeat is None


async def test_the_same_receipt_again_is_a_repeat_for_ever(stores: Stores):
    keep = a_keep()
    await stores.write(keep)
    assert await stores.write(replace(keep, at=NOW + 400 * DAY)) == WriteResult(keep.receipt)
    assert (await stores.profiles.find(GROUP, ANNA)).version == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"receipt": replace(a_receipt(), id=b"short")},
        {"profile": a_known(version=-1)},
        {"messages": (replace(a_note(), kind="a\0b"),)},
        {"idempotency_key": key("request")},
        {"at": 2**63},
    ],
)
def test_what_no_engine_could_hold_is_refused_when_it_is_made(bad: dict):
    with pytest.raises(ValueError, match="cannot be kept"):
        WriteDecision(**bad)


async def test_what_cannot_be_encoded_spoils_only_itself(stores: Stores):
    broken = WriteDecision(a_receipt(organisation="half a \ud800 character"))
    keeps = [stores.write(a_keep(key(f"p{n}"))) for n in range(10)]
    results = await asyncio.gather(*keeps, stores.write(broken), return_exceptions=True)
    assert results[:10] == [WriteResult()] * 10


# --- ledger ---


async def test_a_receipt_that_is_not_there_is_missing(stores: Stores):
    with pytest.raises(Missing):
        await stores.ledger.receipt(key("nothing"))


async def test_a_persons_receipts_come_newest_first_page_by_page(stores: Stores):
    mine = [a_receipt(at=NOW + day * DAY) for day in range(5)] + [a_receipt(at=NOW + 9 * DAY) for _ in range(4)]
    others = [a_receipt(BERT), a_receipt(organisation="another tenant")]
    for receipt in [*mine, *others]:
        await stores.write(WriteDecision(receipt))
    pages, before = [], None
    while page := await stores.ledger.of_person(ORGANISATION, ANNA, 4, before):
        pages.append(page)
        before = page[-1].id
    assert [len(page) for page in pages] == [4, 4, 1]
    assert [row for page in pages for row in page] == mine[::-1]


async def test_people_with_alike_beginnings_are_told_apart(stores: Stores):
    one, other = b"\xff\xff\xff\xff" + b"1" * 12, b"\xff\xff\xff\xff" + b"2" * 12
    for person in (one, other):
        await stores.write(WriteDecision(a_receipt(person)))
    assert [row.person for row in await stores.ledger.of_person(ORGANISATION, one)] == [one]


async def test_receipts_are_counted_by_organisation(stores: Stores):
    receipts = [a_receipt(at=NOW + n * DAY // 3) for n in range(10)]
    await asyncio.gather(*(stores.write(WriteDecision(receipt)) for receipt in receipts))
    await stores.write(WriteDecision(a_receipt(organisation="another")))
    assert [await stores.ledger.count(one) for one in (ORGANISATION, "another", "none")] == [10, 1, 0]


# --- outbox ---


async def kept_notes(stores: Stores, *messages):
    for message in messages:
        await stores.write(WriteDecision(messages=(message,)))
    return list(messages)


async def test_notes_about_one_subject_come_in_the_order_they_were_kept(stores: Stores):
    messages = await kept_notes(stores, *(a_note(due=NOW - n) for n in range(5)))
    assert await stores.outbox.claim(KINDS, 2, NOW, HOLD) == messages[:2]
    await stores.outbox.done([message.id for message in messages[:2]])
    assert await stores.outbox.claim(KINDS, 10, NOW, HOLD) == messages[2:]


async def test_a_note_is_not_handed_out_before_it_is_due(stores: Stores):
    [message] = await kept_notes(stores, a_note(due=NOW + 10))
    assert await stores.outbox.claim(KINDS, 10, NOW + 9, HOLD) == []
    assert await stores.outbox.claim(KINDS, 10, NOW + 10, HOLD) == [message]


async def test_what_stands_behind_a_note_waits_with_it(stores: Stores):
    first, _second, other = await kept_notes(stores, a_note(due=NOW + 10), a_note(), a_note(BERT))
    assert await stores.outbox.claim(KINDS, 10, NOW, HOLD) == [other]
    await stores.outbox.dead_letter(first.id, "nobody can read it")
    assert await stores.outbox.claim(KINDS, 10, NOW, HOLD) == [_second]


async def test_other_kinds_do_not_wait(stores: Stores):
    _stuck, other = await kept_notes(stores, a_note(due=NOW + 10), a_note(kind="delivery"))
    assert await stores.outbox.claim(("delivery", "delivery"), 10, NOW, HOLD) == [other]


async def test_only_the_kinds_asked_for_are_claimed(stores: Stores):
    one, two, _three = await kept_notes(stores, *(a_note(kind=kind) for kind in ("a", "b", "c")))
    claimed = await stores.outbox.claim(("b", "a"), 10, NOW, HOLD)
    assert {message.id for message in claimed} == {one.id, two.id}
    assert await stores.outbox.claim((), 10, NOW, HOLD) == []


async def test_a_claimed_note_and_those_behind_it_are_nobody_elses_until_the_time_is_up(stores: Stores):
    messages = await kept_notes(stores, a_note(), a_note(), a_note())
    assert await stores.outbox.claim(KINDS, 1, NOW, HOLD) == messages[:1]
    assert await stores.outbox.claim(KINDS, 10, NOW + HOLD - 1, HOLD) == []
    assert await stores.outbox.claim(KINDS, 10, NOW + HOLD, HOLD) == messages


async def test_many_claimers_never_share_a_note_or_a_subject(stores: Stores):
    subjects = [key(f"s{n}") for n in range(8)]
    messages = [a_note(subject) for _ in range(6) for subject in subjects]
    await asyncio.gather(*(stores.write(WriteDecision(messages=tuple(messages[n::8]))) for n in range(8)))
    handed = await asyncio.gather(*(stores.outbox.claim(KINDS, 7, NOW, HOLD) for _ in range(6)))
    ids = [message.id for hand in handed for message in hand]
    holders = [subject for hand in handed for subject in {message.subject_id for message in hand}]
    assert len(ids) == len(set(ids))
    assert len(holders) == len(set(holders))


async def test_draining_with_many_workers_keeps_the_order_of_every_subject(stores: Stores):
    subjects = [key(f"s{n}") for n in range(5)]
    messages = [a_note(subject) for _ in range(8) for subject in subjects]
    for message in messages:
        await stores.write(WriteDecision(messages=(message,)))
    seen = []

    async def work() -> None:
        while await stores.outbox.waiting():
            claimed = await stores.outbox.claim(KINDS, 3, NOW, HOLD)
            seen.extend(claimed)
            await stores.outbox.done([outbox_message.id for outbox_message in claimed])

    await asyncio.gather(*(work() for _ in range(4)))
    for subject in subjects:
        assert all(
            one.id < other.id
            for one, other in pairwise(
                outbox_message for outbox_message in seen if outbox_message.subject_id == subject
            )
        )
    assert sorted(outbox_message.id for outbox_message in seen) == sorted(
        outbox_message.id for outbox_message in messages
    )


async def test_a_failed_note_comes_again_later_with_one_more_try(stores: Stores):
    [message] = await kept_notes(stores, a_note())
    await stores.outbox.claim(KINDS, 10, NOW, HOLD)
    await stores.outbox.retry(message.id, NOW + 50, "the destination said \0 and half a \ud800 character")
    assert await stores.outbox.claim(KINDS, 10, NOW + 49, HOLD) == []
    assert await stores.outbox.claim(KINDS, 10, NOW + 50, HOLD) == [replace(message, due=NOW + 50, attempts=1)]


async def test_what_is_done_or_laid_aside_no_longer_waits(stores: Stores):
    one, two, three = await kept_notes(stores, a_note(), a_note(BERT), a_note(key("carl")))
    await stores.outbox.done([one.id, key("unknown")])
    await stores.outbox.dead_letter(two.id, "no such destination")
    await stores.outbox.retry(key("unknown"), NOW, "unknown ids are ignored")
    await stores.outbox.dead_letter(key("unknown"), "here too")
    assert await stores.outbox.waiting() == 1
    assert await stores.outbox.count_dead_letters() == 1
    assert (await stores.outbox.find_dead_letter(two.id)).message.id == two.id
    with pytest.raises(Missing):
        await stores.outbox.find_dead_letter(three.id)
    assert await stores.outbox.claim(KINDS, 10, NOW, HOLD) == [three]


# --- catalogue ---


async def test_a_draft_is_replaced_by_who_has_seen_it(stores: Stores):
    assert await stores.catalogue.draft(ORGANISATION) is None
    first = await stores.catalogue.apply(an_organisation(), 0, "ann", NOW)
    second = await stores.catalogue.apply(an_organisation("Acme 2"), 1, "bob", NOW + 1, "renamed")
    assert (first.version, second.version) == (1, 2)
    assert await stores.catalogue.draft(ORGANISATION) == second


@pytest.mark.parametrize("seen", [0, 2])
async def test_a_draft_that_moved_on_is_stale_and_changes_nothing(stores: Stores, seen: int):
    await stores.catalogue.apply(an_organisation(), 0, "ann", NOW)
    revision = await stores.catalogue.revision()
    with pytest.raises(Stale):
        await stores.catalogue.apply(an_organisation("Late"), seen, "bob", NOW)
    assert (await stores.catalogue.draft(ORGANISATION)).organisation.name == "Acme"
    assert await stores.catalogue.revision() == revision


async def test_of_many_who_apply_at_once_exactly_one_wins(stores: Stores):
    writes = [stores.catalogue.apply(an_organisation(str(n)), 0, "ann", NOW) for n in range(10)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Draft"] + ["Stale"] * 9


async def test_publications_are_numbered_without_gaps_and_added_all_or_none(stores: Stores):
    other = "5e0ffe39-6a8e-4d3c-a2a5-0000000000bb"
    await stores.catalogue.publish([a_publication(1), a_publication(1, other)])
    with pytest.raises(Stale):
        await stores.catalogue.publish([a_publication(2), a_publication(3, other)])
    assert (await stores.catalogue.snapshot()).publications == (a_publication(1), a_publication(1, other))
    assert await stores.catalogue.history(ORGANISATION, APP, Stage.PRODUCTION) == [a_publication(1)]


async def test_test_and_production_are_counted_apart(stores: Stores):
    await stores.catalogue.publish([a_publication(1), a_publication(2), a_publication(1, stage=Stage.TEST)])
    published_settings = await stores.catalogue.snapshot()
    assert {one.app_id for one in published_settings.publications} == {APP, APP + "-test"}
    assert await stores.catalogue.history(ORGANISATION, APP, Stage.PRODUCTION) == [a_publication(2), a_publication(1)]


async def test_an_earlier_publication_can_be_made_current_again(stores: Stores):
    await stores.catalogue.publish([a_publication(1), a_publication(2)])
    await stores.catalogue.point(ORGANISATION, APP, Stage.PRODUCTION, 1, "ann", NOW)
    assert (await stores.catalogue.snapshot()).publications == (a_publication(1),)
    await stores.catalogue.publish([a_publication(3)])
    assert (await stores.catalogue.snapshot()).publications == (a_publication(3),)


@pytest.mark.parametrize("number", [0, 2])
async def test_what_was_never_published_cannot_be_made_current(stores: Stores, number: int):
    await stores.catalogue.publish([a_publication(1)])
    with pytest.raises(Missing):
        await stores.catalogue.point(ORGANISATION, APP, Stage.PRODUCTION, number, "ann", NOW)


async def test_every_change_is_written_down_newest_first(stores: Stores):
    await stores.catalogue.apply(an_organisation(), 0, "ann", NOW, "first settings")
    await stores.catalogue.publish([a_publication(1)])
    await stores.catalogue.point(ORGANISATION, APP, Stage.PRODUCTION, 1, "bob", NOW + 2)
    entries = await stores.catalogue.audit(ORGANISATION)
    assert [(e.action, e.by, e.subject, e.detail) for e in entries] == [
        ("point", "bob", APP, "1"),
        ("publish", "cli", APP, "202611.1.0"),
        ("apply", "ann", ORGANISATION, "first settings"),
    ]
    assert await stores.catalogue.audit(ORGANISATION, 1) == entries[:1]


async def test_the_revision_changes_with_every_write(stores: Stores):
    seen = [await stores.catalogue.revision()]
    await stores.catalogue.apply(an_organisation(), 0, "ann", NOW)
    seen.append(await stores.catalogue.revision())
    await stores.catalogue.publish([a_publication(1)])
    seen.append(await stores.catalogue.revision())
    await stores.catalogue.point(ORGANISATION, APP, Stage.PRODUCTION, 1, "ann", NOW)
    seen.append(await stores.catalogue.revision())
    assert len(set(seen)) == 4
    assert (await stores.catalogue.snapshot()).revision == seen[-1]


# --- the whole ---


async def test_ready_stores_say_so_and_closed_ones_are_busy(stores: Stores):
    await stores.ready()
    await stores.close()
    asks = [
        lambda: stores.write(a_keep()),
        lambda: stores.profiles.find(GROUP, ANNA),
        lambda: stores.ledger.receipt(ANNA),
        lambda: stores.catalogue.revision(),
        lambda: stores.outbox.claim(KINDS, 1, NOW, HOLD),
        lambda: stores.ready(),
    ]
    for ask in asks:
        with pytest.raises(Busy):
            await ask()


async def test_closing_finishes_what_was_accepted(durable_url: str):
    await migrate(durable_url)
    stores = await open_stores(durable_url)
    keeps = [asyncio.create_task(stores.write(a_keep(key(f"p{n}")))) for n in range(300)]
    await asyncio.sleep(0)
    await stores.close()
    assert await asyncio.gather(*keeps) == [WriteResult()] * 300
    again = await open_stores(durable_url)
    assert await again.ledger.count(ORGANISATION) == 300
    await again.close()


async def test_another_connection_sees_what_was_kept_at_once(durable_url: str):
    await migrate(durable_url)
    one, other = await open_stores(durable_url), await open_stores(durable_url)
    try:
        for version in range(5):
            await one.write(a_keep(version=version))
            assert (await other.profiles.find(GROUP, ANNA)).version == version + 1
        with pytest.raises(Stale):
            await other.write(a_keep(version=4))
        await one.catalogue.apply(an_organisation(), 0, "ann", NOW)
        assert await other.catalogue.revision() == await one.catalogue.revision()
        assert (await other.catalogue.snapshot()).drafts == (await one.catalogue.snapshot()).drafts
    finally:
        await one.close()
        await other.close()


async def test_two_nodes_that_keep_the_same_people_neither_lose_nor_double_anything(durable_url: str):
    await migrate(durable_url)
    nodes = [await open_stores(durable_url) for _ in range(2)]
    people = [key(f"p{n}") for n in range(40)]
    keeps = [
        (node, a_keep(person, idempotency_key=key(f"r{n}")))
        for n, person in enumerate(people)
        for node in nodes
        for _ in range(2)
    ]
    results = await asyncio.gather(*(node.write(keep) for node, keep in keeps), return_exceptions=True)
    assert sum(result == WriteResult() for result in results) == 40
    assert all(isinstance(result, WriteResult) for result in results), results
    assert await nodes[0].ledger.count(ORGANISATION) == 40
    for node in nodes:
        await node.close()


ADD_MANY = """
import asyncio, sys
from placet.stores.open import open_stores
from placet.errors import Stale
from placet.stores.ports.decision import WriteDecision
from tests.stores.rows import ANNA, GROUP, a_known, key

async def main(url):
    stores = await open_stores(url)
    won = 0
    while won < 25:
        known = await stores.profiles.find(GROUP, ANNA)
        try:
            await stores.write(WriteDecision(profile=a_known(version=known.version if known else 0)))
            won += 1
        except Stale:
            pass
    await stores.close()

asyncio.run(main(sys.argv[1]))
"""


async def test_two_processes_on_one_database_take_turns(durable_url: str):
    await migrate(durable_url)
    command = (sys.executable, "-c", ADD_MANY, durable_url)
    processes = [await asyncio.create_subprocess_exec(*command, stderr=PIPE) for _ in range(2)]
    errors = [(await process.communicate())[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    stores = await open_stores(durable_url)
    assert (await stores.profiles.find(GROUP, ANNA)).version == 50
    await stores.close()


async def test_the_memory_of_requests_does_not_grow_with_time(durable_url: str):
    await migrate(durable_url)
    stores = await open_stores(durable_url)
    for turn in range(30):
        keeps = [
            WriteDecision(a_receipt(), idempotency_key=n.to_bytes(16), at=NOW + turn * 700_000)
            for n in range(turn * 40, turn * 40 + 40)
        ]
        await asyncio.gather(*(stores.write(keep) for keep in keeps))
    assert await count_requests(durable_url) < 200
    await stores.close()


async def count_requests(url: str) -> int:
    """How many request names the database remembers."""
    sql = "SELECT count(*) FROM requests"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(sql).fetchone()[0]
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
