"""A server starts only on a sound store of its own: alone, with the right master secret, readable by nobody else."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from placet.app.master_secret import FILE
from placet.app.node import open_app
from placet.app.startup_checks import fingerprint, secret_of_store
from placet.config import Config, NoStore
from placet.stores.memory.stores import MemoryStores
from placet.stores.sql.sqlite.file_lock import FileLock, Locked, lock_path


def settings(folder: Path, **more: object) -> Config:
    return Config(data_folder=str(folder / "var"), port=0, **more)


def damage_page(path: Path, number: int) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * (number - 1))
        file.write(b"\xff" * 4096)


async def stopped_once(config: Config) -> Path:
    """A store that a server has used; its file."""
    await (await open_app(config)).close()
    return Path(config.data_folder) / "placet.db"


async def test_a_second_server_on_the_same_file_is_refused_by_the_holders_name(tmp_path):
    first = await open_app(settings(tmp_path))
    with pytest.raises(NoStore, match=rf"placet\.db is in use by a placet server \(process {os.getpid()} on .+ since"):
        await open_app(settings(tmp_path))
    await first.close()
    await (await open_app(settings(tmp_path))).close()


async def test_another_process_is_refused_with_exit_code_3(tmp_path):
    config = settings(tmp_path)
    first = await open_app(config)
    environment = os.environ | {"PLACET_DATA_FOLDER": config.data_folder, "PLACET_PORT": "0"}
    script = Path(sys.executable).with_name("placet")
    other = await asyncio.create_subprocess_exec(script, "serve", env=environment, stdout=-1, stderr=-1)
    out, err = await other.communicate()
    await first.close()
    assert other.returncode == 3
    assert f"process {os.getpid()} on" in (out + err).decode()


def test_a_lock_ends_with_the_process_that_held_it(tmp_path):
    path = tmp_path / "x.db"
    hold = "import sys; from pathlib import Path; from placet.stores.sql.sqlite.file_lock import FileLock; "
    hold += "held = FileLock(Path(sys.argv[1]), 'the other'); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Locked, match="in use by the other"):
            FileLock(path, "we")
        other.kill()
    FileLock(path, "we").release()
    assert stat.S_IMODE(lock_path(path).stat().st_mode) == 0o600


async def test_a_start_that_fails_lets_go_of_the_lock(tmp_path):
    config = settings(tmp_path)
    await stopped_once(config)
    with pytest.raises(NoStore):
        await open_app(settings(tmp_path, master_secret="f" * 32))
    await (await open_app(config)).close()


async def test_a_foreign_master_secret_is_refused(tmp_path):
    await stopped_once(settings(tmp_path, master_secret="a" * 32))
    with pytest.raises(NoStore, match=f"fingerprint {fingerprint(b'a' * 32)}, but .*master_secret has"):
        await open_app(settings(tmp_path, master_secret="b" * 32))
    await (await open_app(settings(tmp_path, master_secret="a" * 32))).close()


async def test_a_lost_master_secret_is_never_replaced_by_a_new_one(tmp_path):
    config = settings(tmp_path)
    path = await stopped_once(config)
    path.with_name(FILE).unlink()
    with pytest.raises(NoStore, match=r"there is none at .*master\.secret\. Restore"):
        await open_app(config)
    assert not path.with_name(FILE).exists()


async def test_of_two_servers_with_different_secrets_on_a_new_shared_store_one_is_refused():
    stores = MemoryStores()
    assert await secret_of_store(Config(master_secret="a" * 32), stores) == b"a" * 32
    with pytest.raises(NoStore):
        await secret_of_store(Config(master_secret="b" * 32), stores)


async def test_nobody_else_may_read_what_a_server_keeps(tmp_path):
    served = await open_app(settings(tmp_path))
    files = sorted((tmp_path / "var").rglob("*"))
    modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in files if file.is_file()}
    await served.close()
    assert {"placet.db", "placet.db-wal", "placet.db-shm", "placet.db.lock", FILE} <= modes.keys()
    assert set(modes.values()) == {"0o600"}
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


async def test_files_of_an_older_version_are_closed_to_others(tmp_path):
    config = settings(tmp_path)
    path = await stopped_once(config)
    for file in (path, path.with_name(FILE)):
        file.chmod(0o644)
    await (await open_app(config)).close()
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, path.with_name(FILE))} == {0o600}


@pytest.mark.parametrize("page", [1, 2, 3])
async def test_a_damaged_page_is_named_at_the_start(tmp_path, page):
    config = settings(tmp_path)
    path = await stopped_once(config)
    damage_page(path, page)
    with pytest.raises(NoStore, match=r"placet\.db is damaged: .+placet restore BACKUP --overwrite"):
        await open_app(config)


async def test_a_look_that_takes_too_long_is_ended_and_told(tmp_path, caplog):
    config = settings(tmp_path, store_check_seconds=1e-9)
    path = await stopped_once(config)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE big (a INTEGER PRIMARY KEY, b BLOB)")
        connection.executemany("INSERT INTO big (b) VALUES (?)", [(bytes(3000),)] * 20_000)
    connection.close()
    await (await open_app(config)).close()
    assert "placet verify" in caplog.text
