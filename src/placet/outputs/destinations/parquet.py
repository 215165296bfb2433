"""A warehouse in Parquet files, on disk or in an S3-compatible bucket: a file for each table, day and minute.

Needs the extra `placet[parquet]`. Files are stored under TABLE/date=YYYY-MM-DD/, so that engines prune by day; a file's
name is derived from the ids in it, so that the same events sent again overwrite it. Events sent again in a different
batch are in two files: read `SELECT DISTINCT ON (id)`.
Facts for S3: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and …/sig-v4-header-based-auth.html.
Responses: 200 stored · 403, 404 (keys and buckets can be fixed), 408, 429, 5xx and a full disk are retried.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    FileWrite,
    Outgoing,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.transport.s3 import Keys, put
from placet.outputs.warehouse.parquet import written
from placet.outputs.warehouse.tables import loaded, record
from placet.settings.connections import DestinationType

FOLDER: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
MENDABLE: Final = (301, 401, 403, 404)


class ParquetOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    folder: str = "events"
    bucket: str = ""
    region: str = "us-east-1"
    access_key_id: str = ""

    def __post_init__(self) -> None:
        """The path must stay inside its folder. Raises ValueError, which msgspec makes a ValidationError."""
        if not FOLDER.fullmatch(self.folder):
            raise ValueError("a folder is written like a/b, of letters, digits, '-', '_' and '.'")


TYPE: Final = DestinationType(
    name="parquet",
    about="a warehouse in Parquet files, on the server's disk or in a bucket that speaks S3",
    options=ParquetOptions,
    meanings={
        "folder": "where the tables lie, below the server's warehouse folder or in the bucket",
        "bucket": "the bucket; on the server's disk when left out",
        "region": "the bucket's region",
        "access_key_id": "the id of the access key",
    },
    url="https://s3.amazonaws.com",
    secrets={"": "the secret access key, for a bucket"},
)


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload | UnsupportedEvent:
    """A row of one of the tables; rows of one table and day share a file."""
    made = record(item)
    if isinstance(made, UnsupportedEvent):
        return made
    return Payload(made, (made.table, datetime.fromtimestamp(made.at / 1000, UTC).date().isoformat()))


def request(rows: Sequence[Payload], config: DestinationConfig, now: int) -> Outgoing:
    """One file, to be written to disk or uploaded."""
    table, day = rows[0].batch_key
    ids = sorted(each.value.values[0] for each in rows)
    name = blake2b("\n".join(ids).encode(), digest_size=16).hexdigest()
    path = f"{config.options.folder}/{table}/date={day}/{name}.parquet"
    body = written(table, [loaded(each.value, now) for each in rows])
    if not config.options.bucket:
        return FileWrite(path, body)
    keys = Keys(config.options.access_key_id, config.secret(), config.options.region)
    return put(
        f"{config.url.rstrip('/')}/{config.options.bucket}/{quote(path)}", body, keys, now, loopback=config.to.loopback
    )


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """A file is stored as a whole or not at all, so all rows get one reply. What an operator can fix is retried."""
    if isinstance(reply, Rejected) and reply.status in MENDABLE:
        reply = TryAgain(f"{reply.why}: look at the bucket and its keys", None, reply.status)
    return (reply,) * len(rows)


DESTINATION: Final = Destination(TYPE, row, request, most=5000, replies=replies, alone=True, in_order=False, gathers=60)
