"""A small real server for the tests of serving: `python -m tests.server.sample_server` with settings in the
environment.

It prints "closed" when its stores would be closed, and has one route that works as long as it is told to.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from placet.api.http.dispatch import Dispatcher, Settings
from placet.api.http.health import Readiness, ops_routes
from placet.api.http.metrics import Metrics
from placet.api.http.request import Limits, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.config import BadSettings, Config, load_config
from placet.server.logs import start_logging
from placet.server.run import Served, serve

PLAIN = Dialect("plain")


async def work(request: Request) -> Response:
    """Says that it has begun, and that it is done once it is let go on."""
    mark = Path(request.query()["mark"])
    mark.write_text("begun")
    while not mark.with_suffix(".go").exists():
        await asyncio.sleep(0.01)
    mark.write_text("done")
    return Response(200, b"done")


async def echo(request: Request) -> Response:
    """Sends the body back."""
    return Response(200, await request.body())


async def fail(request: Request) -> Response:
    """Our own bug, with a person's data in its words."""
    request.app_id = "app-1"
    raise KeyError(f"{request.header(b'ot-identifier')} {request.raw_query!r}")


async def opening(config: Config) -> Served:
    """Opens at once, or as slowly or badly as the first argument says."""
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    if how == "slowly":
        print("opening", flush=True)
        await asyncio.sleep(3600)
    if how == "badly":
        raise BadSettings("There is no such store. Use another one.")
    metrics, readiness = Metrics("test"), Readiness({})
    routes = [
        Route("GET", "/work", work, PLAIN),
        Route("GET", "/fail", fail, PLAIN),
        Route("POST", "/echo", echo, PLAIN),
    ]
    settings = Settings(limits=Limits(body_seconds=config.body_seconds, body=1_000_000), log_all=True)
    operations = ops_routes(readiness, metrics, "test")
    beside = Dispatcher(operations, metrics, settings) if config.operations_port else None
    app = Dispatcher(routes if beside else [*routes, *operations], metrics, settings)
    return Served(app, close, readiness.opened, readiness.closing, beside)


async def close() -> None:
    """What closing the stores would be."""
    await asyncio.sleep(0)
    print("closed", flush=True)


if __name__ == "__main__":
    config = load_config(None, os.environ)
    start_logging(config.log_level, "json")
    sys.exit(serve(partial(opening, config), config))
