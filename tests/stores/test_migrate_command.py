"""`placet migrate` brings either engine's database up to date, says so, and says what is wrong where it cannot."""

import asyncio
from pathlib import Path

import pytest
from msgspec import json

from placet.cli import run
from placet.stores.open import open_stores
from placet.stores.sql.migrate import SchemaMismatch


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PLACET_MASTER_SECRET", "0123456789abcdef" * 4)


def migrated(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Carry it out; what it said."""
    monkeypatch.setenv("PLACET_STORE_URL", url)
    assert run(["migrate", *words]) == 0
    return capsys.readouterr().out


async def opened(url: str) -> None:
    await (await open_stores(url)).close()


def test_a_database_is_brought_up_to_date_once(
    durable_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SchemaMismatch):
        asyncio.run(opened(durable_url))
    assert "up to date" in migrated(durable_url, monkeypatch, capsys)
    asyncio.run(opened(durable_url))
    assert json.decode(migrated(durable_url, monkeypatch, capsys, "--json")) == {"migrated": True}


def test_a_database_that_cannot_be_reached_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLACET_STORE_URL", "postgresql://nobody:wrong@127.0.0.1:9/none")
    assert run(["migrate"]) != 0
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "wrong" not in said.out + said.err, "a password is no part of what is said"
