"""Payloads for one destination are grouped into requests; the reply to a request becomes one reply per payload."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct, json

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    Outgoing,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.limits import fitted

SPOILED: Final = frozenset({400, 409, 413, 422})
"""HTTP statuses that reject a request because of its content or its size."""


UNWRITABLE: Final = 422
"""Status given to a payload for which no request can be built, as if the destination had rejected it."""


class RequestBatch(Struct, frozen=True):
    """A request, or the reason why none could be built, and the indexes of the payloads it covers."""

    request: Outgoing | TryAgain | Rejected
    places: tuple[int, ...]


def payload_of(item: OutgoingEvent, destination: Destination, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """The event in the destination's format, truncated or held where it exceeds a limit (`limits`).

    An exception raised by the destination's `row` is returned as `UnsupportedEvent`.
    """
    try:
        within = fitted(item, destination.rules, destination.type.name)
        return within if isinstance(within, UnsupportedEvent) else destination.row(within, config)
    except Exception as why:
        return UnsupportedEvent(f"the shape of {destination.type.name} stumbled over it ({type(why).__name__}: {why})")


def request_batches(
    rows: Sequence[tuple[bytes, Payload]], destination: Destination, config: DestinationConfig, now: int
) -> list[RequestBatch]:
    """The requests for rows given as (queue, payload).

    Where the destination is `in_order`, a queue contributes only its leading rows that share one batch key. Rows that
    are in no request must wait until the earlier rows of their queue are delivered.
    """
    values = [row for _, row in rows]
    return [
        request_batch
        for batch_key in by_batch_key(rows, destination)
        for places in parts(batch_key, rows, destination)
        for request_batch in parcels(values, tuple(places), destination, config, now)
    ]


def parcels(
    rows: Sequence[Payload], places: tuple[int, ...], destination: Destination, config: DestinationConfig, now: int
) -> list[RequestBatch]:
    """The request for these indexes; if the data prevents it, the batch is halved until the bad row is alone."""
    request = request_of([rows[place] for place in places], destination, config, now)
    if isinstance(request, Rejected) and len(places) > 1:
        return halves(rows, places, destination, config, now)
    return [RequestBatch(request, places)]


def halves(
    rows: Sequence[Payload], places: tuple[int, ...], destination: Destination, config: DestinationConfig, now: int
) -> list[RequestBatch]:
    """Two requests in place of one that was rejected as a whole, so that good rows are sent and bad rows isolated.

    One bad row of n takes about 2 log n more requests.
    """
    middle = len(places) // 2
    return [
        request_batch
        for half in (places[:middle], places[middle:])
        for request_batch in parcels(rows, half, destination, config, now)
    ]


def by_batch_key(rows: Sequence[tuple[bytes, Payload]], destination: Destination) -> Iterable[list[int]]:
    """The indexes of the rows that may be sent now, grouped by batch key."""
    first: dict[bytes, tuple[str, ...]] = {}
    found: dict[tuple[str, ...], list[int]] = {}
    closed = set()
    for place, (queue, row) in enumerate(rows):
        if destination.in_order and (first.setdefault(queue, row.batch_key) != row.batch_key or queue in closed):
            closed.add(queue)
            continue
        found.setdefault(row.batch_key, []).append(place)
    return found.values()


def parts(places: list[int], rows: Sequence[tuple[bytes, Payload]], destination: Destination) -> Iterator[list[int]]:
    """Splits one batch into requests by count and by size; a row that exceeds the size alone gets its own request."""
    part: list[int] = []
    filled = 0
    for place in places:
        size = len(json.encode(rows[place][1].value)) if destination.bytes else 0
        if part and (len(part) == destination.most or (destination.bytes and filled + size > destination.bytes)):
            yield part
            part, filled = [], 0
        part.append(place)
        filled += size
    yield part


def request_of(
    rows: Sequence[Payload], destination: Destination, config: DestinationConfig, now: int
) -> Outgoing | TryAgain | Rejected:
    """The request that carries these rows.

    Data that cannot be encoded (a lone surrogate, a number out of range) is Rejected; any other error is TryAgain,
    since an operator can fix it.
    """
    try:
        return destination.request(rows, config, now)
    except (ValueError, OverflowError) as why:
        return Rejected(f"{destination.type.name} cannot write it ({type(why).__name__}: {str(why)[:200]})", UNWRITABLE)
    except Exception as why:
        return TryAgain(f"the shape of {destination.type.name} made no request of it ({type(why).__name__}: {why})")


def replies_of(reply: Reply, rows: Sequence[Payload], destination: Destination) -> tuple[Reply, ...]:
    """One reply per row. Where `destination.replies` fails or returns the wrong number, `reply` applies to all rows."""
    try:
        told = destination.replies(reply, rows)
    except Exception:
        return (reply,) * len(rows)
    return told if len(told) == len(rows) else (reply,) * len(rows)


def spoiled(replies: Sequence[Reply], destination: Destination) -> bool:
    """Was a request of several rows rejected as a whole, so that each row should be retried alone?"""
    whole = len(replies) > 1 and all(isinstance(each, Rejected) and each.status in SPOILED for each in replies)
    return destination.alone and whole
