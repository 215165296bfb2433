"""A load generator: keep-alive connections that send rendered requests and note how long each answer took.

    python -m bench.loader < PLAN > LOAD          (both msgpack)

A process of its own, so that it never competes with the server for the interpreter. It reads only as much of an
answer as it takes to find its end, and renders nothing: a request is pieces of bytes with a serial number between.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from time import perf_counter
from typing import Final

import uvloop
from msgspec import Struct, msgpack

DIGITS = 12
"""Characters of a serial number, always: the lengths in the headers must stay true."""

NO_ZERO: Final = bytes.maketrans(b"0", b"Z")
"""c15t's ids are in base 58, which has no zero."""


class Plan(Struct):
    """What to send where. Each connection takes the next of `requests` as soon as its last one was answered.

    The pieces of a request are joined by a serial number that counts from `first`; stop after `seconds`.

    `awake` looks for answers all the time, instead of sleeping until one comes. Whoever sends to a process that sleeps
    on another core wakes it up, which costs the sender more than the sending itself; a server whose clients are on
    other machines never pays that, and one that keeps this generator busy does not either. So a slower server would
    look slower still.
    """

    port: int
    connections: int
    seconds: float
    requests: list[list[bytes]]
    first: int = 0
    awake: bool = False


class Load(Struct):
    """What came back: how many answers in how long, their statuses, and latencies in milliseconds."""

    answers: int
    seconds: float
    p50: float
    p99: float
    statuses: dict[str, int]
    sample: bytes = b""
    """The beginning of one answer that was neither 200 nor 304."""


class Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request, until the time is up."""

    def __init__(self, requests: Iterator[bytes], until: float, noted: "Noted") -> None:
        self.requests = requests
        self.until = until
        self.noted = noted
        self.buffer = b""
        self.began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvloop's transport is one
        """Begin."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send the next request, or hang up when the time is over."""
        self.began = perf_counter()
        if self.began >= self.until:
            self.transport.close()
            return
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        """Note the time when the answer is whole."""
        self.buffer = self.buffer + data if self.buffer else data
        if not whole(self.buffer):
            return
        self.noted.add(self.buffer, perf_counter() - self.began)
        self.buffer = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        """The server hung up, or we did."""
        self.done.set_result(None) if error is None else self.done.set_exception(error)


class Noted:
    """Latencies and statuses of one run."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[bytes] = Counter()
        self.sample = b""

    def add(self, answer: bytes, seconds: float) -> None:
        """One answer."""
        status = answer[9:12]
        self.times.append(seconds)
        self.statuses[status] += 1
        if not self.sample and status not in (b"200", b"304"):
            self.sample = answer[:400]


def whole(answer: bytes) -> bool:
    """Is this one whole answer? By its length, or by the last chunk where a server sends chunks."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    if answer[9:12] in (b"304", b"204"):
        return True
    head = answer[:end].lower()
    at = head.find(b"\r\ncontent-length: ")
    if at < 0:
        return answer.endswith(b"0\r\n\r\n")
    line_end = head.find(b"\r\n", at + 18)
    return len(answer) >= end + 4 + int(head[at + 18 : line_end if line_end > 0 else end])


def rendered(plan: Plan) -> Iterator[bytes]:
    """The requests in turn, for ever, each with its own number."""
    pieces = plan.requests
    for number in count(plan.first):
        yield (b"%0*d" % (DIGITS, number)).translate(NO_ZERO).join(pieces[number % len(pieces)])


def stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Keep the loop turning, so that it never waits."""
    loop.call_soon(stay_awake, loop)


async def run(plan: Plan) -> Load:
    """Send the plan."""
    loop, noted, requests = asyncio.get_running_loop(), Noted(), rendered(plan)
    if plan.awake:
        stay_awake(loop)
    began = perf_counter()
    until = began + plan.seconds
    clients = [
        (await loop.create_connection(lambda: Client(requests, until, noted), "127.0.0.1", plan.port))[1]
        for _ in range(plan.connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    took, times = perf_counter() - began, sorted(noted.times)
    at = [times[len(times) * part // 100] * 1000 for part in (50, 99)] if times else [0.0, 0.0]
    statuses = {status.decode(): number for status, number in noted.statuses.items()}
    return Load(len(times), took, at[0], at[1], statuses, noted.sample)


if __name__ == "__main__":
    plan = msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgpack.encode(uvloop.run(run(plan))))
