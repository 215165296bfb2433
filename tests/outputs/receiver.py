"""A receiver on this machine that keeps what it hears."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct


class Request(Struct):
    """One request as it came; the headers that every request has are left out."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


USUAL = ("host", "user-agent", "connection")


@asynccontextmanager
async def listening(status: int = 200, body: bytes = b"{}") -> AsyncIterator[tuple[str, list[Request]]]:
    """Its address, and what it heard; every request gets the same answer."""
    heard: list[Request] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        heard.append(Request(method, path, {k: v for k, v in headers.items() if k not in USUAL}, content))
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
