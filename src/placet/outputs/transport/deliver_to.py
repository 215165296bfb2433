"""Delivers any `Outgoing` value: over HTTP, into a database, or to disk."""

import asyncio
import os
from pathlib import Path
from typing import assert_never

from placet.outputs.destination import FileWrite, HttpRequest, Outgoing, Reply, Sent, TableDelete, TableRows, TryAgain
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.outputs.transport.postgres_load import load


class Transport:
    """Sends HTTP requests by `oauth_tokens`, writes files below `folder`; each delivery takes at most `seconds`."""

    def __init__(self, oauth_tokens: OAuthTokens, folder: Path, seconds: float) -> None:
        """No connection is open yet."""
        self._oauth_tokens, self._folder, self._seconds = oauth_tokens, folder, seconds

    async def __call__(self, work: Outgoing) -> Reply:
        """Deliver one value; failures are returned as a reply."""
        match work:
            case HttpRequest():
                return await self._oauth_tokens(work)
            case TableRows() | TableDelete():
                return await load(work, self._seconds)
            case FileWrite():
                return await asyncio.to_thread(write, work, self._folder)
        assert_never(work)


def write(file_write: FileWrite, folder: Path) -> Reply:
    """Write a file, durable when this returns: first beside its path, then renamed, so that no reader sees half of
    it."""
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
    """Flush the folder's entry for the new file to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
