"""The tables of a warehouse: one for each sort of event, few columns of its own, everything else as JSON.

House rules: a column is never renamed nor taken away · `id` names one event on one connection, the same each time it is
sent, so that a repetition is recognised · times are UTC.
"""

import re
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, json

from placet.outputs.destination import OutgoingEvent, Payload, UnsupportedEvent
from placet.outputs.event_parts import anonymous, at, kind, text, unsupported, user

NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The one character that databases refuse, as JSON spells it."""


class ColumnType(StrEnum):
    """What a column holds."""

    TEXT = "text"
    TIME = "time"
    """Epoch ms here; a timestamp with time zone there."""
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
    """A row of a table, its values in the order of the columns; `loaded_at` is filled in when it goes."""

    table: str
    values: tuple[Any, ...]
    at: int


LOADED: Final = tuple(column.name for column in COMMON).index("loaded_at")


def record(item: OutgoingEvent) -> Record | UnsupportedEvent:
    """The event as a row."""
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
    """A value as its column takes it: no empty text where there may be none, no character that databases refuse."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "�") or ("" if column.required else None)


def as_json(value: Any) -> str | None:
    """An object as JSON text, None where there is none."""
    if not isinstance(value, dict):
        return None
    return NUL.sub(r"\1\\ufffd", json.encode(value).decode())


def loaded(record: Record, now: int) -> tuple[Any, ...]:
    """The row, with the moment at which it goes."""
    return (*record.values[:LOADED], now, *record.values[LOADED + 1 :])


def by_table(rows: list[Payload], now: int) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Rows by the table they belong to, ready to go."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row.value.table, []).append(loaded(row.value, now))
    return {table: tuple(each) for table, each in found.items()}
