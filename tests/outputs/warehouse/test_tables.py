"""Events become rows of few tables, go into a real PostgreSQL once, and into files that DuckDB reads."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import duckdb
import pytest
from msgspec.structs import replace

from placet.events.event import Identity
from placet.outputs.delivery.batching import request_batches
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    FileWrite,
    Outgoing,
    OutgoingEvent,
    Payload,
    Rejected,
    Sent,
    TableRows,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.destinations import parquet, postgresql
from placet.outputs.registry import config_for
from placet.outputs.transport.deliver_to import Transport
from placet.outputs.transport.http_send import send
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.outputs.warehouse.tables import TABLES, record
from placet.settings.connections import DestinationSetting
from tests.clients.deployment import PATIENCE
from tests.outputs.receiver import listening
from tests.stores.servers import Postgres

NOW = 1_772_600_000_000
EVENTS: list[dict[str, Any]] = [
    {"type": "track", "event": "Bought", "messageId": "m1", "userId": "ada", "anonymousId": "a1",
     "properties": {"n": 1, "nul": "a\x00b", "slash": "\\u0000"}, "context": {"ip": "203.0.113.7"}},
    {"type": "identify", "messageId": "m2", "userId": "ada", "traits": {"plan": "pro"}},
    {"type": "page", "name": "Cart", "messageId": "m3", "anonymousId": "a1"},
    {"type": "screen", "name": "Home", "messageId": "m4", "anonymousId": "a2"},
    {"type": "group", "groupId": "g1", "messageId": "m5", "userId": "bob", "traits": {"n": 5}},
    {"type": "alias", "previousId": "a1", "messageId": "m6", "userId": "ada"},
]  # fmt: skip
ITEMS = [OutgoingEvent(f"d{n}", event, NOW - 1000 + n, frozenset({"stats", "ads"})) for n, event in enumerate(EVENTS)]


def a_way(destination: Destination, secret: str = "", url: str = "", **options: str) -> DestinationConfig:
    to = DestinationSetting("w", "W", url, destination.type.name, options=options, loopback=bool(url))
    return config_for(destination, to, {"": secret.encode()})


def going(destination: Destination, config: DestinationConfig, items: list[OutgoingEvent] = ITEMS) -> list[Outgoing]:
    rows = [(b"one queue", row) for item in items if isinstance(row := destination.row(item, config), Payload)]
    requests = [request_batch.request for request_batch in request_batches(rows, destination, config, NOW)]
    assert not any(isinstance(one, TryAgain) for one in requests)
    return requests  # type: ignore[return-value]


def transport(folder: Path) -> Transport:
    return Transport(OAuthTokens(send, lambda: NOW), folder, PATIENCE)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.document["type"])
def test_every_sort_of_event_has_a_table_that_its_row_fits(item: OutgoingEvent) -> None:
    made = record(item)
    assert not isinstance(made, UnsupportedEvent)
    assert len(made.values) == len(TABLES[made.table])


def test_another_sort_has_none() -> None:
    assert isinstance(record(OutgoingEvent("d", {"type": "dance"}, 1)), UnsupportedEvent)


@pytest.fixture
async def dsn(postgres: Postgres) -> str:
    return postgres.create(f"w{uuid4().hex}")


async def read(dsn: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_rows_are_in_their_tables_once_however_often_they_are_sent(dsn: str, tmp_path: Path) -> None:
    through, config = transport(tmp_path), a_way(postgresql.DESTINATION, dsn)
    (rows,) = going(postgresql.DESTINATION, config)
    assert [await through(rows) for _ in range(3)] == [Sent(200)] * 3
    for table in TABLES:
        assert await read(dsn, f"SELECT count(*) FROM placet.{table}") == [(1,)]
    said = "event, user_id, purposes, properties->>'n', properties->>'nul', properties->>'slash', context->>'ip'"
    (row,) = await read(dsn, f"SELECT {said}, extract(epoch FROM happened_at) * 1000 FROM placet.tracks")
    assert row[:-1] == ("Bought", "ada", "ads,stats", "1", "a\ufffdb", "\\u0000", "203.0.113.7")
    assert int(row[-1]) == NOW - 1000


async def test_two_servers_may_make_the_tables_at_once(dsn: str, tmp_path: Path) -> None:
    import asyncio

    (rows,) = going(postgresql.DESTINATION, a_way(postgresql.DESTINATION, dsn, schema="events"))
    assert await asyncio.gather(*(transport(tmp_path)(rows) for _ in range(6))) == [Sent(200)] * 6
    assert await read(dsn, "SELECT count(*) FROM events.tracks") == [(1,)]


async def test_somebody_is_deleted_from_every_table(dsn: str, tmp_path: Path) -> None:
    through, config = transport(tmp_path), a_way(postgresql.DESTINATION, dsn)
    asked = ErasureRequest((Identity("user_id", "ada"), Identity("anonymous_id", "a1")), "f", NOW)
    (purge,) = postgresql.forget(asked, config)
    assert await through(purge) == Sent(200)
    (rows,) = going(postgresql.DESTINATION, config)
    await through(rows)
    assert await through(purge) == Sent(200)
    left = [table for table in TABLES if await read(dsn, f"SELECT 1 FROM placet.{table}")]
    assert left == ["screens", "groups"]


async def test_a_row_that_cannot_go_in_is_told_from_a_server_that_is_away(dsn: str, tmp_path: Path) -> None:
    through, config = transport(tmp_path), a_way(postgresql.DESTINATION, dsn)
    (rows,) = going(postgresql.DESTINATION, config, ITEMS[:1])
    assert isinstance(rows, TableRows)
    (broken,) = (replace(rows, tables={"tracks": ((*rows.tables["tracks"][0][:-1], "{"),)}),)
    assert isinstance(await through(broken), Rejected)
    assert isinstance(await through(replace(rows, dsn=dsn + "-absent")), TryAgain)
    assert isinstance(await through(replace(rows, dsn="postgresql://127.0.0.1:1/x")), TryAgain)
    assert isinstance(await through(replace(rows, dsn="nonsense")), TryAgain)


async def test_files_lie_by_table_and_day_and_duckdb_reads_them(tmp_path: Path) -> None:
    through, config = transport(tmp_path), a_way(parquet.DESTINATION, folder="shop/events")
    late = [OutgoingEvent("d9", EVENTS[0], NOW + 86_400_000, frozenset())]
    for leaf in going(parquet.DESTINATION, config, ITEMS + late):
        assert [await through(leaf) for _ in range(2)] == [Sent(200)] * 2
    files = sorted(str(path.relative_to(tmp_path).parent) for path in tmp_path.rglob("*.parquet"))
    assert files[-2:] == ["shop/events/tracks/date=2026-03-04", "shop/events/tracks/date=2026-03-05"]
    assert len(files) == 7
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".parquet"] == []
    columns = "id, event, user_id, purposes, epoch_ms(happened_at), properties->>'n', date::VARCHAR"
    query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = true) ORDER BY id"
    found = duckdb.execute(query, [str(tmp_path / "shop/events/tracks/*/*.parquet")]).fetchall()
    assert found == [
        ("d0", "Bought", "ada", "ads,stats", NOW - 1000, "1", "2026-03-04"),
        ("d9", "Bought", "ada", "", NOW + 86_400_000, "1", "2026-03-05"),
    ]


async def test_a_file_goes_into_a_bucket_by_one_signed_request() -> None:
    async with listening() as (base, heard):
        config = a_way(parquet.DESTINATION, "secret", base, bucket="lake", access_key_id="AK", region="eu-central-1")
        (request,) = going(parquet.DESTINATION, config, ITEMS[:1])
        assert await transport(Path("unused"))(request) == Sent(200, b"{}")
    (put,) = heard
    assert (put.method, put.body[:4], put.body[-4:]) == ("PUT", b"PAR1", b"PAR1")
    assert put.path.startswith("/lake/events/tracks/date%3D2026-03-04/")
    assert put.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AK/20260304/eu-central-1/s3/")


def test_the_same_events_make_the_same_file_and_others_another() -> None:
    config = a_way(parquet.DESTINATION)
    sorts = (ITEMS[:1], ITEMS[:1], [ITEMS[0], ITEMS[0]])
    once, again, other = (going(parquet.DESTINATION, config, items)[0] for items in sorts)
    assert isinstance(once, FileWrite)
    assert isinstance(other, FileWrite)
    assert once == again
    assert once.path != other.path


async def test_a_disk_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("a file where a folder should be")
    (leaf,) = going(parquet.DESTINATION, a_way(parquet.DESTINATION), ITEMS[:1])
    assert isinstance(await transport(tmp_path)(leaf), TryAgain)


@pytest.mark.parametrize("folder", ["../up", "/etc", "a/../b", "a//b", "", ".hidden", "a/."])
def test_no_folder_leads_out_of_the_warehouse(folder: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        a_way(parquet.DESTINATION, folder=folder)


@pytest.mark.parametrize("schema", ["a.b", "x; DROP", "Events", "", "1a"])
def test_no_schema_needs_quotes(schema: str) -> None:
    with pytest.raises(ValueError, match="schema"):
        a_way(postgresql.DESTINATION, schema=schema)
