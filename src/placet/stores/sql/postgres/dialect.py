"""What PostgreSQL spells its own way: connections, types, locks, and what its errors mean to us."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg

from placet.errors import Busy
from placet.stores.sql.group_commit import Unanswered
from placet.stores.sql.migrate import APPLIED, NOTE_STEP, STEPS_TABLE, Migration, Progress, check, missing_steps
from placet.stores.sql.statements import ExecuteMany, Statements

T = TypeVar("T")

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"

WORDS: Final = {
    "bytes": "BYTEA",
    "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "clustered": "",
    "exact": 'COLLATE "C"',
}

SETTINGS: Final = {
    "application_name": "placet",
    # Whatever the server's default is: an acknowledged save is on its disk.
    "synchronous_commit": "on",
    # All our statements find rows by index. A plan made while the tables were empty must not scan them when
    # they are full, and planning the keep statement anew each time costs more than running it.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "work_mem": "32MB",
    "jit": "off",
}

LOCK_GROUPS: Final = {"migrate": 0x706C6100, "catalogue": 0x706C6101, "outbox": 0x706C6102, "erase": 0x706C6103}
"""Advisory locks: `pla` and a number, so as not to meet another program's."""

ATTEMPTS: Final = 6

BUSY_TIMEOUT: Final = 5
"""Seconds to wait for a connection."""

STATEMENT_SECONDS: Final = 30.0
"""Seconds after which work is given up: a network that swallows packets must not hold callers for ever."""

REQUEST_SECONDS: Final = 5.0
"""The same for reads, and for work that a request waits for."""

TROUBLE: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""All that the driver raises; the last one when a server dies in the middle of a sentence."""

BUSY_CLASSES: Final = ("08", "25", "53", "54", "55", "57", "58", "XX")
"""SQLSTATE classes that blame the world: connection, read-only, resources (disk full), limits, state, shutdown, I/O."""

RACED: Final = ("40001", "40P01", "23505", "23502")
"""Serialisation failure, deadlock, and the two ways in which a keep notices that another node was first."""


def meaning(error: Exception) -> Exception:
    """What an error of the driver or of the network means to our callers."""
    state = getattr(error, "sqlstate", None)
    if state and state[:2] not in BUSY_CLASSES:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return Busy(f"the database is not available: {error}")


async def attempt(
    pool: "asyncpg.Pool[Any]", work: Callable[[Connection], Awaitable[T]], seconds: float = STATEMENT_SECONDS
) -> T:
    """Do some work on a connection within `seconds`, waiting for the connection included. Raises Busy.

    The one place that tries again, and only what surely did not happen. Work that is late is cancelled without
    waiting for that: asyncpg cancels a statement over a second connection, which a frozen server does not answer.
    """
    task = asyncio.ensure_future(try_repeatedly(pool, work))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if done:
        return task.result()
    task.cancel()
    task.add_done_callback(asyncio.Task.cancelled)
    raise Unanswered(f"the database did not answer within {seconds:g} seconds")


async def try_repeatedly(pool: "asyncpg.Pool[Any]", work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do the work on a connection, again where another transaction was first. Raises Busy."""
    for _ in range(ATTEMPTS):
        try:
            async with pool.acquire(timeout=BUSY_TIMEOUT) as connection:
                return await work(connection)
        except TROUBLE as error:
            if getattr(error, "sqlstate", None) not in RACED:
                raise meaning(error) from error
    raise Busy(f"other nodes were faster {ATTEMPTS} times")


async def run(connection: Connection, statements: Statements[T]) -> T:
    """Run a story inside whatever transaction is open. Raises what the story raises, and the driver's errors."""
    try:
        step = next(statements)
        while True:
            if isinstance(step, ExecuteMany):
                await connection.executemany(step.sql, step.rows)
                step = statements.send([])
                continue
            step = statements.send([tuple(row) for row in await connection.fetch(step.sql, *step.values)])
    except StopIteration as end:
        answer: T = end.value
        return answer


async def leave_as_is(connection: Connection) -> None:
    """Nothing to undo when a connection goes back to the pool: we never change a session's state.

    The driver's own reset would cost a round trip each time.
    """


async def connect(url: str, size: int, retry_policy: float | None = None) -> "asyncpg.Pool[Any]":
    """A pool of connections; a statement may take `retry_policy` seconds (None: as long as it likes). Raises Busy."""
    try:
        pool: asyncpg.Pool[Any] = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=BUSY_TIMEOUT,
            command_timeout=retry_policy,
            server_settings=SETTINGS,
            reset=leave_as_is,
        )
    except TROUBLE as error:
        raise meaning(error) from error
    return pool


async def migrate(url: str, progress: Progress) -> None:
    """Take the missing steps, each in its own transaction, one migrating process at a time. Raises SchemaMismatch."""
    pool = await connect(url, 1)
    try:
        async with pool.acquire() as connection:
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK_GROUPS["migrate"])
            await connection.execute(STEPS_TABLE)
            missing = missing_steps([tuple(row) for row in await connection.fetch(APPLIED)])
            for done, step in enumerate(missing, 1):
                await take_step(connection, step)
                progress(step.name, done, len(missing))
    except TROUBLE as error:
        raise meaning(error) from error
    finally:
        await asyncio.wait_for(pool.close(), 10)


async def take_step(connection: Connection, step: Migration) -> None:
    """Change the schema and write down that it was changed, together."""
    async with connection.transaction():
        for statement in step.statements(WORDS):
            await connection.execute(statement)
        await connection.execute(NOTE_STEP, step.number, step.name, step.digest)


async def check_schema(pool: "asyncpg.Pool[Any]") -> None:
    """Return when this program can work with the database. Raises SchemaMismatch and Busy."""

    async def look(connection: Connection) -> list[tuple[Any, ...]]:
        there = await connection.fetchval("SELECT to_regclass('schema_steps')")
        return [tuple(row) for row in await connection.fetch(APPLIED)] if there else []

    check(await attempt(pool, look))
