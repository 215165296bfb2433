"""What operators and their machines ask: alive? ready? how much of what?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic
from typing import Final, TypeAlias

import msgspec

from placet.api.http.metrics import Metrics
from placet.api.http.request import JSON, Header, Request, Response
from placet.api.http.routes import Dialect, Route

Check: TypeAlias = Callable[[], Awaitable[str]]
"""Why a part is not ready, in words without anybody's data; "" when it is."""

OPS: Final = Dialect("ops")
REST: Final = 1.0
"""Seconds between two rounds of checks."""

SLACK: Final = 5.0
"""Seconds by which a busy event loop may delay a round before the node is called not ready."""

FRESH: Final[Header] = (b"cache-control", b"no-store")


class Readiness:
    """Whether requests should be sent here, and if not, why not.

    A node is not ready until `opened`, and never again after `closing`. `route_metrics` runs the checks; requests
    only read
    what it found last, so that nobody who asks costs the store anything. `seconds` is how long a check may take.
    """

    def __init__(
        self, checks: Mapping[str, Check], seconds: float = 1.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._checks = checks
        self._seconds = seconds
        self._clock = clock
        self._phase = "starting"
        self._found: dict[str, str] = {}
        self._at = clock()
        self._late: dict[str, asyncio.Task[str]] = {}

    def opened(self) -> None:
        """Everything is loaded: from now on the checks decide."""
        self._phase = ""

    def closing(self) -> None:
        """We are shutting down: finish what was accepted, take nothing new."""
        self._phase = "draining"

    def reasons(self) -> dict[str, str]:
        """Each part that is not ready, with its reason, as last checked; empty when all are."""
        if self._phase:
            return {"server": self._phase}
        age = self._clock() - self._at
        if self._checks and age > REST + 2 * self._seconds + SLACK:
            return {"server": f"not checked for {age:.0f} seconds"}
        return self._found

    async def watch(self) -> None:
        """Check again and again, for as long as the node lives."""
        try:
            while True:
                await self.check()
                await asyncio.sleep(REST)
        finally:
            for task in self._late.values():
                task.cancel()

    async def check(self) -> None:
        """Run every check once."""
        found = await asyncio.gather(*(self._ask(name, check) for name, check in self._checks.items()))
        self._found = {name: why for name, why in zip(self._checks, found, strict=True) if why}
        self._at = self._clock()

    async def _ask(self, name: str, check: Check) -> str:
        """What a check says. A late one is left running and asked for again: cancelling it may take long too."""
        task = self._late.pop(name, None) or asyncio.ensure_future(check())
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            self._late[name] = task
            return f"no answer within {self._seconds:g} seconds"
        if error := task.exception():
            # Only the kind: the text of a foreign error may hold addresses or passwords.
            return f"failed with {type(error).__name__}"
        return task.result()


def ops_routes(readiness: Readiness, metrics: Metrics, version: str) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`."""
    alive = Response(200, msgspec.json.encode({"status": "alive", "version": version}), (JSON, FRESH))
    return [
        Route("GET", "/healthz", partial(_always, alive), OPS),
        Route("GET", "/readyz", partial(_ready, readiness), OPS),
        Route("GET", "/metrics", partial(_metrics, metrics), OPS),
    ]


async def _always(response: Response, request: Request) -> Response:
    del request
    return response


async def _ready(readiness: Readiness, request: Request) -> Response:
    del request
    reasons = readiness.reasons()
    body = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
    return Response(503 if reasons else 200, msgspec.json.encode(body), (JSON, FRESH))


async def _metrics(metrics: Metrics, request: Request) -> Response:
    del request
    page, kind = metrics.page()
    return Response(200, page, ((b"content-type", kind), FRESH))
