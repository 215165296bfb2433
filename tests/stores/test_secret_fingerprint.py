"""A store, PostgreSQL too, belongs to the first master secret it was used with."""

import asyncio
from pathlib import Path

import pytest

from placet.app.node import open_app
from placet.app.startup_checks import fingerprint, secret_of_store
from placet.cli import run
from placet.config import Config, NoStore
from placet.stores.open import migrate, open_stores
from placet.stores.ports.stores import Stores
from tests.small_organisation import SMALL

FIRST, OTHER = "a" * 32, "b" * 32


def prints() -> tuple[str, str]:
    return fingerprint(FIRST.encode()), fingerprint(OTHER.encode())


async def test_a_new_store_has_no_fingerprint_and_keeps_the_first_one(stores: Stores):
    first, other = prints()
    assert await stores.fingerprint() == ""
    assert await stores.bind_secret(first) == first
    assert await stores.bind_secret(other) == first
    assert await stores.fingerprint() == first


async def test_the_fingerprint_is_there_for_the_next_process(durable_url: str):
    first, other = prints()
    await migrate(durable_url)
    one = await open_stores(durable_url)
    await one.bind_secret(first)
    await one.close()
    next_one = await open_stores(durable_url)
    assert await next_one.bind_secret(other) == first
    await next_one.close()


async def test_of_two_that_bind_at_once_both_hear_the_same(durable_url: str):
    first, other = prints()
    await migrate(durable_url)
    nodes = [await open_stores(durable_url) for _ in range(2)]
    told = await asyncio.gather(nodes[0].bind_secret(first), nodes[1].bind_secret(other))
    assert told[0] == told[1] == await nodes[0].fingerprint()
    assert told[0] in (first, other)
    for node in nodes:
        await node.close()


async def test_a_secret_is_checked_against_the_store_and_never_made_anew(stores: Stores, tmp_path: Path):
    await secret_of_store(Config(master_secret=FIRST), stores)
    with pytest.raises(NoStore, match=f"fingerprint {prints()[0]}, but .*master_secret has {prints()[1]}"):
        await secret_of_store(Config(master_secret=OTHER), stores)
    with pytest.raises(NoStore, match="there is none at"):
        await secret_of_store(Config(data_folder=str(tmp_path / "var")), stores)
    assert not (tmp_path / "var").exists()


async def test_a_node_with_another_secret_than_its_neighbours_does_not_start(durable_url: str, tmp_path: Path):
    await migrate(durable_url)
    folder = str(tmp_path / "var")
    await (await open_app(Config(store_url=durable_url, data_folder=folder, port=0, master_secret=FIRST))).close()
    with pytest.raises(NoStore, match=f"belongs to the master secret with the fingerprint {prints()[0]}"):
        await open_app(Config(store_url=durable_url, data_folder=folder, port=0, master_secret=OTHER))
    await (await open_app(Config(store_url=durable_url, data_folder=folder, port=0, master_secret=FIRST))).close()


def test_apply_with_another_secret_is_refused_and_changes_nothing(
    durable_url: str, tmp_path: Path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", "s" * 32)
    monkeypatch.setenv("PLACET_STORE_URL", durable_url)
    (tmp_path / "shop.yaml").write_text(SMALL)
    asyncio.run(migrate(durable_url))
    monkeypatch.setenv("PLACET_MASTER_SECRET", FIRST)
    assert run(["apply", "shop.yaml", "--create"]) == 0
    (tmp_path / "shop.yaml").write_text(SMALL.replace("name: Small", "name: Changed"))
    monkeypatch.setenv("PLACET_MASTER_SECRET", OTHER)
    assert run(["apply", "shop.yaml"]) == 3
    assert f"belongs to the master secret with the fingerprint {prints()[0]}" in capsys.readouterr().err
    monkeypatch.setenv("PLACET_MASTER_SECRET", FIRST)
    assert run(["export"]) == 0
    assert "Changed" not in capsys.readouterr().out
