"""Rows on their way to one destination become requests, and the answer to a request becomes an answer to each row."""

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
"""The statuses with which a request is refused for what it holds, or for how long it is."""


UNWRITABLE: Final = 422
"""As if the destination had refused it: the status of a row of which no request can be made."""


class RequestBatch(Struct, frozen=True):
    """A request, or why none could be made, and the places of the rows it is about."""

    request: Outgoing | TryAgain | Rejected
    places: tuple[int, ...]


def payload_of(item: OutgoingEvent, destination: Destination, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """The event in the destination's words, cut or held where it exceeds a limit (`limits`).

    A shape that stumbles over an event has no place for it.
    """
    try:
        within = fitted(item, destination.rules, destination.type.name)
        return within if isinstance(within, UnsupportedEvent) else destination.row(within, config)
    except Exception as why:
        return UnsupportedEvent(f"the shape of {destination.type.name} stumbled over it ({type(why).__name__}: {why})")


def request_batches(
    rows: Sequence[tuple[bytes, Payload]], destination: Destination, config: DestinationConfig, now: int
) -> list[RequestBatch]:
    """Requests for rows, each given with the queue it waits in; a queue's rows go only as far as one lane leads.

    What no parcel carries must wait until those before it are there.
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
    """The request for these places; where data stops it from being made, halves, until the bad row stands alone."""
    request = request_of([rows[place] for place in places], destination, config, now)
    if isinstance(request, Rejected) and len(places) > 1:
        return halves(rows, places, destination, config, now)
    return [RequestBatch(request, places)]


def halves(
    rows: Sequence[Payload], places: tuple[int, ...], destination: Destination, config: DestinationConfig, now: int
) -> list[RequestBatch]:
    """Two requests in place of one that was refused as a whole: good rows go, and bad ones end up alone.

    One bad row of n takes about 2 log n more requests.
    """
    middle = len(places) // 2
    return [
        request_batch
        for half in (places[:middle], places[middle:])
        for request_batch in parcels(rows, half, destination, config, now)
    ]


def by_batch_key(rows: Sequence[tuple[bytes, Payload]], destination: Destination) -> Iterable[list[int]]:
    """The places of those rows that may go now, lane by lane."""
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
    """A lane cut into what one request takes, by number and by size; a row too big for any goes alone."""
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

    Data that cannot be written (half an emoji, a number out of bounds) never can; all else somebody may mend.
    """
    try:
        return destination.request(rows, config, now)
    except (ValueError, OverflowError) as why:
        return Rejected(f"{destination.type.name} cannot write it ({type(why).__name__}: {str(why)[:200]})", UNWRITABLE)
    except Exception as why:
        return TryAgain(f"the shape of {destination.type.name} made no request of it ({type(why).__name__}: {why})")


def replies_of(reply: Reply, rows: Sequence[Payload], destination: Destination) -> tuple[Reply, ...]:
    """What became of each row. Where the shape cannot tell, the answer holds for all."""
    try:
        told = destination.replies(reply, rows)
    except Exception:
        return (reply,) * len(rows)
    return told if len(told) == len(rows) else (reply,) * len(rows)


def spoiled(replies: Sequence[Reply], destination: Destination) -> bool:
    """Was a request refused as a whole, though perhaps for one of its rows only?"""
    whole = len(replies) > 1 and all(isinstance(each, Rejected) and each.status in SPOILED for each in replies)
    return destination.alone and whole
