"""Every engine keeps the promises about dead letters, holdings, withdrawals, and events that are forgotten."""

import asyncio

import pytest
from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing, Stale
from placet.events.event import Identity
from placet.privacy.regulation import Regulation, RegulationType
from placet.privacy.withdrawal_state import WithdrawalState
from placet.settings.api_tokens import ApiToken, Role
from placet.stores.ports.catalogue import AuditEntry
from placet.stores.ports.data_holdings import Holding, Withdrawal
from placet.stores.ports.events import Batch, DeliveryOutcome, Outcome
from placet.stores.ports.outbox import DeadLetter, OutboxMessage
from placet.stores.ports.stores import Stores
from placet.stores.ports.suppressions import RedactedBatch
from tests.stores.rows import ANNA, BERT, NOW, ORGANISATION, a_note, key, uuid7

KINDS = ("person.changed",)
PLACE = f"{ORGANISATION} shop/web hook"


async def lay(stores: Stores, *places: str) -> list[OutboxMessage]:
    messages = [a_note(key(f"subject{n}")) for n in range(len(places))]
    await stores.events.store_batch(a_batch(), b"", (), tuple(messages))
    for message, place in zip(messages, places, strict=True):
        await stores.outbox.dead_letter(message.id, "it answered 400", place, NOW)
    return messages


def a_batch(at: int = NOW, source: str = "shop/web") -> Batch:
    return Batch(uuid7(at), ORGANISATION, source, at, key("gates"), b"{}")


def a_holding(person: Id = ANNA, queue: str = "queue", at: int = NOW, purposes: tuple[str, ...] = ("ads",)) -> Holding:
    names = (Identity("user_id", "anna"), Identity("anonymous_id", "d-1"))
    return Holding(ORGANISATION, "shop/web", "hook", person, key(queue), purposes, names, at)


def a_withdrawal(holding: Holding, organisation: str = ORGANISATION) -> Withdrawal:
    place = (organisation, holding.source, holding.connection, holding.person, holding.queue)
    return Withdrawal(uuid7(), *place, holding.purposes, holding.names, NOW, changed=NOW)


# --- dead letters ---


async def test_a_dead_letter_is_found_by_its_place_and_by_those_above(stores: Stores):
    own, lookup, _far = await lay(stores, PLACE, f"{ORGANISATION} shop/web hook2", "another shop/web hook")
    expected = DeadLetter(replace(own, due=0), "it answered 400", PLACE, NOW)
    assert await stores.outbox.dead_letters(PLACE) == [expected]
    assert [one.message.id for one in await stores.outbox.dead_letters(f"{ORGANISATION} shop/web")] == [
        own.id,
        lookup.id,
    ]
    assert [one.message.id for one in await stores.outbox.dead_letters(ORGANISATION)] == [own.id, lookup.id]
    assert len(await stores.outbox.dead_letters()) == 3


async def test_dead_letters_are_told_page_by_page(stores: Stores):
    messages = await lay(stores, *[PLACE] * 5)
    page = await stores.outbox.dead_letters(PLACE, 2, messages[1].id)
    assert [one.message.id for one in page] == [messages[2].id, messages[3].id]


async def test_what_is_brought_back_waits_again_as_if_never_tried(stores: Stores):
    one, other = await lay(stores, PLACE, PLACE)
    assert await stores.outbox.requeue([other.id, one.id, key("unknown")], NOW) == 2
    assert await stores.outbox.dead_letters() == []
    assert await stores.outbox.claim(KINDS, 10, NOW, 1000) == [replace(message, due=NOW) for message in (one, other)]
    assert await stores.outbox.requeue([one.id], NOW) == 0


async def test_old_dead_letters_are_forgotten_a_few_at_a_time(stores: Stores):
    await lay(stores, PLACE, PLACE, PLACE)
    assert await stores.outbox.drop_dead_letters(NOW, 10) == 0
    assert await stores.outbox.drop_dead_letters(NOW + 1, 2) == 2
    assert len(await stores.outbox.dead_letters()) == 1


