"""Rows of one lane share a request, nobody's events overtake each other, and each row gets its own answer."""

import pytest
from msgspec import json

from placet.consent.sending import DestinationSetting, DestinationType
from placet.outputs.batch import packed, replies_of, row_of, spoiled
from placet.outputs.shape import Item, Refused, Row, Sent, Shape, Shaped, TryAgain, Unfit, Way, alike

TWO = (Row(1), Row(2))
WAY = Way(DestinationSetting("d", "D"), url="https://d.example/")


def lined(rows, way, now):
    return Shaped(way.url, (), json.encode([row.value for row in rows]))


def a_shape(most=3, row=lambda item, way: Row(item.document), replies=alike, **more) -> Shape:
    return Shape(DestinationType("d", "for tests"), row, lined, most, replies=replies, **more)


def rows(*said: str) -> list[tuple[bytes, Row]]:
    """`a1/x` is row 1 of the queue a in the lane x."""
    return [(one[0].encode(), Row(one, (one.partition("/")[2],))) for one in said]


@pytest.mark.parametrize("given, requests", [
    ([], []),
    (["a1", "b1", "a2"], [["a1", "b1", "a2"]]),
    (["a1", "a2", "a3", "a4"], [["a1", "a2", "a3"], ["a4"]]),
    (["a1/x", "b1/y", "c1/x"], [["a1/x", "c1/x"], ["b1/y"]]),
    (["a1/x", "a2/y", "b1/y"], [["a1/x"], ["b1/y"]]),
    (["a1/x", "a2/y", "a3/x", "b1/x"], [["a1/x", "b1/x"]]),
])  # fmt: skip
def test_rows_go_as_far_as_one_lane_leads(given, requests):
    parcels = packed(rows(*given), a_shape(), WAY, 0)
    assert [json.decode(parcel.request.body) for parcel in parcels] == requests
    assert [[given[place] for place in parcel.places] for parcel in parcels] == requests


def test_a_shape_that_stumbles_over_an_event_has_no_place_for_it():
    shape = a_shape(row=lambda item, way: Row(item.document["absent"]))
    assert row_of(Item("1", {}, 0), shape, WAY) == Unfit("the shape of d stumbled over it (KeyError: 'absent')")


def test_each_row_gets_what_the_shape_reads_from_the_answer():
    shape = a_shape(replies=lambda reply, rows: (reply, Refused("bad row")))
    assert replies_of(Sent(200), TWO, shape) == (Sent(200), Refused("bad row"))


@pytest.mark.parametrize("replies", [lambda reply, rows: (), lambda reply, rows: json.decode(b"{")])
def test_an_answer_that_the_shape_cannot_read_holds_for_all(replies):
    assert replies_of(TryAgain("x"), TWO, a_shape(replies=replies)) == (TryAgain("x"), TryAgain("x"))


def test_a_request_is_no_longer_than_the_destination_takes():
    parcels = packed(rows("aaaa", "bbbb", "cccc", "d" * 40, "eeee"), a_shape(most=9, bytes=14), WAY, 0)
    assert [parcel.places for parcel in parcels] == [(0, 1), (2,), (3,), (4,)]


@pytest.mark.parametrize("replies, alone, expected", [
    ([Refused("x", 400)] * 2, True, True),
    ([Refused("x", 413)] * 2, True, True),
    ([Refused("x", 400)] * 2, False, False),
    ([Refused("x", 400)], True, False),
    ([Refused("x", 401)] * 2, True, False),
    ([Refused("x", 400), Sent(200)], True, False),
])  # fmt: skip
def test_rows_go_by_themselves_where_one_may_have_spoiled_the_others(replies, alone, expected):
    assert spoiled(replies, a_shape(alone=alone)) is expected
