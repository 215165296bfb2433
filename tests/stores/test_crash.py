"""Whatever is killed, and whenever: no acknowledged receipt is lost, and none is half-written."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator

import asyncpg
import psutil
import pytest

from placet.errors import Busy
from placet.stores.open import migrate, open_stores
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.stores import Stores
from tests.clients.deployment import PATIENCE
from tests.stores.rows import ANNA, GROUP, ORGANISATION, a_keep, key
from tests.stores.saver import WORKERS, person_of
from tests.stores.servers import Postgres

ROUNDS = 3
LINE = 33
"""An id in hex and its line end."""


async def start_saver(url: str, round: int) -> Process:
    """A server under load, in a process group of its own."""
    command = (sys.executable, "-m", "tests.stores.saver", url, str(round))
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, start_new_session=True)


async def acknowledged(process: Process, least: int) -> list[bytes]:
    """The first `least` receipts that were acknowledged."""
    lines = [await process.stdout.readexactly(LINE) for _ in range(least)]
    return [bytes.fromhex(line.decode()) for line in lines]


async def the_rest(process: Process) -> list[bytes]:
    """Those acknowledged until the process died; a last line may be torn."""
    text = await process.stdout.read()
    await process.wait()
    return [bytes.fromhex(line) for line in text.decode().split("\n") if len(line) == LINE - 1]


def kill_group(process: Process) -> None:
    """The server and its writer, at once."""
    os.killpg(process.pid, signal.SIGKILL)


def kill_server(process: Process) -> None:
    """The server only: its writer must finish and end by itself."""
    process.kill()


def writer_process() -> psutil.Process:
    """The one process of ours that writes a SQLite file."""
    [writer] = [one for one in psutil.Process().children() if writes(one)]
    return writer


def writes(process: psutil.Process) -> bool:
    """Is this a writer? What has just ended is none, whatever it was."""
    try:
        return "placet.stores.sql.sqlite.writer_process" in process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


async def all_ended(processes: list[psutil.Process]) -> bool:
    """Do these end in time, without being told to?"""
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, PATIENCE)
    return not alive


async def is_left_alone(url: str) -> None:
    """Wait until PostgreSQL has finished what a dead client asked of it: that is carried out behind its back."""
    if not url.startswith("postgresql:"):
        return
    connection = await asyncpg.connect(url)
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(others):
            await asyncio.sleep(0.02)
    await connection.close()


async def assert_whole(stores: Stores, round: int) -> None:
    """Each receipt of the round has its profile version and its note, and there is nothing else."""
    messages = await stores.outbox.claim(("saved",), 1_000_000, 1, 0)
    for worker in range(WORKERS):
        person = person_of(str(round), worker)
        receipts = await stores.ledger.of_person(ORGANISATION, person, 1_000_000)
        known = await stores.profiles.find(GROUP, person)
        noted = sum(message.subject_id == person for message in messages)
        assert len(receipts) == (known.version if known else 0) == noted


async def assert_kept(stores: Stores, ids: list[bytes]) -> None:
    """Every acknowledged receipt is there."""
    for id in ids:
        assert (await stores.ledger.receipt(id)).body == b"x" * 1000


@pytest.mark.parametrize("kill", [kill_group, kill_server])
async def test_a_killed_server_loses_nothing_it_acknowledged(durable_url: str, kill: Callable[[Process], None]):
    await migrate(durable_url)
    ids: list[bytes] = []
    for round in range(ROUNDS):
        process = await start_saver(durable_url, round)
        ids += await acknowledged(process, random.randint(1, 300))
        children = psutil.Process(process.pid).children()
        await asyncio.sleep(random.random() / 20)
        kill(process)
        ids += await the_rest(process)
        assert await all_ended(children)
        await is_left_alone(durable_url)
        stores = await open_stores(durable_url)
        await assert_kept(stores, ids)
        await assert_whole(stores, round)
        await stores.close()


async def kept_at_last(stores: Stores, keep: WriteDecision) -> WriteResult:
    """Keep it, as a caller would who is told Busy: whoever writes before the loss is noticed is on the lost line."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await stores.write(keep)
            except Busy:
                await asyncio.sleep(0.05)


async def test_a_killed_writer_is_replaced_and_its_callers_are_told(tmp_path):
    url = f"sqlite:///{tmp_path}/placet.db"
    await migrate(url)
    stores = await open_stores(url)
    results = []
    for round in range(ROUNDS):
        await stores.ready()
        writer = writer_process()
        keeps = [asyncio.create_task(stores.write(a_keep(key(f"r{round}p{n}")))) for n in range(400)]
        await asyncio.sleep(random.random() / 50)
        writer.kill()
        results += await asyncio.gather(*keeps, return_exceptions=True)
        after = a_keep(key(f"after{round}"))
        assert (await kept_at_last(stores, after)).repeat in (None, after.receipt)
    assert all(isinstance(result, WriteResult | Busy) for result in results)
    for n, result in enumerate(results):
        known = await stores.profiles.find(GROUP, key(f"r{n // 400}p{n % 400}"))
        receipts = await stores.ledger.of_person(ORGANISATION, key(f"r{n // 400}p{n % 400}"))
        assert len(receipts) == (known.version if known else 0)
        assert receipts or isinstance(result, Busy)
    await stores.close()


async def test_a_decision_told_again_after_busy_is_kept_once(tmp_path):
    url = f"sqlite:///{tmp_path}/placet.db"
    await migrate(url)
    stores = await open_stores(url)
    await stores.ready()
    writer = writer_process()
    keep = a_keep(ANNA)
    first = asyncio.create_task(stores.write(keep))
    await asyncio.sleep(0)
    writer.kill()
    await asyncio.gather(first, return_exceptions=True)
    assert (await kept_at_last(stores, keep)).repeat in (None, keep.receipt)
    assert await stores.ledger.count(ORGANISATION) == 1
    await stores.close()


@pytest.fixture
def doomed_postgres() -> Iterator[Postgres]:
    """A server of its own, to be killed."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def test_a_killed_database_loses_nothing_it_acknowledged_and_is_found_again(doomed_postgres: Postgres):
    url = doomed_postgres.create("doomed")
    await migrate(url)
    process = await start_saver(url, 0)
    ids = await acknowledged(process, 200)
    doomed_postgres.kill()
    await asyncio.to_thread(doomed_postgres.start)
    ids += await acknowledged(process, 400)
    kill_group(process)
    ids += await the_rest(process)
    await is_left_alone(url)
    stores = await open_stores(url)
    await assert_kept(stores, ids)
    await assert_whole(stores, 0)
    await stores.close()
