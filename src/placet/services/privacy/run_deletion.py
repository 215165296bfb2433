"""Carry a deletion out: the events of those it is about, who they were, and what destinations hold about them.

It goes step by step, and each is one transaction that leaves the note for the next: where a worker dies in the middle,
another goes on. The steps:

1. Who is it? Everybody who goes by one of the names, with all who turned out to be them.
2. Source by source, newest batch first: their events become blanks, with verdicts and outcomes.
3. When all that was on its way has ended, what came in late is looked at once more.
4. What is held about them becomes a withdrawal for each destination, or is forgotten.
5. Their names are forgotten.

Receipts and what somebody agreed to stay: they prove the past, and refuse for the future.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id
from placet.errors import Busy, Missing
from placet.events.event import Identity
from placet.events.ingest.known_people import DeletionSubject, people_without_identifiers
from placet.events.records.batch_codec import encode, name_of, read_stored_batch
from placet.events.records.erase import ErasedPeople, theirs, without
from placet.events.records.task import ERASE
from placet.privacy.regulation import Regulation, RegulationType
from placet.runtime.context import NodeContext
from placet.runtime.failed_messages import set_back
from placet.runtime.optimistic_retry import retry_on_conflict
from placet.stores.ports.data_holdings import Holding, Withdrawal
from placet.stores.ports.events import Batch
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.suppressions import RedactedBatch

PAGE: Final = 8
PAGES: Final = 25
"""So many batches are read at once, and so many times before that is written down: some tens of milliseconds."""
HOLD: Final = 20_000
LATE: Final = 600_000
"""A batch is written down at most so many ms after the moment it is dated by."""

SendWithdrawals: TypeAlias = Callable[[Withdrawal, NodeContext, int], OutboxMessage]
"""Makes the note that has a destination told."""

About: TypeAlias = tuple[Holding | Withdrawal, set[Id]]
"""What a destination holds, or owes an answer about; and by what a later deletion finds that."""


class DeletionProgress(Struct, frozen=True):
    """How far a deletion has come: step by step through `sources`, the first being the one at hand.

    `people` are who it is about (hex); `sources` begin with their workspace. `before` is the last batch that was looked
    at, `found` how many events went so far. `late`: it is the second look. `told`: destinations are being told.
    """

    people: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    before: str = ""
    found: int = 0
    begun: bool = False
    late: bool = False
    told: bool = False


async def run_deletion(context: NodeContext, clock: Callable[[], int], sender: SendWithdrawals, settle: int) -> int:
    """Take one deletion a step further; how many were due. Raises Busy, and then nothing is lost.

    `settle` ms after the events are gone, every delivery that had read one has come to its end.
    """
    messages = await context.stores.outbox.claim((ERASE,), 1, clock(), HOLD)
    for message in messages:
        try:
            await step(message, context, clock(), sender, settle)
        except Busy:
            raise
        except Exception as why:
            await set_back(message, why, context.stores.outbox, clock())
    return len(messages)


async def step(message: OutboxMessage, context: NodeContext, now: int, sender: SendWithdrawals, settle: int) -> None:
    """One step, and the note for the next."""
    try:
        regulation = await context.stores.suppressions.regulation(message.subject_id)
    except Missing:
        await context.stores.outbox.done([message.id])
        return
    progress = json.decode(message.body, type=DeletionProgress)
    if not progress.begun:
        await go_on(await found(regulation, context), [], [], message, context, now)
    elif progress.sources:
        await retry_on_conflict(lambda: redact(progress, regulation, message, context, now))
    elif not progress.late and (progress.people or progress.found):
        again = replace(progress, sources=await sources_of(regulation, context), late=True)
        await go_on(again, [], [], message, context, now, settle)
    elif not progress.told and regulation.kind is not RegulationType.DELETE_ARCHIVE:
        await tell(progress, regulation, message, context, now, sender)
    else:
        await end(progress, regulation, context)
        await context.stores.suppressions.carried_out(regulation.id, now, message.id)


async def go_on(
    progress: DeletionProgress,
    redacted: list[RedactedBatch],
    names: list[Id],
    message: OutboxMessage,
    context: NodeContext,
    now: int,
    rest: int = 0,
) -> None:
    """Write a step down, with the note for the one after it, due after a rest."""
    await context.stores.suppressions.erase(
        redacted, names, message.id, message_of(progress, message, context, now + rest)
    )


def message_of(progress: DeletionProgress, message: OutboxMessage, context: NodeContext, due: int) -> OutboxMessage:
    """The note for the step after one."""
    return OutboxMessage(context.new_id(due), ERASE, message.subject_id, json.encode(progress), due)


async def sources_of(regulation: Regulation, context: NodeContext) -> tuple[str, ...]:
    """Where their events may lie, also in sources that the settings no longer have."""
    every = await context.stores.suppressions.sources(regulation.organisation)
    inside = f"{regulation.workspace}/"
    wanted = (one for one in every if one.startswith(inside) and regulation.source in ("", one.removeprefix(inside)))
    return tuple(wanted)


def names_in(regulation: Regulation) -> frozenset[Identity]:
    """The names of those it is about."""
    return frozenset(Identity(regulation.named, one) for one in regulation.subjects)


async def found(regulation: Regulation, context: NodeContext) -> DeletionProgress:
    """Who it is about. A device is nobody: what was asked for by its name is found by that name alone."""
    people = await people_in(regulation, context) if regulation.of_users else []
    return DeletionProgress(tuple(one.hex() for one in people), await sources_of(regulation, context), begun=True)


async def people_in(regulation: Regulation, context: NodeContext) -> list[Id]:
    """Everybody who goes by one of these names now, and all who turned out to be them."""
    names = context.hashed_identifiers(regulation.organisation, regulation.workspace, names_in(regulation))
    lookup = await context.stores.identities.lookup(names, None)
    return await context.stores.identities.merged_into([one.id for one in lookup.people])


async def redact(
    progress: DeletionProgress, regulation: Regulation, message: OutboxMessage, context: NodeContext, now: int
) -> None:
    """Some pages of a source's batches, until one has something of theirs, or there are no more. Raises Stale."""
    place, on = (regulation.organisation, progress.sources[0]), progress
    erased = ErasedPeople(frozenset(progress.people), names_in(regulation))
    for _ in range(PAGES):
        page = await context.stores.events.latest(*place, PAGE, bytes.fromhex(on.before) or None)
        gone = [redacted_in(batch, erased) for batch in page if batch.at <= regulation.at]
        redacted, names = [one for one, _ in gone if one], [name for _, some in gone for name in some]
        if len(page) < PAGE or (progress.late and page[-1].at < regulation.at - LATE):
            on = replace(progress, sources=progress.sources[1:], before="")
        else:
            on = replace(progress, before=page[-1].id.hex())
        if redacted or on.sources != progress.sources:
            break
    await go_on(replace(on, found=progress.found + len(names)), redacted, names, message, context, now)


