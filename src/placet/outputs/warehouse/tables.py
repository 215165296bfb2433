"""The tables of a warehouse: one for each event type, with few columns; all other fields are JSON.

Rules: a column is never renamed or removed · `id` identifies one event on one connection and is the same on each try,
so that a repetition is recognised · times are UTC.
"""

import re
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, json

from placet.outputs.destination import OutgoingEvent, Payload, UnsupportedEvent
from placet.outputs.event_parts import anonymous, at, kind, text, unsupported, user

NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The character U+0000 as JSON spells it: PostgreSQL cannot store it."""


class ColumnType(StrEnum):
    """The type of a column's values."""

    TEXT = "text"
    TIME = "time"
    """Epoch ms here; a timestamp with time zone in the warehouse."""
    JSON = "json"
    """An object as JSON text."""


class Column(Struct, frozen=True):
    """One column; `required` ones are never empty."""

    name: str
    type: ColumnType
    meaning: str
    required: bool = False


COMMON: Final = (
    Column("id", ColumnType.TEXT, "one event on one connection; two rows with the same id are the same event", True),
    Column("message_id", ColumnType.TEXT, "the id that its sender gave the event"),
    Column("happened_at", ColumnType.TIME, "when it happened, by our clock", True),
    Column("loaded_at", ColumnType.TIME, "when it was sent here", True),
    Column("user_id", ColumnType.TEXT, "who it was, where they were known"),
    Column("anonymous_id", ColumnType.TEXT, "on which device"),
    Column("purposes", ColumnType.TEXT, "what the person agreed to at that moment, with a comma between", True),
    Column("context", ColumnType.JSON, "where it came from: page, app, device, campaign, consent"),
)
PROPERTIES: Final = Column("properties", ColumnType.JSON, "what was said about it")
TRAITS: Final = Column("traits", ColumnType.JSON, "what was said about the person or group")

TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "tracks": (*COMMON, Column("event", ColumnType.TEXT, "what happened"), PROPERTIES),
    "identifies": (*COMMON, TRAITS),
    "pages": (*COMMON, Column("name", ColumnType.TEXT, "the page's name"), PROPERTIES),
    "screens": (*COMMON, Column("name", ColumnType.TEXT, "the screen's name"), PROPERTIES),
    "groups": (*COMMON, Column("group_id", ColumnType.TEXT, "which group"), TRAITS),
    "aliases": (*COMMON, Column("previous_id", ColumnType.TEXT, "what the person was known as before")),
}
"""Every table and its columns, in order."""

TABLE_OF: Final = {
    "track": "tracks",
    "identify": "identifies",
    "page": "pages",
    "screen": "screens",
    "group": "groups",
    "alias": "aliases",
}


class Record(Struct, frozen=True):
    """A row of a table, values in column order; `loaded_at` is set when the row is sent."""

    table: str
    values: tuple[Any, ...]
    at: int


LOADED: Final = tuple(column.name for column in COMMON).index("loaded_at")


def record(item: OutgoingEvent) -> Record | UnsupportedEvent:
    """The event as a row, or the reason why no table takes it."""
    document = item.document
    table = TABLE_OF.get(kind(document))
    if table is None:
        return unsupported(document)
    own = {
        "id": item.id,
        "message_id": text(document.get("messageId")),
        "happened_at": item.at,
        "user_id": user(document),
        "anonymous_id": anonymous(document),
        "purposes": ",".join(sorted(item.granted)),
        "context": as_json(at(document, "context")),
        "event": text(document.get("event")),
        "name": text(document.get("name")),
        "group_id": text(document.get("groupId")),
        "previous_id": text(document.get("previousId")),
        "properties": as_json(document.get("properties")),
        "traits": as_json(document.get("traits")),
    }
    return Record(table, tuple(cell(own.get(column.name), column) for column in TABLES[table]), item.at)


def cell(value: Any, column: Column) -> Any:
    """A value for its column: no empty text in an optional column, no U+0000."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "�") or ("" if column.required else None)


def as_json(value: Any) -> str | None:
    """An object as JSON text, None for every other value."""
    if not isinstance(value, dict):
        return None
    return NUL.sub(r"\1\\ufffd", json.encode(value).decode())


def loaded(record: Record, now: int) -> tuple[Any, ...]:
    """The values of the row with `now` (epoch ms) as `loaded_at`."""
    return (*record.values[:LOADED], now, *record.values[LOADED + 1 :])


def by_table(rows: list[Payload], now: int) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Rows grouped by table, each with its `loaded_at`."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row.value.table, []).append(loaded(row.value, now))
    return {table: tuple(each) for table, each in found.items()}
