"""A destination to deliver to: takes every POST in, says 200, and tells how many came when somebody asks with GET.

python -m bench.receiver PORT CORE
"""

import asyncio
import os
import sys
from typing import ClassVar

import httptools


class Receiver(asyncio.Protocol):
    """One connection of whoever sends."""

    taken: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        asked = self.parser.get_method() == b"GET"
        Receiver.taken += not asked
        body = str(Receiver.taken).encode() if asked else b""
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        if not self.parser.should_keep_alive():
            self.transport.close()


async def listen(port: int) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    asyncio.run(listen(int(sys.argv[1])))
