"""Loads rows into an external PostgreSQL: creates missing schema and tables, and inserts each row once.

Rules: the rows of one delivery are one transaction · rows are identified by id, so that a repetition adds nothing ·
failures are returned as a reply.
"""

import asyncio
from typing import Any, Final

import asyncpg

from placet.outputs.destination import Rejected, Reply, Sent, TableDelete, TableRows, TryAgain
from placet.outputs.warehouse.tables import TABLES, Column, ColumnType

TYPES: Final = {ColumnType.TEXT: "text", ColumnType.TIME: "timestamptz", ColumnType.JSON: "jsonb"}
DATA: Final = {
    "21": "a row does not fit the statement",
    "22": "a value the column cannot hold",
    "23": "a constraint of the table",
    "27": "a trigger",
    "44": "a check option of a view",
    "54": "a value beyond a limit of the database, such as an id too long for its index",
    "P0": "a trigger",
}
"""Classes of SQLSTATE that blame the data, with their meaning (PostgreSQL, "Error Codes", appendix A).

All others (connections, privileges, missing tables, locks, resources, operator intervention, server faults) can pass or
be fixed by an operator, so they are retried.
"""
NOT_SENT: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
UNSUPPORTED_TYPE: Final = 422
DONE: Final = 200
FOUND_BY: Final = ("user_id", "anonymous_id", "happened_at")


async def load(work: TableRows | TableDelete, seconds: float) -> Reply:
    """Insert or delete, within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            connection = await asyncpg.connect(work.dsn, timeout=seconds)
            try:
                async with connection.transaction():
                    await (insert(work, connection) if isinstance(work, TableRows) else delete(work, connection))
            finally:
                await connection.close(timeout=seconds)
    except NOT_SENT as why:
        return told(why)
    except ValueError:
        return TryAgain("the address of the database cannot be read")
    return Sent(DONE)


def told(why: Exception) -> Reply:
    """The reply for an error: Rejected where the data can never be stored, else TryAgain."""
    state = getattr(why, "sqlstate", None) or ""
    if isinstance(why, asyncpg.DataError) or state[:2] in DATA:
        stopped = DATA.get(state[:2], DATA["22"])
        return Rejected(f"the database cannot take it: {stopped} ({state or type(why).__name__})", UNSUPPORTED_TYPE)
    return TryAgain(f"the database did not take it ({type(why).__name__})")


async def insert(rows: TableRows, connection: Any) -> None:
    """Insert rows into their tables."""
    if await connection.fetchval("SELECT to_regclass($1)", f"{rows.schema}.aliases") is None:
        await connection.execute(layout(rows.schema))
    for table, values in rows.tables.items():
        await connection.executemany(statement(rows.schema, table), values)


async def delete(deletion: TableDelete, connection: Any) -> None:
    """Delete all rows about the given users and devices from every table that exists."""
    for table in TABLES:
        if await connection.fetchval("SELECT to_regclass($1)", f"{deletion.schema}.{table}") is None:
            continue
        text = f"DELETE FROM {deletion.schema}.{table} WHERE user_id = ANY($1) OR anonymous_id = ANY($2)"  # noqa: S608 - a checked name
        await connection.execute(text, list(deletion.users), list(deletion.devices))


def layout(schema: str) -> str:
    """The statements that create schema and tables. A lock serializes servers that run them at the same time."""
    lines = [f"SELECT pg_advisory_xact_lock(hashtext('placet {schema}'))", f"CREATE SCHEMA IF NOT EXISTS {schema}"]
    for table, columns in TABLES.items():
        described = ", ".join(f"{column.name} {type_of(column)}" for column in columns)
        lines.append(f"CREATE TABLE IF NOT EXISTS {schema}.{table} ({described})")
        lines += [f"CREATE INDEX IF NOT EXISTS {table}_{name} ON {schema}.{table} ({name})" for name in FOUND_BY]
    return ";\n".join(lines)


def type_of(column: Column) -> str:
    """The column's type and constraints."""
    key = " PRIMARY KEY" if column.name == "id" else " NOT NULL" if column.required else ""
    return TYPES[column.type] + key


def statement(schema: str, table: str) -> str:
    """The statement that inserts one row, if its id is not stored yet."""
    columns = TABLES[table]
    places = ", ".join(place(at, column) for at, column in enumerate(columns, 1))
    names = ", ".join(column.name for column in columns)
    return f"INSERT INTO {schema}.{table} ({names}) VALUES ({places}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 - checked names


def place(at: int, column: Column) -> str:
    """The placeholder of a value; a time is given in epoch ms."""
    return f"to_timestamp(${at}::bigint / 1000.0)" if column.type is ColumnType.TIME else f"${at}::{TYPES[column.type]}"
