"""`placet backup`, `placet restore` and `placet verify`: nothing acknowledged is missing, nothing unsound gets in."""

import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from msgspec import json

from placet.app.node import open_app
from placet.cli import run
from placet.config import Config
from placet.settings.api_tokens import ApiToken, Role
from placet.stores.open import open_stores
from placet.stores.sql.sqlite.backups import BadCopy, back_up, bring_back

ROWS = "SELECT count(*) FROM tokens"


@pytest.fixture
def said(capsys, monkeypatch, tmp_path):
    """Carries out a command line in a folder where a server has been."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path / "var"))

    async def serve_once() -> None:
        await (await open_app(Config(data_folder=str(tmp_path / "var"), port=0))).close()

    asyncio.run(serve_once())

    def carry_out(*tokens: object) -> tuple[int, str, str]:
        code = run([str(token) for token in tokens])
        spoken = capsys.readouterr()
        return code, spoken.out, spoken.err

    return carry_out


def token(number: int) -> ApiToken:
    return ApiToken(f"t{number}", "o", "w", "name", frozenset({Role.READ}), number.to_bytes(32), 1, "me", 0, 0)


def fill(path: Path, first: int, count: int) -> None:
    """Write tokens, one acknowledged write after the other."""

    async def use_case() -> None:
        stores = await open_stores(f"sqlite:///{path}")
        for number in range(first, first + count):
            await stores.tokens.add(token(number))
        await stores.close()

    asyncio.run(use_case())


def rows(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return connection.execute(ROWS).fetchone()[0]


async def test_a_backup_of_a_store_in_use_holds_every_acknowledged_write(tmp_path):
    source, target = tmp_path / "var" / "placet.db", tmp_path / "copy.db"
    served = await open_app(Config(data_folder=str(tmp_path / "var"), port=0))
    stores = await open_stores(f"sqlite:///{source}")
    try:
        for number in range(50):
            await stores.tokens.add(token(number))
        writing = asyncio.create_task(write_on(stores, 50))
        done = await asyncio.to_thread(back_up, source, target)
        written = await writing
    finally:
        await stores.close()
        await served.close()
    assert 50 <= rows(target) <= written
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert done.size == target.stat().st_size
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy.db", "var"]


async def write_on(stores, first: int) -> int:
    for number in range(first, first + 30):
        await stores.tokens.add(token(number))
    return first + 30


def test_a_backup_comes_back_as_it_was(said, tmp_path):
    database = tmp_path / "var" / "placet.db"
    fill(database, 0, 3)
    code, told, _ = said("backup", "copy.db")
    assert (code, "verified:" in told, "keep a copy of" in told) == (0, True, True)
    fill(database, 3, 4)
    assert rows(database) == 7
    assert said("restore", "copy.db", "--overwrite")[0] == 0
    assert rows(database) == 3
    assert said("verify")[0] == 0
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_nothing_is_overwritten_unless_said(said, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    code, _, complaint = said("backup", "copy.db")
    assert (code, "--overwrite" in complaint) == (2, True)
    assert (tmp_path / "copy.db").read_text() == "mine"
    assert said("backup", "copy.db", "--overwrite")[0] == 0
    code, _, complaint = said("restore", "copy.db")
    assert (code, "--overwrite" in complaint) == (2, True)
    assert said("backup", "var/placet.db", "--overwrite")[0] == 2


@pytest.mark.parametrize("spoil", ["page", "head", "foreign", "text", "missing"])
def test_an_unsound_backup_is_refused_and_the_store_stays(said, tmp_path, spoil):
    database, copy = tmp_path / "var" / "placet.db", tmp_path / "copy.db"
    fill(database, 0, 3)
    assert said("backup", copy)[0] == 0
    if spoil == "page":
        content = bytearray(copy.read_bytes())
        content[4096 * 4 : 4096 * 5] = os.urandom(4096)
        copy.write_bytes(content)
    elif spoil == "head":
        copy.write_bytes(copy.read_bytes()[: 4096 * 3])
    elif spoil == "foreign":
        copy.unlink()
        with sqlite3.connect(copy) as connection:
            connection.execute("CREATE TABLE somebody (elses)")
    elif spoil == "text":
        copy.write_text("no database at all" * 1000)
    else:
        copy.unlink()
    code, _, complaint = said("restore", copy, "--overwrite")
    assert (code, "nothing was changed" in complaint) == (1, True)
    assert rows(database) == 3


def test_a_running_server_keeps_its_store(said, tmp_path):
    async def use_case() -> tuple[int, str, str]:
        served = await open_app(Config(data_folder=str(tmp_path / "var"), port=0))
        try:
            return await asyncio.to_thread(said, "restore", "copy.db", "--overwrite")
        finally:
            await served.close()

    assert said("backup", "copy.db")[0] == 0
    code, _, complaint = asyncio.run(use_case())
    assert (code, "in use by a placet server" in complaint) == (3, True)


def test_damage_is_told_by_verify(said, tmp_path):
    database = tmp_path / "var" / "placet.db"
    assert json.decode(said("verify", "--json")[1])["damage"] == ""
    with database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096))
    code, told, _ = said("verify")
    assert (code, f"{database} is damaged" in told) == (1, True)
    code, _, complaint = said("backup", "copy.db")
    assert (code, (tmp_path / "copy.db").exists()) == (code or 1, False)
    assert "nothing was changed" in complaint


@pytest.mark.parametrize("tokens", [["backup", "copy.db"], ["restore", "copy.db"], ["verify"]])
def test_postgresql_has_tools_of_its_own(said, monkeypatch, tokens):
    monkeypatch.setenv("PLACET_STORE_URL", "postgresql://nowhere/placet")
    monkeypatch.setenv("PLACET_MASTER_SECRET", "s" * 32)
    code, _, complaint = said(*tokens)
    assert (code, "pg_dump" in complaint) == (2, True)


def test_a_restore_that_fails_leaves_no_draft(tmp_path):
    with pytest.raises(BadCopy, match="there is no file"):
        bring_back(tmp_path / "nothing.db", tmp_path / "placet.db")
    assert list(tmp_path.iterdir()) == []
