"""What operators and their machines ask: alive? ready? how much of what?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

import msgspec

from placet.faces.http import JSON, Header, Request, Response
from placet.faces.metrics import Metrics
from placet.faces.routes import Face, Route

Check: TypeAlias = Callable[[], Awaitable[str]]
"""Why a part is not ready, in words without anybody's data; "" when it is."""

OPS: Final = Face("ops")
FRESH: Final[Header] = (b"cache-control", b"no-store")


class Readiness:
    """Whether requests should be sent here, and if not, why not.

    A node is not ready until `opened`, and never again after `closing`. `seconds` is how long a check may take.
    """

    def __init__(self, checks: Mapping[str, Check], seconds: float = 1.0) -> None:
        self._checks = checks
        self._seconds = seconds
        self._phase = "starting"

    def opened(self) -> None:
        """Everything is loaded: from now on the checks decide."""
        self._phase = ""

    def closing(self) -> None:
        """We are shutting down: finish what was accepted, take nothing new."""
        self._phase = "draining"

    async def reasons(self) -> dict[str, str]:
        """Each part that is not ready, with its reason; empty when all are."""
        if self._phase:
            return {"server": self._phase}
        found = await asyncio.gather(*(self._ask(check) for check in self._checks.values()))
        return {name: why for name, why in zip(self._checks, found, strict=True) if why}

    async def _ask(self, check: Check) -> str:
        try:
            async with asyncio.timeout(self._seconds):
                return await check()
        except TimeoutError:
            return f"no answer within {self._seconds:g} seconds"
        except Exception as why:
            # Only the kind: the text of a foreign error may hold addresses or passwords.
            return f"failed with {type(why).__name__}"


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
    reasons = await readiness.reasons()
    body = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
    return Response(503 if reasons else 200, msgspec.json.encode(body), (JSON, FRESH))


async def _metrics(metrics: Metrics, request: Request) -> Response:
    del request
    page, kind = metrics.page()
    return Response(200, page, ((b"content-type", kind), FRESH))
