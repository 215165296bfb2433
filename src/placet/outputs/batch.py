"""Rows on their way to one destination become requests, and the answer to a request becomes an answer to each row."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct, json

from placet.outputs.limits import fitted
from placet.outputs.shape import Item, Outgoing, Refused, Reply, Row, Shape, TryAgain, Unfit, Way

SPOILED: Final = frozenset({400, 409, 413, 422})
"""The statuses with which a request is refused for what it holds, or for how long it is."""


UNWRITABLE: Final = 422
"""As if the destination had refused it: the status of a row of which no request can be made."""


class Parcel(Struct, frozen=True):
    """A request, or why none could be made, and the places of the rows it is about."""

    request: Outgoing | TryAgain | Refused
    places: tuple[int, ...]


def row_of(item: Item, shape: Shape, way: Way) -> Row | Unfit:
    """The event in the destination's words, cut or held where it exceeds a limit (`limits`).

    A shape that stumbles over an event has no place for it.
    """
    try:
        within = fitted(item, shape.rules, shape.type.name)
        return within if isinstance(within, Unfit) else shape.row(within, way)
    except Exception as why:
        return Unfit(f"the shape of {shape.type.name} stumbled over it ({type(why).__name__}: {why})")


def packed(rows: Sequence[tuple[bytes, Row]], shape: Shape, way: Way, now: int) -> list[Parcel]:
    """Requests for rows, each given with the queue it waits in; a queue's rows go only as far as one lane leads.

    What no parcel carries must wait until those before it are there.
    """
    values = [row for _, row in rows]
    return [
        parcel
        for lane in lanes(rows, shape)
        for places in parts(lane, rows, shape)
        for parcel in parcels(values, tuple(places), shape, way, now)
    ]


def parcels(rows: Sequence[Row], places: tuple[int, ...], shape: Shape, way: Way, now: int) -> list[Parcel]:
    """The request for these places; where data stops it from being made, halves, until the bad row stands alone."""
    request = request_of([rows[place] for place in places], shape, way, now)
    if isinstance(request, Refused) and len(places) > 1:
        return halves(rows, places, shape, way, now)
    return [Parcel(request, places)]


def halves(rows: Sequence[Row], places: tuple[int, ...], shape: Shape, way: Way, now: int) -> list[Parcel]:
    """Two requests in place of one that was refused as a whole: good rows go, and bad ones end up alone.

    One bad row of n takes about 2 log n more requests.
    """
    middle = len(places) // 2
    return [parcel for half in (places[:middle], places[middle:]) for parcel in parcels(rows, half, shape, way, now)]


def lanes(rows: Sequence[tuple[bytes, Row]], shape: Shape) -> Iterable[list[int]]:
    """The places of those rows that may go now, lane by lane."""
    first: dict[bytes, tuple[str, ...]] = {}
    found: dict[tuple[str, ...], list[int]] = {}
    closed = set()
    for place, (queue, row) in enumerate(rows):
        if shape.in_order and (first.setdefault(queue, row.lane) != row.lane or queue in closed):
            closed.add(queue)
            continue
        found.setdefault(row.lane, []).append(place)
    return found.values()


def parts(places: list[int], rows: Sequence[tuple[bytes, Row]], shape: Shape) -> Iterator[list[int]]:
    """A lane cut into what one request takes, by number and by size; a row too big for any goes alone."""
    part: list[int] = []
    filled = 0
    for place in places:
        size = len(json.encode(rows[place][1].value)) if shape.bytes else 0
        if part and (len(part) == shape.most or (shape.bytes and filled + size > shape.bytes)):
            yield part
            part, filled = [], 0
        part.append(place)
        filled += size
    yield part


def request_of(rows: Sequence[Row], shape: Shape, way: Way, now: int) -> Outgoing | TryAgain | Refused:
    """The request that carries these rows.

    Data that cannot be written (half an emoji, a number out of bounds) never can; all else somebody may mend.
    """
    try:
        return shape.request(rows, way, now)
    except (ValueError, OverflowError) as why:
        return Refused(f"{shape.type.name} cannot write it ({type(why).__name__}: {str(why)[:200]})", UNWRITABLE)
    except Exception as why:
        return TryAgain(f"the shape of {shape.type.name} made no request of it ({type(why).__name__}: {why})")


def replies_of(reply: Reply, rows: Sequence[Row], shape: Shape) -> tuple[Reply, ...]:
    """What became of each row. Where the shape cannot tell, the answer holds for all."""
    try:
        told = shape.replies(reply, rows)
    except Exception:
        return (reply,) * len(rows)
    return told if len(told) == len(rows) else (reply,) * len(rows)


def spoiled(replies: Sequence[Reply], shape: Shape) -> bool:
    """Was a request refused as a whole, though perhaps for one of its rows only?"""
    whole = len(replies) > 1 and all(isinstance(each, Refused) and each.status in SPOILED for each in replies)
    return shape.alone and whole
