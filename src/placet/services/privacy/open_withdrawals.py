"""Somebody made a choice: find every destination that holds their data for what they no longer agree to.

A choice leaves a note (`save_consent`, `log_receipt`, `collect`); most tell of nothing to take back, and just go. Where
somebody's data has left, its holding becomes a withdrawal, with a note in the queue of that person's deliveries: behind
what is on its way already, before whatever they may agree to later.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec import Struct, json

from placet.consent.profile.stored_profile import Id
from placet.errors import Busy
from placet.events.policy.consent_state import of_profile
from placet.events.policy.withdrawal import withdrawn
from placet.events.records.task import CONSENT, DeliveryTask
from placet.outputs.delivery.schedule import turn_of
from placet.outputs.registry import all_destinations
from placet.runtime.context import NodeContext
from placet.runtime.failed_messages import set_back
from placet.stores.ports.data_holdings import Holding, Withdrawal
from placet.stores.ports.outbox import OutboxMessage

AT_ONCE: Final = 500
HOLD: Final = 60_000


class OpenedWithdrawal(Struct, frozen=True):
    """A holding that must be given up, and the withdrawal it becomes."""

    holding: Holding
    withdrawal: Withdrawal


async def open_withdrawals(context: NodeContext, clock: Callable[[], int]) -> int:
    """Deal with the choices that wait, at most `AT_ONCE`; how many there were. Raises Busy: then nothing is lost."""
    now = clock()
    if not await context.stores.outbox.peek(CONSENT, 1, now):
        return 0
    # Whoever is about to hold something writes that down first and looks at the person's choice after that: a choice
    # that comes with a note could not be missed there, where nothing is held when the note is looked at.
    gone, left = await context.stores.holdings.pass_over(CONSENT, AT_ONCE, now)
    if left:
        await withdraw_queued(context, clock)
    return gone + left


async def withdraw_queued(context: NodeContext, clock: Callable[[], int]) -> None:
    """Turn what is held about people into withdrawals, where they no longer agree."""
    messages = await context.stores.outbox.claim((CONSENT,), AT_ONCE, clock(), HOLD)
    if not messages:
        return
    try:
        await dealt_with(messages, context, clock)
    except Busy:
        raise
    except Exception as why:
        await one_by_one(messages, why, context, clock)


async def one_by_one(
    messages: list[OutboxMessage], error: Exception, context: NodeContext, clock: Callable[[], int]
) -> None:
    """Something about one of these people cannot be read: the others' choices go through by themselves."""
    if len(messages) == 1:
        await set_back(messages[0], error, context.stores.outbox, clock())
        return
    for message in messages:
        try:
            await dealt_with([message], context, clock)
        except Busy:
            raise
        except Exception as why:
            await set_back(message, why, context.stores.outbox, clock())


async def dealt_with(messages: list[OutboxMessage], context: NodeContext, clock: Callable[[], int]) -> None:
    """Choices, side by side: what they take back becomes withdrawals, and their notes are done."""
    held = await held_about(list({message.subject_id for message in messages}), context)

    found = await asyncio.gather(*(opened(one, context, clock()) for one in held))

    pairs = [pair for pair in found if pair]
    # Whoever goes by two names has two rows for one queue: the destination is told once.
    by_queue = {spot_of(pair): pair.withdrawal for pair in pairs}
    tasks = [task_of(one, context, clock()) for one in by_queue.values()]
    owners = [(owner, by_queue[spot_of(pair)].id) for pair in pairs for owner in owners_of(pair.holding, context)]
    ids, holdings = [message.id for message in messages], [pair.holding for pair in pairs]
    await context.stores.holdings.open(ids, holdings, list(by_queue.values()), tasks, owners)


def spot_of(pair: OpenedWithdrawal) -> tuple[Id, tuple[str, ...]]:
    """What a destination is told of once: a queue, and what was taken back."""
    return (pair.withdrawal.queue, pair.withdrawal.purposes)


def owners_of(holding: Holding, context: NodeContext) -> list[Id]:
    """By what a deletion finds what a destination still owes about somebody."""
    return context.holding_owners(
        holding.organisation, holding.source.partition("/")[0], holding.names, holding.person_id
    )


async def held_about(people: list[Id], context: NodeContext) -> list[Holding]:
    """What is held about people, also under other names that turned out to be theirs."""
    found = await context.stores.holdings.of_people(people)
    person_record = list({one.person_id for one in found if one.person_id})
    others = frozenset(await context.pseudonyms_of_people(person_record) if person_record else ()) - frozenset(people)
    return found + (await context.stores.holdings.of_people(sorted(others)) if others else [])


async def opened(holding: Holding, context: NodeContext, now: int) -> OpenedWithdrawal | None:
    """The withdrawal a holding becomes, if its person no longer agrees to what it is for.

    Data does not go away with the source it came by: where that is gone, another of the workspace knows the purposes.
    """
    there = context.published_settings.source_or_sibling(holding.organisation, holding.source)
    if there is None:
        return None
    mapping = there.source.routes.mapping
    profile = of_profile(await context.consent_of(there.source, holding.names, holding.person_id.hex()), mapping)
    gone = there.source.id != holding.source
    connection = None if gone else there.source.connection(holding.connection)
    purposes = withdrawn(holding.purposes, connection, profile, mapping)
    if not purposes:
        return None
    place = (holding.organisation, holding.source, holding.connection, holding.person, holding.queue)
    return OpenedWithdrawal(holding, Withdrawal(context.new_id(now), *place, purposes, holding.names, now, changed=now))


def task_of(withdrawal: Withdrawal, context: NodeContext, now: int) -> OutboxMessage:
    """The note that has the destination told, in the queue of the person's deliveries."""
    place = (withdrawal.organisation, withdrawal.source)
    task = DeliveryTask(*place, "", 0, withdrawal.connection, withdrawal.id.hex())
    there = context.published_settings.source_at(*place)
    kind, _ = turn_of(there.source.destinations.get(withdrawal.connection) if there else None, all_destinations(), now)
    return OutboxMessage(context.new_id(now), kind, withdrawal.queue, json.encode(task), now)