def redacted_in(batch: Batch, erased: ErasedPeople) -> tuple[RedactedBatch | None, list[Id]]:
    """A batch without their events, and the names of those; None where it has none, or nobody can read it."""
    try:
        stored_batch = read_stored_batch(batch.body)
    except (ValueError, RecursionError):
        return None, []
    places = frozenset(theirs(stored_batch, erased))
    if not places:
        return None, []
    names = [name_of(batch.organisation, batch.source, stored_batch.events[place].id) for place in sorted(places)]
    return RedactedBatch(batch.id, batch.body, encode(without(stored_batch, places))), names


async def subject_of(progress: DeletionProgress, regulation: Regulation, context: NodeContext) -> DeletionSubject:
    """Who it is about. Somebody may have turned out to be somebody else since the first step: names and all."""
    people = [*map(bytes.fromhex, progress.people), *await people_in(regulation, context)]
    lookup = await context.stores.identities.lookup((), None, people)
    return DeletionSubject({one.id: one for one in lookup.people}, names_in(regulation))


async def tell(
    progress: DeletionProgress,
    regulation: Regulation,
    message: OutboxMessage,
    context: NodeContext,
    now: int,
    sender: SendWithdrawals,
) -> None:
    """Have destinations told, all at once, and forget what is held; what somebody else did already is not done again.

    Those that have not acknowledged what they were told earlier are told again. Else somebody would seem to be gone
    everywhere to whoever asks a second time while the first deletion waits for an answer, or failed.
    """
    subject, holdings = await subject_of(progress, regulation, context), context.stores.holdings
    place, tells = (regulation.organisation, regulation.workspace), regulation.kind.notifies_destinations
    users = context.pseudonyms(*place, subject.names)
    held = await holdings.of_people(sorted({*subject.keys, *users}))
    given_up = [one for one in held if is_theirs(one, regulation, subject)]
    owners = {*users}.union(*map(subject.owners_of, subject.people))
    owed = await holdings.unanswered(sorted(owners)) if tells else []

    about: list[About] = [(one, {owner}) for owner, one in owed if is_here(one, regulation)]
    about += [
        (one, {*subject.owners_of(one.person_id), *context.holding_owners(*place, one.names)})
        for one in given_up
        if tells
    ]
    withdrawals, by_owner = withdrawals_of(about, regulation, context, now)
    messages = [sender(one, context, now) for one in withdrawals]
    after = message_of(replace(progress, told=True), message, context, now)
    await holdings.open([message.id], given_up, withdrawals, [*messages, after], by_owner)


