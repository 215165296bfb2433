"""An error that blames the data is told from one that passes, by table, and one bad row never stops its neighbours."""

from uuid import uuid4

import asyncpg
import pytest

from placet.outputs.delivery.batching import halves, request_batches, spoiled
from placet.outputs.delivery.circuit_breaker import CLOSED
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Sent,
    TableRows,
    TryAgain,
)
from placet.outputs.destinations import parquet, postgresql
from placet.outputs.registry import OWN, config_for
from placet.outputs.transport.http_send import replied
from placet.outputs.transport.postgres_load import DATA, load, told
from placet.settings.connections import DestinationSetting, DestinationType
from tests.stores.servers import Postgres

WAY = DestinationConfig(DestinationSetting("d", "D"), url="https://d.example/")
PASSING = ["08006", "0A000", "25006", "28P01", "3D000", "3F000", "40001", "42501", "42P01", "53100", "53300", "55P03",
           "57014", "57P01", "58030", "72000", "F0000", "HV000", "XX000", "XX001"]  # fmt: skip
BLAMING = ["21000", "22001", "22003", "22021", "22P02", "22P05", "23502", "23505", "23514", "27000", "44000", "54000",
           "54001", "P0001"]  # fmt: skip


NEVER_SAY = ("slack", "webhook", "google-analytics", "postgresql")
"""Those whose 401 and 403 are final, or that answer none (see the head of each file)."""
ASKED = [one for one in OWN if one.type.name not in NEVER_SAY]


def error(state: str) -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new({"C": state, "M": "no"})


@pytest.mark.parametrize("state", BLAMING)
def test_a_state_that_blames_the_data_is_never_tried_again(state: str) -> None:
    reply = told(error(state))
    assert reply == Rejected(f"the database cannot take it: {DATA[state[:2]]} ({state})", 422)


@pytest.mark.parametrize("state", PASSING)
def test_a_state_that_passes_is_tried_again(state: str) -> None:
    assert isinstance(told(error(state)), TryAgain)


@pytest.mark.parametrize("destination", OWN, ids=lambda destination: destination.type.name)
@pytest.mark.parametrize("status, kind", [
    (200, Sent), (204, Sent), (301, Rejected), (400, Rejected), (408, TryAgain), (413, Rejected), (422, Rejected),
    (425, TryAgain), (429, TryAgain), (500, TryAgain), (502, TryAgain), (503, TryAgain), (504, TryAgain),
])  # fmt: skip
def test_every_destination_tells_bad_data_from_what_passes(destination: Destination, status: int, kind: type) -> None:
    if destination.type.name == "parquet" and status == 301:
        kind = TryAgain
    rows = (Payload(("events", {}), ("/import",)), Payload(("events", {}), ("/import",)))
    assert {type(one) for one in destination.replies(replied(status, ""), rows)} == {kind}


@pytest.mark.parametrize(
    "destination", [one for one in OWN if one.most > 1], ids=lambda destination: destination.type.name
)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_every_destination_of_many_rows_isolates_the_bad_one(destination: Destination, status: int) -> None:
    rows = (Payload(("events", {}), ("/import",)), Payload(("events", {}), ("/import",)))
    assert spoiled(destination.replies(replied(status, ""), rows), destination)


@pytest.mark.parametrize("destination", ASKED, ids=lambda destination: destination.type.name)
@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_an_operator_can_mend_are_tried_again(destination: Destination, status: int) -> None:
    assert isinstance(destination.replies(replied(status, ""), (Payload(("events", {}), ("/import",)),))[0], TryAgain)


def test_data_errors_do_not_open_the_breaker() -> None:
    breakers = CircuitBreakers()
    for _ in range(100):
        breakers.record_reply(("o", "w", "d"), told(error("54000")), 1)
    assert breakers.open.get(("o", "w", "d"), CLOSED) == CLOSED


def writes(rows, config, now):
    if "bad" in [row.value for row in rows]:
        raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")
    return HttpRequest(config.url, (), b"")


def test_a_row_of_which_no_request_can_be_made_stands_alone() -> None:
    destination = Destination(
        DestinationType("d", "for tests"), lambda item, config: Payload(1), writes, 100, alone=True
    )
    rows = [(b"q", Payload("bad" if at == 37 else "good")) for at in range(64)]
    batches = request_batches(rows, destination, WAY, 0)
    refused = [one for one in batches if isinstance(one.request, Rejected)]
    assert [one.places for one in refused] == [(37,)]
    assert sorted(at for one in batches for at in one.places) == list(range(64))
    assert len(batches) == 7


async def settled(rows: list[Payload], places: tuple[int, ...], config: DestinationConfig) -> dict[int, object]:
    """What becomes of rows, halved where the database refuses them as a whole."""
    request = postgresql.request([rows[at] for at in places], config, 1)
    assert isinstance(request, TableRows)
    reply = await load(request, 10)
    answers = postgresql.DESTINATION.replies(reply, [rows[at] for at in places])
    if not spoiled(answers, postgresql.DESTINATION):
        return dict(zip(places, answers, strict=True))
    found: dict[int, object] = {}
    for part in halves(rows, places, postgresql.DESTINATION, config, 1):
        found |= await settled(rows, part.places, config)
    return found


async def test_one_id_too_long_for_an_index_stops_no_other_row(postgres: Postgres) -> None:
    dsn = postgres.create(f"d{uuid4().hex}")
    config = config_for(postgresql.DESTINATION, DestinationSetting("w", "W", "", "postgresql"), {"": dsn.encode()})
    long = "".join(uuid4().hex for _ in range(104))
    names = [long if at == 150 else f"u{at}" for at in range(301)]
    items = [
        OutgoingEvent(f"d{at}", {"type": "track", "event": "e", "userId": name}, at) for at, name in enumerate(names)
    ]
    rows = [row for item in items if isinstance(row := postgresql.row(item, config), Payload)]
    became = await settled(rows, tuple(range(301)), config)
    assert {at for at, reply in became.items() if reply != Sent(200)} == {150}
    assert became[150] == Rejected(f"the database cannot take it: {DATA['54']} (54000)", 422)
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM placet.tracks") == 300
    await connection.close()


def test_a_bucket_that_refuses_a_file_gets_it_in_halves() -> None:
    assert parquet.DESTINATION.alone
