"""Rows of one lane share a request, nobody's events overtake each other, and each row gets its own answer."""

import pytest
from msgspec import json

from placet.outputs.delivery.batching import payload_of, replies_of, request_batches, spoiled
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Sent,
    TryAgain,
    UnsupportedEvent,
    same_reply,
)
from placet.settings.connections import DestinationSetting, DestinationType

TWO = (Payload(1), Payload(2))
WAY = DestinationConfig(DestinationSetting("d", "D"), url="https://d.example/")


def lined(rows, config, now):
    return HttpRequest(config.url, (), json.encode([row.value for row in rows]))


def a_shape(limit=3, row=lambda item, config: Payload(item.document), replies=same_reply, **more) -> Destination:
    return Destination(DestinationType("d", "for tests"), row, lined, limit, replies=replies, **more)


def rows(*said: str) -> list[tuple[bytes, Payload]]:
    """`a1/x` is row 1 of the queue a in the lane x."""
    return [(one[0].encode(), Payload(one, (one.partition("/")[2],))) for one in said]


@pytest.mark.parametrize("given, requests", [
    ([], []),
    (["a1", "b1", "a2"], [["a1", "b1", "a2"]]),
    (["a1", "a2", "a3", "a4"], [["a1", "a2", "a3"], ["a4"]]),
    (["a1/x", "b1/y", "c1/x"], [["a1/x", "c1/x"], ["b1/y"]]),
    (["a1/x", "a2/y", "b1/y"], [["a1/x"], ["b1/y"]]),
    (["a1/x", "a2/y", "a3/x", "b1/x"], [["a1/x", "b1/x"]]),
])  # fmt: skip
def test_rows_go_as_far_as_one_lane_leads(given, requests):
    batches = request_batches(rows(*given), a_shape(), WAY, 0)
    assert [json.decode(request_batch.request.body) for request_batch in batches] == requests
    assert [[given[place] for place in request_batch.places] for request_batch in batches] == requests


def test_a_shape_that_stumbles_over_an_event_has_no_place_for_it():
    destination = a_shape(row=lambda item, config: Payload(item.document["absent"]))
    assert payload_of(OutgoingEvent("1", {}, 0), destination, WAY) == UnsupportedEvent(
        "the shape of d stumbled over it (KeyError: 'absent')"
    )


def test_each_row_gets_what_the_shape_reads_from_the_answer():
    destination = a_shape(replies=lambda reply, rows: (reply, Rejected("bad row")))
    assert replies_of(Sent(200), TWO, destination) == (Sent(200), Rejected("bad row"))


@pytest.mark.parametrize("replies", [lambda reply, rows: (), lambda reply, rows: json.decode(b"{")])
def test_an_answer_that_the_shape_cannot_read_holds_for_all(replies):
    assert replies_of(TryAgain("x"), TWO, a_shape(replies=replies)) == (TryAgain("x"), TryAgain("x"))


def test_a_request_is_no_longer_than_the_destination_takes():
    batches = request_batches(rows("aaaa", "bbbb", "cccc", "d" * 40, "eeee"), a_shape(limit=9, bytes=14), WAY, 0)
    assert [request_batch.places for request_batch in batches] == [(0, 1), (2,), (3,), (4,)]


@pytest.mark.parametrize("replies, alone, expected", [
    ([Rejected("x", 400)] * 2, True, True),
    ([Rejected("x", 413)] * 2, True, True),
    ([Rejected("x", 400)] * 2, False, False),
    ([Rejected("x", 400)], True, False),
    ([Rejected("x", 401)] * 2, True, False),
    ([Rejected("x", 400), Sent(200)], True, False),
])  # fmt: skip
def test_rows_go_by_themselves_where_one_may_have_spoiled_the_others(replies, alone, expected):
    assert spoiled(replies, a_shape(alone=alone)) is expected
