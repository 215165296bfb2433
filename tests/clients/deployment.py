"""A real server on loopback with a source of events, and a real receiver for what leaves it."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from placet.settings.organisation import Organisation
from placet.stores.open import migrate, open_stores
from tests.api.node_context import MASTER, put_live
from tests.small_organisation import small

KEY = "shop-write-key"
INPUT = "us1-shop-input-key"
SECRET = "a synthetic secret for tests that is long enough"
PATIENCE = 150.0
"""Seconds after which something that should happen has not; generous, since the machine may be busy."""

HASTY = {"PLACET_DELIVERY_SECONDS": "2", "PLACET_DELIVERY_HOLD_SECONDS": "4"}
"""For tests that wait until another worker takes over. A busy destination may then be sent the same event twice."""

SENDING = """    sources:
      - id: web-events
        name: Website
        write_keys: {key}
        inputs: [{{key: {input}, secret: "env:HOOK_SECRET"}}]
        onetrust_kit: true
        kits:
          - name: Dummy
            module: 999
            rules: {{consent: {{forward: only, when: [ads]}}}}
            data:
              off:
                - [event, navigation, Secret]
                - [event, navigation, Shown, price]
                - [event, search]
                - [screen, Hidden]
                - [screen, Cart, total]
                - [user, plan]
                - [identity, email]
        site: web
    destinations:
      - {{id: counter, name: Counter, url: "{url}/counter", secret: "env:HOOK_SECRET", loopback: true}}
      - {{id: ads, name: Ads, url: "{url}/ads", secret: "env:HOOK_SECRET", loopback: true}}
    connections:
      - {{id: to-counter, source: web-events, destination: counter, purposes: run}}
      - {{id: to-ads, source: web-events, destination: ads, purposes: ads}}
consent_groups:"""


def free_port() -> int:
    """A port nobody uses now, of those that Linux gives to nobody unasked: it stays free while its server is dead."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


class Listener(ThreadingHTTPServer):
    """A server that lets many connect at once; the library's own queue of five makes them wait for seconds."""

    request_queue_size = 512


class Receiver:
    """A destination: keeps what it got by path, and answers as `status` says at the moment."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path: str) -> list[dict[str, Any]]:
        """The events that came to a path, in order; what tells of a withdrawal is none."""
        return [body for where, _, body in list(self.got) if where == path and "messageId" in body]

    def ids(self, path: str) -> Counter[str]:
        """How often each message came to a path."""
        return Counter(body["messageId"] for body in self.at(path))

    def of(self, path: str, *batches: str) -> list[dict[str, Any]]:
        """The events of these batches of mParticle's that came to a path, each once."""
        came = {body["messageId"]: body for body in self.at(path)}
        return [body for id, body in came.items() if id.rpartition(":")[0] in batches]

    def close(self) -> None:
        """Listen no longer."""
        self.server.shutdown()
        self.server.server_close()


class Deployment:
    """A server process on an embedded store of its own, which may be killed and started again."""

    def __init__(self, folder: Path, receiver: Receiver, more: str = "", source: str = "") -> None:
        """`more` are further settings of its workspace, `source` of its source."""
        self.port = free_port()
        self.receiver = receiver
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = os.environ | {
            "PLACET_DATA_FOLDER": str(folder / "var"),
            "PLACET_MASTER_SECRET": MASTER.decode(),
            "PLACET_PUBLIC_URL": self.url,
            "PLACET_LOG_LEVEL": "warning",
            "PLACET_DELIVERY_HOLD_SECONDS": "20",
            "PLACET_DELIVERY_REST_MS": "10",
        }
        self.store = f"sqlite:///{folder}/var/placet.db"
        sending = SENDING.format(key=KEY, input=INPUT, url=receiver.url).replace("site: web", f"site: web{source}")
        asyncio.run(self.apply(small(("consent_groups:", more + sending))))

    async def apply(self, organisation: Organisation) -> None:
        """Put the settings into a new store."""
        await migrate(self.store)
        stores = await open_stores(self.store)
        try:
            await put_live(organisation, stores, 1, stages=(), secret=SECRET)
        finally:
            await stores.close()

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [str(Path(sys.executable).parent / "placet"), "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, start_new_session=True)
        until(self.ready)

    def ready(self) -> bool:
        """Does it answer?"""
        assert self.process and self.process.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def post(self, path: str, body: Any, **headers: str) -> int:
        """The status of one request; 0 when nobody answered."""
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                status: int = answer.status
                return status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def kill(self) -> None:
        """Server and writer at once, as a power cut would."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """In good order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


def deployed(folder: Path, more: str = "", source: str = "", **environment: str) -> Iterator[Deployment]:
    """A running server with its receiver; further settings of its workspace, of its source, and of its own."""
    receiver = Receiver()
    deployment = Deployment(folder, receiver, more, source)
    deployment.environment |= environment
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.stop()
        receiver.close()
