"""A warehouse in PostgreSQL: a table for each event type; an event is stored once however often it is sent.

Results: rows stored · a server that is unreachable, busy or lacks a table: retried · a row that PostgreSQL cannot
store: that row alone is given up.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    Outgoing,
    OutgoingEvent,
    Payload,
    TableDelete,
    TableRows,
    UnsupportedEvent,
)
from placet.outputs.warehouse.tables import by_table, record
from placet.settings.connections import DestinationType

SCHEMA: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class PostgresqlOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    schema: str = "placet"

    def __post_init__(self) -> None:
        """A schema name must need no quotes. Raises ValueError, which msgspec makes a ValidationError."""
        if not SCHEMA.fullmatch(self.schema):
            raise ValueError("a schema's name has small letters, digits and underscores, at most 63")


TYPE: Final = DestinationType(
    name="postgresql",
    about="a warehouse in PostgreSQL: tables `tracks`, `identifies`, `pages`, …",
    options=PostgresqlOptions,
    meanings={"schema": "the schema that holds the tables; both are made when they are not there"},
    url="postgresql:",
    secrets={"": "the address with user and password, postgresql://USER:PASSWORD@HOST/DATABASE"},
    needs=("",),
)


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload | UnsupportedEvent:
    """A row of one of the tables."""
    made = record(item)
    return made if isinstance(made, UnsupportedEvent) else Payload(made)


def request(rows: Sequence[Payload], config: DestinationConfig, now: int) -> Outgoing:
    """All rows of all tables, in one transaction."""
    return TableRows(config.secret(), config.options.schema, by_table(list(rows), now))


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[Outgoing, ...]:
    """Delete the person's rows from every table."""
    users, devices = asked.users, asked.devices
    return (TableDelete(config.secret(), config.options.schema, users, devices),) if users or devices else ()


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    most=5000,
    alone=True,
    in_order=False,
    gathers=2,
    forget=forget,
    forgets="deletes their rows from every table, by user id and anonymous id",
)
