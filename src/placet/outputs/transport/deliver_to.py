"""Carries whatever was shaped to where it goes: over HTTP, into a database, onto the disk."""

import asyncio
import os
from pathlib import Path
from typing import assert_never

from placet.outputs.destination import FileWrite, HttpRequest, Outgoing, Reply, Sent, TableDelete, TableRows, TryAgain
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.outputs.transport.postgres_load import load


class Transport:
    """`oauth_tokens` send over HTTP; files go below `folder`; nothing takes longer than `seconds`."""

    def __init__(self, oauth_tokens: OAuthTokens, folder: Path, seconds: float) -> None:
        """Nothing is open yet."""
        self._oauth_tokens, self._folder, self._seconds = oauth_tokens, folder, seconds

    async def __call__(self, work: Outgoing) -> Reply:
        """Carry one thing there; what went wrong is told as a reply."""
        match work:
            case HttpRequest():
                return await self._oauth_tokens(work)
            case TableRows() | TableDelete():
                return await load(work, self._seconds)
            case FileWrite():
                return await asyncio.to_thread(write, work, self._folder)
        assert_never(work)


def write(file_write: FileWrite, folder: Path) -> Reply:
    """Write a file, on disk when this returns: first beside its place, so that nobody reads half of it."""
    path = folder / file_write.path
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(file_write.body)
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
