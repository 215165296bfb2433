"""Malformed JSON anywhere in a batch: all of it is refused, or that item alone is spoilt and the rest is kept."""

import json
from typing import Final

import pytest

from tests.api.node_context import Server
from tests.api.segment.test_routes import agreed, batches, send

ITEMS: Final = [
    {"type": "track", "event": "A", "userId": f"u{n}", "messageId": f"m{n}", "context": agreed("C0002"),
     "properties": {"text": "für 3 €", "list": [1, 2.5, None, True], "deep": {"a": {"b": "c"}}}}
    for n in range(3)
]  # fmt: skip
BODY: Final = json.dumps({"batch": ITEMS}, ensure_ascii=False).encode()
MIDDLE: Final = range(BODY.index(b'"u1"') - 30, BODY.index(b'"m2"') - 60)
"""Places within the second item."""

DAMAGE: Final = {
    "cut off here": lambda at: BODY[:at],
    "no UTF-8": lambda at: BODY[:at] + b"\xff" + BODY[at + 1 :],
    "half a character": lambda at: BODY[:at] + b"\xc3" + BODY[at + 1 :],
    "a control character": lambda at: BODY[:at] + b"\x01" + BODY[at + 1 :],
    "a quote too many": lambda at: BODY[:at] + b'"' + BODY[at:],
    "a brace too many": lambda at: BODY[:at] + b"}" + BODY[at:],
    "a letter is missing": lambda at: BODY[:at] + BODY[at + 1 :],
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_what_cannot_be_read_in_an_item_spoils_that_item_alone(server: Server, damage: str) -> None:
    for at in MIDDLE:
        events = server.node.context.stores.events
        events.batches.clear()
        events.names.clear()
        status = (await send(server, "/v1/batch", DAMAGE[damage](at))).status
        kept = {event.id for stored_batch in batches(server) for event in stored_batch.events}
        assert (status, kept >= {"m0", "m2"}) in {(200, True), (400, False)}, (at, DAMAGE[damage](at))
        assert status == 400 or len(kept) + sum(len(one.dropped) for one in batches(server)) == 3