async def test_what_is_put_off_comes_later_and_no_try_was_made(stores: Stores):
    message = a_note()
    await stores.events.store_batch(a_batch(), b"", (), (message,))
    await stores.outbox.claim(KINDS, 10, NOW, 1000)
    await stores.outbox.defer(message.id, NOW + 50)
    assert await stores.outbox.claim(KINDS, 10, NOW + 49, 1000) == []
    assert await stores.outbox.claim(KINDS, 10, NOW + 50, 1000) == [replace(message, due=NOW + 50)]


# --- holdings and withdrawals ---


async def test_a_holding_is_found_by_its_person_and_written_once(stores: Stores):
    await stores.holdings.add([a_holding()])
    await stores.holdings.add([a_holding(at=NOW + 5)])
    await stores.holdings.add([a_holding(purposes=("stats", "ads"))])
    await stores.holdings.add([a_holding(BERT)])
    assert await stores.holdings.held([a_holding(), a_holding(queue="other")]) == [NOW + 5, 0]
    assert await stores.holdings.held([]) == []
    asked = [[a_holding(BERT), a_holding()], [a_holding(purposes=("stats",))], [a_holding(purposes=("stats", "ads"))]]
    assert await asyncio.gather(*map(stores.holdings.held, asked)) == [[NOW, NOW + 5], [0], [NOW]]
    found = await stores.holdings.of_people([ANNA, key("nobody")])
    assert sorted(one.purposes for one in found) == [("ads",), ("stats", "ads")]
    assert a_holding(at=NOW + 5) in found


async def test_a_withdrawal_takes_the_place_of_its_holding_and_of_the_note_that_told_it(stores: Stores):
    holding, message = a_holding(), a_note(kind="consent")
    await stores.holdings.add([holding])
    await stores.events.store_batch(a_batch(), b"", (), (message,))
    one, task = a_withdrawal(holding), a_note(holding.queue)
    await stores.holdings.open([message.id], [holding], [one], [task])
    assert await stores.holdings.of_people([ANNA]) == []
    assert await stores.holdings.withdrawal(one.id) == one
    assert await stores.outbox.claim(("consent", *KINDS), 10, NOW, 1000) == [task]


async def test_of_two_who_turn_the_same_holdings_into_withdrawals_one_does(stores: Stores):
    holding, message = a_holding(), a_note(kind="consent")
    await stores.holdings.add([holding])
    await stores.events.store_batch(a_batch(), b"", (), (message,))
    both = [a_withdrawal(holding) for _ in range(2)]
    open = stores.holdings.open
    await asyncio.gather(*(open([message.id, key("gone")], [holding], [one], [a_note(BERT)]) for one in both))
    (opened,) = await stores.holdings.withdrawals(ORGANISATION)
    assert opened in both
    assert await stores.outbox.waiting() == 1


async def test_a_holding_may_go_without_a_withdrawal(stores: Stores):
    await stores.holdings.add([a_holding(), a_holding(BERT)])
    task = a_note()
    await stores.holdings.open([], [a_holding()], [], [task])
    assert await stores.holdings.of_people([ANNA, BERT]) == [a_holding(BERT)]
    assert await stores.outbox.claim(KINDS, 10, NOW, 1000) == [task]


async def test_what_is_not_acknowledged_is_found_by_whom_it_is_about(stores: Stores):
    first, other = sorted((a_withdrawal(a_holding(queue=queue)) for queue in ("q1", "q2")), key=lambda one: one.id)
    owners = [(ANNA, first.id), (ANNA, other.id), (BERT, other.id), (ANNA, other.id)]
    await stores.holdings.open([], [], [first, other], [], owners)
    assert await stores.holdings.unanswered([ANNA, key("nobody")]) == [(ANNA, first), (ANNA, other)]
    await stores.holdings.settle([], first.id, WithdrawalState.ACKNOWLEDGED, NOW, 1)
    await stores.holdings.settle([], other.id, WithdrawalState.UNSUPPORTED, NOW, 1)
    found = await stores.holdings.unanswered([ANNA, BERT])
    assert sorted((owner, one.id) for owner, one in found) == sorted([(ANNA, other.id), (BERT, other.id)])
    assert await stores.holdings.drop(NOW + 1, 10) == 2
    assert await stores.holdings.unanswered([ANNA, BERT]) == []


