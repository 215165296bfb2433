"""What the dispatcher adds to a bare ASGI handler, in microseconds a request, without a socket.

python bench/dispatcher.py
"""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter

from placet.api.http.dispatch import Dispatcher, Settings
from placet.api.http.metrics import Metrics
from placet.api.http.rate_limit import Buckets, Rate
from placet.api.http.request import JSON, App, Message, Receive, Request, Response, Scope, Send
from placet.api.http.routes import Dialect, Route

BODY = b'{"showBanner":false,"errors":[]}'
ROUNDS, REQUESTS = 15, 10_000

HEADERS = [
    (b"host", b"cmp.example"),
    (b"accept", b"*"),
    (b"accept-charset", b"utf-8"),
    (b"user-agent", b"Roku/DVP-12.5"),
    (b"content-type", b"application/json;charset=utf-8"),
    (b"ot-cdn-location", b"cdn.cookielaw.org"),
    (b"ot-app-id", b"01890a5d-ac96-774b-bcce-b302099a8057"),
    (b"ot-device-type", b"ctv"),
    (b"ot-sdk-version", b"202606.1.0"),
    (b"ot-language", b"en"),
    (b"ot-country-code", b"DE"),
    (b"ot-region-code", b""),
    (b"origin", b"https://shop.example"),
]


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """The floor: answer the same bytes without looking at the request."""
    del scope, receive
    length = (b"content-length", b"%d" % len(BODY))
    await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
    await send({"type": "http.response.body", "body": BODY})


ANSWER = Response(200, BODY, (JSON,))


async def handler(request: Request) -> Response:
    del request
    return ANSWER


def dispatcher(dialect: Dialect) -> App:
    rates = Buckets(Rate(per_minute=1_000_000_000, burst=1_000_000))
    return Dispatcher([Route("GET", "/cfw/cmp/v1/banner", handler, dialect)], Metrics("bench"), Settings(rates=rates))


CONTENDERS: dict[str, App] = {
    "bare handler": bare,
    "dispatcher with metrics": dispatcher(Dialect("plain")),
    "… and the rate limit": dispatcher(Dialect("counted", caller=lambda request: request.headers[b"ot-app-id"])),
    "… and CORS": dispatcher(
        Dialect(
            "open",
            caller=lambda request: request.headers[b"ot-app-id"],
            allows=lambda _, origin: origin == "https://shop.example",
        )
    ),
}


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    del message


async def once(app: Callable[..., Awaitable[None]]) -> float:
    """Microseconds a request, over one round."""
    scopes = [
        {
            "type": "http",
            "method": "GET",
            "path": "/cfw/cmp/v1/banner",
            "query_string": b"",
            "headers": list(HEADERS),
            "client": ("192.0.2.7", 5000),
        }
        for _ in range(REQUESTS)
    ]
    began = perf_counter()
    for scope in scopes:
        await app(scope, receive, send)
    return (perf_counter() - began) / REQUESTS * 1e6


async def main() -> None:
    rounds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(ROUNDS):
        for name, app in CONTENDERS.items():
            rounds[name].append(await once(app))
    floor = median(rounds["bare handler"])
    for name, times in rounds.items():
        print(f"{name:<26} {median(times):6.2f} µs   {median(times) - floor:+6.2f} µs")


if __name__ == "__main__":
    asyncio.run(main())
