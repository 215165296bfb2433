"""Carries whatever was shaped to where it goes: over HTTP, into a database, onto the disk."""

import asyncio
import os
from pathlib import Path
from typing import assert_never

from placet.outputs.load import load
from placet.outputs.shape import Leaf, Outgoing, Purge, Reply, Rows, Sent, Shaped, TryAgain
from placet.outputs.tickets import Tickets


class Carrier:
    """`tickets` send over HTTP; files go below `folder`; nothing takes longer than `seconds`."""

    def __init__(self, tickets: Tickets, folder: Path, seconds: float) -> None:
        """Nothing is open yet."""
        self._tickets, self._folder, self._seconds = tickets, folder, seconds

    async def __call__(self, work: Outgoing) -> Reply:
        """Carry one thing there; what went wrong is told as a reply."""
        match work:
            case Shaped():
                return await self._tickets(work)
            case Rows() | Purge():
                return await load(work, self._seconds)
            case Leaf():
                return await asyncio.to_thread(write, work, self._folder)
        assert_never(work)


def write(leaf: Leaf, folder: Path) -> Reply:
    """Write a file, on disk when this returns: first beside its place, so that nobody reads half of it."""
    path = folder / leaf.path
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(leaf.body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync(path.parent)
    except OSError as why:
        return TryAgain(f"the file could not be written: {why.strerror or type(why).__name__}")
    return Sent(200)


def sync(folder: Path) -> None:
    """Have the folder remember its new file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