async def test_a_note_that_changes_nothing_just_goes(stores: Stores):
    message = a_note(kind="consent")
    await stores.events.store_batch(a_batch(), b"", (), (message,))
    await stores.holdings.open([message.id], [], [], [])
    assert await stores.outbox.waiting() == 0


async def test_a_withdrawal_is_followed_to_its_end(stores: Stores):
    one, task = a_withdrawal(a_holding()), a_note()
    await stores.holdings.open([], [], [one], [task])
    assert await stores.holdings.counts() == {WithdrawalState.PENDING: 1}
    await stores.holdings.settle([task.id], one.id, WithdrawalState.FAILED, NOW + 1, 3, "it said \0 no")
    assert (await stores.holdings.withdrawal(one.id)).state is WithdrawalState.FAILED
    assert await stores.outbox.waiting() == 0
    await stores.holdings.settle([], one.id, WithdrawalState.ACKNOWLEDGED, NOW + 2, 4)
    assert await stores.holdings.withdrawal(one.id) == replace(
        one, state=WithdrawalState.ACKNOWLEDGED, changed=NOW + 2, attempts=4, why=""
    )
    assert await stores.holdings.counts() == {}
    await stores.holdings.settle([], key("unknown"), WithdrawalState.FAILED, NOW, 0)
    with pytest.raises(Missing):
        await stores.holdings.withdrawal(key("unknown"))


async def test_withdrawals_are_told_newest_first_by_organisation_and_state(stores: Stores):
    mine = [a_withdrawal(a_holding(queue=f"q{n}")) for n in range(4)]
    other = a_withdrawal(a_holding(), "another")
    await stores.holdings.open([], [], [*mine, other], [])
    await stores.holdings.settle([], mine[1].id, WithdrawalState.SENT, NOW, 1)
    page = await stores.holdings.withdrawals(ORGANISATION, None, 2, mine[3].id)
    assert [one.id for one in page] == [mine[2].id, mine[1].id]
    assert [one.id for one in await stores.holdings.withdrawals(ORGANISATION, WithdrawalState.SENT)] == [mine[1].id]


async def test_only_withdrawals_that_came_to_an_end_are_forgotten(stores: Stores):
    ended, waiting = a_withdrawal(a_holding()), a_withdrawal(a_holding(queue="other"))
    await stores.holdings.open([], [], [ended, waiting], [])
    await stores.holdings.settle([], ended.id, WithdrawalState.ACKNOWLEDGED, NOW, 1)
    assert await stores.holdings.drop(NOW, 10) == 0
    assert await stores.holdings.drop(NOW + 1, 10) == 1
    assert await stores.holdings.withdrawals(ORGANISATION) == [waiting]


# --- events that are forgotten ---


async def test_a_source_s_newest_batches_come_first_page_by_page(stores: Stores):
    mine = [a_batch(NOW + n) for n in range(4)]
    for batch in (*mine, a_batch(source="shop/app")):
        await stores.events.store_batch(batch, b"", (), ())
    assert await stores.events.latest(ORGANISATION, "shop/web", 2) == [mine[3], mine[2]]
    assert await stores.events.latest(ORGANISATION, "shop/web", 5, mine[2].id) == [mine[1], mine[0]]
    assert await stores.events.latest(ORGANISATION, "shop", 5) == []


async def test_old_batches_are_forgotten_with_all_that_was_known_of_their_events(stores: Stores):
    old, new = a_batch(NOW), a_batch(NOW + 10)
    for batch, name in ((old, "old"), (new, "new")):
        await stores.events.store_batch(batch, b"", (key(name),), ())
        await stores.events.finish([], [Outcome(key(name), "hook", NOW, DeliveryOutcome.SENT)])
    assert await stores.events.oldest(NOW + 10, 10) == [old]
    assert await stores.events.oldest(NOW, 10) == []
    await stores.events.drop([old.id], [key("old")])
    assert await stores.events.known_keys([key("old"), key("new")]) == {key("new")}
    assert await stores.events.outcomes(key("old")) == []
    assert len(await stores.events.outcomes(key("new"))) == 1
    with pytest.raises(Missing):
        await stores.events.batch(old.id)
    await stores.events.store_batch(a_batch(), b"", (key("old"),), ())


