"""An alias request becomes an event: two users of mParticle's are one person's (mparticle.md §2.5, §5.3)."""

from typing import Any, Final

import msgspec
from msgspec import Raw

from placet.api.mparticle.batches import BatchContext, BatchEvents
from placet.api.mparticle.names import mpid_of
from placet.events.clock_skew import FARTHEST, iso
from placet.events.event import Event, EventKind, Identity
from placet.formats.errors import Malformed

NINETY_DAYS: Final = 90 * 86_400_000


def read_alias(body: bytes, arrival: BatchContext) -> BatchEvents:
    """The request as an event about the user who remains. Consent is never carried along. Raises Malformed."""
    said = opened(body)
    data: dict[str, Any] = said["data"] if isinstance(said.get("data"), dict) else {}
    source, destination = mpid_of(data.get("source_mpid")), mpid_of(data.get("destination_mpid"))
    if not source or not destination:
        raise Malformed("source_mpid or destination_mpid is missing", "name both users")
    if source == destination:
        raise Malformed("source_mpid and destination_mpid are the same", "name two users")
    start = moment(data.get("start_unixtime_ms"), arrival.received - NINETY_DAYS)
    end = moment(data.get("end_unixtime_ms"), arrival.received)
    if start > end:
        raise Malformed("start_unixtime_ms lies after end_unixtime_ms", "turn the times round")
    id = said.get("request_id")
    return BatchEvents((event_of(id if isinstance(id, str) and id else arrival.new_id(), data, arrival),))


def event_of(id: str, data: dict[str, Any], arrival: BatchContext) -> Event:
    """The event."""
    at = iso(arrival.received)
    source, destination = mpid_of(data["source_mpid"]), mpid_of(data["destination_mpid"])
    fields: dict[str, Any] = {
        "type": EventKind.ALIAS.value,
        "event_type": "alias",
        "messageId": id,
        "timestamp": at,
        "receivedAt": at,
        "userId": destination,
        "previousId": source,
        "mpid": destination,
        "data": Raw(msgspec.json.encode(data)),
    }
    identities = (Identity("mpid", destination),)
    return Event(
        id, "", EventKind.ALIAS, arrival.received, arrival.received, fields, genre="alias", identities=identities
    )


def opened(body: bytes) -> dict[str, Any]:
    """The request as an object. Raises Malformed."""
    try:
        body.decode()
        said = msgspec.json.decode(body)
    except (ValueError, RecursionError) as why:
        raise Malformed("this is not JSON", "send JSON in UTF-8") from why
    if not isinstance(said, dict):
        raise Malformed("this is not an object", "send one alias request")
    return said


def moment(said: Any, otherwise: int) -> int:
    """A time in epoch ms, or what counts where none is said. Raises Malformed."""
    if said is None:
        return otherwise
    if type(said) is not int or not 0 <= said <= FARTHEST:
        raise Malformed("a time is no time", "write epoch milliseconds")
    return said
