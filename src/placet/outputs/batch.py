"""Rows on their way to one destination become requests, and the answer to a request becomes an answer to each row."""

from collections.abc import Sequence

from msgspec import Struct

from placet.outputs.shape import Item, Reply, Row, Shape, Shaped, TryAgain, Unfit, Way


class Parcel(Struct, frozen=True):
    """A request, or why none could be made, and the places of the rows it is about."""

    request: Shaped | TryAgain
    places: tuple[int, ...]


def row_of(item: Item, shape: Shape, way: Way) -> Row | Unfit:
    """The event in the destination's words. A shape that stumbles over an event has no place for it."""
    try:
        return shape.row(item, way)
    except Exception as why:
        return Unfit(f"the shape of {shape.type.name} stumbled over it ({type(why).__name__}: {why})")


def packed(rows: Sequence[tuple[bytes, Row]], shape: Shape, way: Way, now: int) -> list[Parcel]:
    """Requests for rows, each given with the queue it waits in; a queue's rows go only as far as one lane leads.

    What no parcel carries must wait until those before it are there.
    """
    first: dict[bytes, tuple[str, ...]] = {}
    lanes: dict[tuple[str, ...], list[int]] = {}
    closed = set()
    for place, (queue, row) in enumerate(rows):
        if first.setdefault(queue, row.lane) != row.lane or queue in closed:
            closed.add(queue)
            continue
        lanes.setdefault(row.lane, []).append(place)
    return [
        Parcel(request_of([rows[place][1] for place in part], shape, way, now), tuple(part))
        for places in lanes.values()
        for part in (places[at : at + shape.most] for at in range(0, len(places), shape.most))
    ]


def request_of(rows: Sequence[Row], shape: Shape, way: Way, now: int) -> Shaped | TryAgain:
    """The request that carries these rows. One that cannot be made may be made after somebody mended the shape."""
    try:
        return shape.request(rows, way, now)
    except Exception as why:
        return TryAgain(f"the shape of {shape.type.name} made no request of it ({type(why).__name__}: {why})")


def replies_of(reply: Reply, shape: Shape, rows: int) -> tuple[Reply, ...]:
    """What became of each row. Where the shape cannot tell, the answer holds for all."""
    try:
        told = shape.replies(reply, rows)
    except Exception:
        return (reply,) * rows
    return told if len(told) == rows else (reply,) * rows