# --- tokens ---


def a_token(id: str = "t1", organisation: str = ORGANISATION) -> ApiToken:
    return ApiToken(
        id, organisation, "shop", "ci", frozenset({Role.READ, Role.WRITE}), key(id) * 2, NOW, "ann", NOW + 9
    )


async def test_a_token_is_found_by_its_hash_and_told_in_the_history(stores: Stores):
    await stores.tokens.add(a_token())
    assert await stores.tokens.find(a_token().hash) == a_token()
    assert await stores.tokens.find(b"another") is None
    (entry,) = await stores.catalogue.audit(ORGANISATION)
    assert (entry.by, entry.action, entry.subject, entry.detail) == ("ann", "token", "t1", "shop ci: read write")


async def test_a_token_is_revoked_once_and_only_by_its_own_organisation(stores: Stores):
    await stores.tokens.add(a_token())
    for organisation, id in (("another", "t1"), (ORGANISATION, "t2")):
        with pytest.raises(Missing):
            await stores.tokens.revoke(organisation, id, "bob", NOW)
    await stores.tokens.revoke(ORGANISATION, "t1", "bob", NOW + 5)
    await stores.tokens.revoke(ORGANISATION, "t1", "carl", NOW + 6)
    assert [one.revoked_at for one in await stores.tokens.of(ORGANISATION)] == [NOW + 5]
    assert [entry.by for entry in await stores.catalogue.audit(ORGANISATION)] == ["bob", "ann"]


async def test_a_line_in_the_history_makes_no_node_look_for_new_settings(stores: Stores):
    before = await stores.catalogue.revision()
    await stores.catalogue.append_audit(ORGANISATION, AuditEntry(NOW, "ann", "replay", "hook", "3"))
    assert await stores.catalogue.revision() == before
    assert (await stores.catalogue.audit(ORGANISATION))[0].detail == "3"


async def test_due_notes_can_be_looked_at_without_holding_up_anybody(stores: Stores):
    one, other, later = a_note(kind="consent"), a_note(BERT, kind="consent"), a_note(kind="consent", due=NOW + 1)
    await stores.events.store_batch(a_batch(), b"", (), (one, other, later, a_note()))
    assert await stores.outbox.peek("consent", 10, NOW) == [one, other]
    assert await stores.outbox.peek("consent", 1, NOW) == [one]
    assert await stores.outbox.claim(("consent",), 1, NOW, 1000) == [one]
    assert await stores.outbox.peek("consent", 10, NOW) == [other]


async def test_notes_about_people_of_whom_nothing_is_held_are_passed_over(stores: Stores):
    held, free = a_note(kind="consent"), [a_note(BERT, kind="consent") for _ in range(5)]
    later, other = a_note(BERT, kind="consent", due=NOW + 1), a_note(BERT)
    await stores.events.store_batch(a_batch(), b"", (), (held, *free, later, other))
    await stores.holdings.add([a_holding(), a_holding(purposes=("stats", "ads"))])
    assert await stores.holdings.pass_over("consent", 3, NOW) == (2, 1)
    assert await stores.holdings.pass_over("consent", 10, NOW) == (3, 1)
    assert await stores.holdings.pass_over("consent", 10, NOW) == (0, 1)
    assert await stores.outbox.peek("consent", 10, NOW + 1) == [held, later]
    assert await stores.outbox.waiting() == 3


async def test_a_note_that_somebody_deals_with_is_not_passed_over(stores: Stores):
    message = a_note(kind="consent")
    await stores.events.store_batch(a_batch(), b"", (), (message,))
    assert await stores.outbox.claim(("consent",), 1, NOW, 1000) == [message]
    assert await stores.holdings.pass_over("consent", 10, NOW) == (0, 0)
    assert await stores.holdings.pass_over("consent", 10, NOW + 1001) == (1, 0)