def is_here(one: Holding | Withdrawal, regulation: Regulation) -> bool:
    """Is this about a connection that a deletion is about?"""
    workspace, _, source = one.source.partition("/")
    place = (one.organisation, workspace) == (regulation.organisation, regulation.workspace)
    return place and source == (regulation.source or source)


def is_theirs(holding: Holding, regulation: Regulation, subject: DeletionSubject) -> bool:
    """Does a destination hold this about one of them, over a connection that this is about?

    Somebody else who used the same device has holdings under its name, too.
    """
    named = holding.person_id in subject.people or not subject.names.isdisjoint(holding.names)
    return named and is_here(holding, regulation)


def withdrawals_of(
    about: list[About], regulation: Regulation, context: NodeContext, now: int
) -> tuple[list[Withdrawal], list[tuple[Id, Id]]]:
    """What destinations are told: each once, by all the names that it knows somebody by, for all purposes.

    With it, whose each withdrawal is.
    """
    by_queue: dict[Id, list[About]] = {}
    for pair in about:
        by_queue.setdefault(pair[0].queue, []).append(pair)
    found, owners = [], []
    for queue, some in by_queue.items():
        first, every = some[0][0], [one for one, _ in some]
        place = (first.organisation, first.source, first.connection, first.person, queue)
        purposes = tuple(sorted({purpose for one in every for purpose in one.purposes}))
        names = tuple(dict.fromkeys(name for one in every for name in one.names))
        told = Withdrawal(context.new_id(now), *place, purposes, names, regulation.at, changed=now)
        found.append(replace(told, regulation=regulation.id))
        owners += [(owner, told.id) for owner in set[Id]().union(*(them for _, them in some))]
    return found, owners


async def end(progress: DeletionProgress, regulation: Regulation, context: NodeContext) -> None:
    """Forget who it was, where the deletion is of the whole workspace: what one source forgets, another may know."""
    if regulation.source or regulation.kind is RegulationType.DELETE_ARCHIVE:
        return
    people = [*map(bytes.fromhex, progress.people), *await people_in(regulation, context)]
    await retry_on_conflict(lambda: forget_names(people, context))


async def forget_names(people: Sequence[Id], context: NodeContext) -> None:
    """From now on nobody finds these people by any name; an id without names stays. Raises Stale."""
    lookup = await context.stores.identities.lookup((), None, people)
    known = [one for one in lookup.people if one.id in people and one.names]
    names = {name.key: name for one in known for name in one.names if not name.bound}
    identity_changes = (await context.stores.identities.lookup(tuple(names.values()), None)).identifiers
    if known:
        await context.stores.identities.apply(people_without_identifiers(known, identity_changes))
