"""The verdicts on a batch's events, one by one, as tests like to read them."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from placet.events.event import Event
from placet.events.policy.connection import Connection
from placet.events.policy.verdict import Allowed, Held, Unmapped, Verdict
from placet.events.policy.verdict_table import Verdicts
from placet.events.records.batch_codec import StoredBatchFields, read_stored_batch, read_stored_policy
from placet.stores.ports.events import Batch
from placet.stores.ports.stores import Stores


class Given(Struct, frozen=True):
    """What a connection's gate said about an event."""

    event: Event
    connection: Connection
    verdict: Verdict


def given(events: Sequence[Event], verdicts: Verdicts, connections: Sequence[Connection]) -> Iterator[Given]:
    """Every verdict, event by event; the connections are those that were asked, in their order."""
    for place, event in enumerate(events):
        for connection, verdict in zip(connections, verdicts.about(place), strict=True):
            yield Given(event, connection, verdict)


async def given_in(batch: Batch, stores: Stores) -> list[Given]:
    """Every verdict on a batch that was kept."""
    stored_batch: StoredBatchFields = read_stored_batch(batch.body)
    gates = read_stored_policy(await stores.events.stored_policy(batch.policy_id))
    return list(given(stored_batch.events, stored_batch.verdicts, gates.connections))


def allowed(found: Sequence[Given]) -> list[Given]:
    """Those that let an event pass."""
    return [one for one in found if isinstance(one.verdict, Allowed)]


def refusals(found: Sequence[Given]) -> list[tuple[Given, Held | Unmapped]]:
    """Those that hold one, each with its verdict."""
    return [(one, one.verdict) for one in found if not isinstance(one.verdict, Allowed)]