# --- suppressions ---


def a_regulation(*subjects: str, kind: RegulationType = RegulationType.SUPPRESS, workspace: str = "shop") -> Regulation:
    return Regulation(uuid7(), ORGANISATION, workspace, kind, subjects, NOW, "ann")


async def test_whoever_is_suppressed_stays_so_until_that_is_lifted(stores: Stores):
    first, other = a_regulation("u2", "u1", "u1"), a_regulation("u1", workspace="news")
    again, lifted = a_regulation("u1"), a_regulation("u2", "u9", kind=RegulationType.LIFT)
    before = await stores.catalogue.revision()
    for one in (first, other, again, lifted):
        await stores.suppressions.regulate(one)
    assert await stores.suppressions.every() == [(ORGANISATION, "news", "u1"), (ORGANISATION, "shop", "u1")]
    assert await stores.catalogue.revision() == before + 4
    assert await stores.suppressions.regulation(first.id) == first
    assert (await stores.suppressions.regulations(ORGANISATION, "shop", 2))[0] == lifted
    page = await stores.suppressions.regulations(ORGANISATION, "shop", 2)
    assert [one.id for one in page] == [lifted.id, again.id]
    assert await stores.suppressions.regulations(ORGANISATION, "shop", 2, before=again.id) == [first]
    (entry, *_) = await stores.catalogue.audit(ORGANISATION)
    assert (entry.by, entry.action, entry.detail) == ("ann", "UNSUPPRESS", "2 users")
    with pytest.raises(Missing):
        await stores.suppressions.regulation(key("unknown"))


async def test_the_suppressed_are_told_page_by_page(stores: Stores):
    await stores.suppressions.regulate(a_regulation("c", "a", "b"))
    assert await stores.suppressions.of(ORGANISATION, "shop", 2) == ["a", "b"]
    assert await stores.suppressions.of(ORGANISATION, "shop", 2, "b") == ["c"]
    assert await stores.suppressions.of("another", "shop", 2) == []


async def test_what_holds_for_a_source_is_kept_apart_from_its_workspace(stores: Stores):
    one = replace(a_regulation("u1"), source="web", named="anonymous_id")
    await stores.suppressions.regulate(one)
    assert await stores.suppressions.every() == [(ORGANISATION, "shop/web", "u1")]
    assert await stores.suppressions.regulations(ORGANISATION, "shop", 9) == []
    assert await stores.suppressions.regulations(ORGANISATION, "shop", 9, "web") == [one]


async def test_the_same_deletion_is_under_way_once_and_may_be_asked_for_again_afterwards(stores: Stores):
    first, again = (a_regulation("u1", kind=RegulationType.DELETE) for _ in range(2))
    messages = [a_note(one.id, kind="erase") for one in (first, again)]
    assert await stores.suppressions.regulate(first, (messages[0],)) == first
    assert await stores.suppressions.regulate(again, (messages[1],)) == first
    assert await stores.outbox.claim(("erase",), 10, NOW, 1000) == [messages[0]]
    await stores.suppressions.carried_out(first.id, NOW + 7, messages[0].id)
    assert (await stores.suppressions.regulation(first.id)).done == NOW + 7
    assert await stores.outbox.waiting() == 0
    assert await stores.suppressions.regulate(again, (messages[1],)) == again
    assert await stores.suppressions.every() == []
    await stores.suppressions.carried_out(key("unknown"), NOW, messages[1].id)


async def test_a_step_of_a_deletion_replaces_batches_and_forgets_names_with_its_note(stores: Stores):
    batch, message, after = a_batch(), a_note(kind="erase"), a_note(kind="erase")
    await stores.events.store_batch(batch, b"", (key("gone"), key("stays")), (message,))
    await stores.events.finish([], [Outcome(key("gone"), "hook", NOW, DeliveryOutcome.SENT)])
    blanked = RedactedBatch(batch.id, batch.body, b"less")
    await stores.suppressions.erase(
        [blanked, RedactedBatch(key("pruned"), b"", b"x")], [key("gone")], message.id, after
    )
    assert (await stores.events.batch(batch.id)).body == b"less"
    assert await stores.events.known_keys([key("gone"), key("stays")]) == {key("stays")}
    assert await stores.events.outcomes(key("gone")) == []
    assert await stores.outbox.claim(("erase",), 10, NOW, 1000) == [after]


