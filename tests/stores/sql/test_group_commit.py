"""Whoever waits while a batch is on its way travels in the next one."""

import asyncio
from collections.abc import Hashable, Iterable

import pytest

from placet.errors import Busy
from placet.stores.sql import group_commit
from placet.stores.sql.group_commit import GroupCommitter


class Disk:
    """Takes batches, remembers them, answers when told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.turn = asyncio.Semaphore(0)

    async def send(self, items: list[int]) -> list[int | Exception]:
        self.batches.append(items)
        await self.turn.acquire()
        return [ValueError(item) if item < 0 else item * 10 for item in items]


async def turns(times: int = 5) -> None:
    """Let the loop turn."""
    for _ in range(times):
        await asyncio.sleep(0)


def submit(to: GroupCommitter[int, int], *items: int) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(to.commit(item)) for item in items]


async def test_those_who_arrive_together_travel_together():
    disk = Disk()
    tasks = submit(GroupCommitter(disk.send), 1, 2, 3)
    disk.turn.release()
    assert await asyncio.gather(*tasks) == [10, 20, 30]
    assert disk.batches == [[1, 2, 3]]


async def test_the_next_batch_gathers_while_one_is_on_its_way():
    disk = Disk()
    group = GroupCommitter(disk.send)
    first = submit(group, 1)
    await turns()
    rest = submit(group, 2, 3)
    await turns()
    assert disk.batches == [[1]]
    disk.turn.release()
    await asyncio.gather(*first)
    disk.turn.release()
    await asyncio.gather(*rest)
    assert disk.batches == [[1], [2, 3]]


async def test_whoever_arrives_the_moment_a_lane_ends_is_not_forgotten():
    disk = Disk()
    group = GroupCommitter(disk.send)
    for item in range(5):
        disk.turn.release()
        assert await group.commit(item) == item * 10


@pytest.mark.parametrize(
    ("lanes", "limit", "batches"), [(1, 2, [[1, 2]]), (2, 2, [[1, 2], [3, 4]]), (2, 9, [[1, 2, 3, 4, 5]])]
)
async def test_batches_are_no_larger_and_lanes_no_more_than_allowed(lanes: int, limit: int, batches: list[list[int]]):
    disk = Disk()
    tasks = submit(GroupCommitter(disk.send, max_workers=lanes, limit=limit), 1, 2, 3, 4, 5)
    await turns()
    assert disk.batches == batches
    for _ in range(5):
        disk.turn.release()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50]


async def test_items_that_clash_travel_apart_and_in_order():
    disk = Disk()

    def parity(item: int) -> Iterable[Hashable]:
        return [item % 2]

    tasks = submit(GroupCommitter(disk.send, conflicts=parity), 1, 2, 3, 4, 5)
    for _ in range(3):
        disk.turn.release()
    await asyncio.gather(*tasks)
    assert disk.batches == [[1, 2], [3, 4], [5]]


async def test_an_error_reaches_only_the_one_it_is_for():
    disk = Disk()
    tasks = submit(GroupCommitter(disk.send), 1, -2, 3)
    disk.turn.release()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert (results[0], str(results[1]), results[2]) == (10, "-2", 30)


async def test_a_batch_that_fails_fails_for_all_in_it_and_no_one_else():
    async def send(items: list[int]) -> list[int | Exception]:
        if 1 in items:
            raise Busy("full")
        return list(items)

    group: GroupCommitter[int, int] = GroupCommitter(send)
    assert all(isinstance(one, Busy) for one in await asyncio.gather(*submit(group, 1, 2), return_exceptions=True))
    assert await group.commit(3) == 3


async def test_too_many_who_wait_are_refused_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(group_commit, "MAX_WAITING", 2)
    disk = Disk()
    group = GroupCommitter(disk.send)
    tasks = submit(group, 1)
    await turns()
    tasks += submit(group, 2, 3)
    await turns()
    with pytest.raises(Busy):
        await group.commit(4)
    for _ in range(2):
        disk.turn.release()
    assert await asyncio.gather(*tasks) == [10, 20, 30]


async def test_closing_answers_the_accepted_and_refuses_the_rest():
    disk = Disk()
    group = GroupCommitter(disk.send)
    tasks = submit(group, 1, 2)
    await turns()
    closing = asyncio.create_task(group.close())
    await turns()
    with pytest.raises(Busy):
        await group.commit(3)
    assert not closing.done()
    disk.turn.release()
    await closing
    assert await asyncio.gather(*tasks) == [10, 20]
