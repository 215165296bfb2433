"""A database is brought up to date step by step, once, and never touched by a program that does not know it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from placet.errors import Busy
from placet.stores.open import migrate, open_stores
from placet.stores.sql.migrate import Migration, SchemaMismatch, check, known_steps, missing_steps
from placet.stores.sql.postgres.dialect import WORDS
from placet.stores.sql.sqlite import dialect as sqlite

ROWS = [(step.number, step.name, step.digest) for step in known_steps()]


def test_steps_are_numbered_and_no_number_is_used_twice():
    numbers = [step.number for step in known_steps()]
    assert numbers[:7] == list(range(1, 8))
    assert numbers == sorted(set(numbers))


def test_an_up_to_date_database_lacks_nothing():
    assert missing_steps(ROWS) == []


@pytest.mark.parametrize(
    ("rows", "cure"),
    [
        ([], "placet migrate"),
        ([*ROWS, (9999, "9999_from_the_future", "00")], "upgrade placet"),
        ([(1, "0001_first", "another wording"), *ROWS[1:]], "install the placet that made"),
    ],
)
def test_a_database_of_another_form_is_refused_with_a_cure(rows: list[tuple[int, str, str]], cure: str):
    with pytest.raises(SchemaMismatch, match=cure):
        check(rows)


def test_a_step_is_cut_into_statements_and_spelled_the_engines_way():
    step = Migration(1, "0001_x", "-- a; comment\nCREATE TABLE a (b {bytes});\nINSERT INTO a VALUES ('');\n")
    assert step.statements(WORDS) == ["CREATE TABLE a (b BYTEA)", "INSERT INTO a VALUES ('')"]


async def test_stores_that_were_not_migrated_are_refused(durable_url: str):
    with pytest.raises(SchemaMismatch, match=r"placet migrate|there is no database at"):
        await open_stores(durable_url)


async def test_migrating_tells_its_progress_and_is_done_once(durable_url: str):
    told: list[tuple[str, int, int]] = []
    for _ in range(2):
        await migrate(durable_url, lambda *step: told.append(step))
    steps = known_steps()
    assert told == [(step.name, n, len(steps)) for n, step in enumerate(steps, 1)]


async def test_two_may_migrate_at_once(durable_url: str):
    await asyncio.gather(*(migrate(durable_url) for _ in range(3)))
    await (await open_stores(durable_url)).close()


async def test_a_newer_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "placet.db"
    url = f"sqlite:///{path}"
    await migrate(url)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_steps VALUES (9999, '9999_later', '')")
    for ask in (migrate(url), open_stores(url)):
        with pytest.raises(SchemaMismatch, match="upgrade"):
            await ask


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = Migration(1, "0001_x", "CREATE TABLE a (b {bytes});\nCREATE TABLE a (b {bytes});\n")
    monkeypatch.setattr(sqlite, "missing_steps", lambda applied: [] if list(applied) else [broken])
    with pytest.raises(sqlite3.OperationalError):
        sqlite.migrate(tmp_path / "placet.db", lambda *_: None)
    with closing(sqlite3.connect(tmp_path / "placet.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'a'").fetchall() == []


async def test_a_file_that_is_no_database_is_busy_and_says_so(tmp_path: Path):
    path = tmp_path / "placet.db"
    path.write_text("dear diary" * 1000)
    for ask in (open_stores(f"sqlite:///{path}"), migrate(f"sqlite:///{path}")):
        with pytest.raises(Busy, match="not a database"):
            await ask


async def test_a_server_that_is_not_there_is_busy(tmp_path: Path):
    url = f"postgresql://postgres@/x?host={tmp_path}"
    for ask in (open_stores(url), migrate(url)):
        with pytest.raises(Busy):
            await ask


@pytest.mark.parametrize("url", ["mysql://x", "placet.db", ""])
async def test_an_unknown_address_is_named(url: str):
    for ask in (open_stores(url), migrate(url)):
        with pytest.raises(ValueError, match="no store is called"):
            await ask