async def test_of_two_workers_with_the_same_note_one_does_the_step(stores: Stores):
    """The first was slower than its claim lasts: another had the note, too."""
    batch, message, nexts = a_batch(), a_note(kind="erase"), [a_note(kind="erase"), a_note(BERT, kind="erase")]
    await stores.events.store_batch(batch, b"", (key("gone"), key("later")), (message,))
    erase, blanked = stores.suppressions.erase, RedactedBatch(batch.id, batch.body, batch.body)
    await asyncio.gather(*(erase([blanked], [key("gone")], message.id, after) for after in nexts))
    (left,) = await stores.outbox.claim(("erase",), 10, NOW, 1000)
    assert left in nexts
    await erase([RedactedBatch(batch.id, batch.body, b"less")], [key("later")], message.id, a_note(kind="erase"))
    assert (await stores.events.batch(batch.id)).body == batch.body
    assert await stores.events.known_keys([key("gone"), key("later")]) == {key("later")}
    assert await stores.outbox.waiting() == 1


async def test_a_deletion_comes_to_its_end_once(stores: Stores):
    one = a_regulation("u1", kind=RegulationType.DELETE)
    message = a_note(one.id, kind="erase")
    await stores.suppressions.regulate(one, (message,))
    for now in (NOW + 7, NOW + 8):
        await stores.suppressions.carried_out(one.id, now, message.id)
    assert (await stores.suppressions.regulation(one.id)).done == NOW + 7


async def test_a_batch_that_is_not_as_it_was_seen_stops_a_step(stores: Stores):
    batch, message, after = a_batch(), a_note(kind="erase"), a_note(kind="erase")
    await stores.events.store_batch(batch, b"", (key("one"),), (message,))
    with pytest.raises(Stale):
        await stores.suppressions.erase([RedactedBatch(batch.id, b"else", b"less")], [key("one")], message.id, after)
    assert await stores.events.batch(batch.id) == batch
    assert await stores.events.known_keys([key("one")]) == {key("one")}
    assert await stores.outbox.claim(("erase",), 10, NOW, 1000) == [message]


async def test_the_sources_of_an_organisation_are_those_that_events_are_kept_of(stores: Stores):
    for source in ("shop/web", "shop/app", "shop/web", "news/web"):
        await stores.events.store_batch(a_batch(source=source), b"", (), ())
    assert await stores.suppressions.sources(ORGANISATION) == ["news/web", "shop/app", "shop/web"]
    assert await stores.suppressions.sources("another") == []


async def test_what_destinations_were_told_because_of_a_deletion_is_found_by_it(stores: Stores):
    one, other = a_withdrawal(a_holding()), a_withdrawal(a_holding(queue="other"))
    told = replace(one, regulation=key("regulation"))
    await stores.holdings.open([], [], [told, other], [])
    assert await stores.holdings.of_regulation(key("regulation")) == [told]
    assert await stores.holdings.withdrawal(other.id) == other


async def test_names_are_forgotten_when_a_deletion_was_acknowledged(stores: Stores):
    deleted, withdrawn = replace(a_withdrawal(a_holding()), regulation=key("r")), a_withdrawal(a_holding(queue="other"))
    await stores.holdings.open([], [], [deleted, withdrawn], [])
    for one in (deleted, withdrawn):
        await stores.holdings.settle([], one.id, WithdrawalState.SENT, NOW, 1)
    assert (await stores.holdings.withdrawal(deleted.id)).names == deleted.names != ()
    for one in (deleted, withdrawn):
        await stores.holdings.settle([], one.id, WithdrawalState.ACKNOWLEDGED, NOW, 2)
    assert (await stores.holdings.withdrawal(deleted.id)).names == ()
    assert (await stores.holdings.withdrawal(withdrawn.id)).names == withdrawn.names
