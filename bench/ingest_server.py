"""The program itself, with a source of events and twenty destinations behind it, pinned to one core.

    python -m bench.ingest_server PORT CORE STORE_URL

Nothing is delivered (`delivery_workers` is 0): what is measured is how events are taken in.
"""

import sys

from msgspec.structs import replace

from bench.evaluate import FILTERS
from bench.placet_server import run
from placet.app.node import now
from placet.services.settings.publish_settings import ApplyResult, apply
from placet.services.settings.published_sites import Author
from placet.settings.connections import ConnectionSetting, DestinationSetting, SourceSetting
from placet.settings.organisation import Organisation, Workspace
from placet.settings_files.read import read
from placet.stores.ports.stores import Stores
from tests.api.node_context import NORTHWIND, secrets_for

KEY = "bench-write-key"
PURPOSES = ("measurement", "advertising")
DESTINATIONS = 20


def stream() -> Organisation:
    """The example organisation with twenty destinations: fifteen gated by consent, five by consent and a filter."""
    organisation = read(NORTHWIND).organisation
    assert organisation is not None
    grown = tuple(connected(one) if one.id == "outfitter" else one for one in organisation.workspaces)
    return replace(organisation, workspaces=grown)


def connected(workspace: Workspace) -> Workspace:
    """The workspace with one source, and every destination connected to it."""
    destinations = tuple(
        DestinationSetting(f"d{n}", f"Destination {n}", f"https://d{n}.example/in", secret="env:HOOK")
        for n in range(DESTINATIONS)
    )
    connections = tuple(
        ConnectionSetting(
            f"to-d{n}",
            "stream",
            f"d{n}",
            (PURPOSES[n % 2],),
            filter=FILTERS[n] if n < len(FILTERS) else "",
        )
        for n in range(DESTINATIONS)
    )
    source = SourceSetting("stream", "Stream", "shop-web", write_keys=(KEY,))
    return replace(workspace, sources=(source,), destinations=destinations, connections=connections)


async def put(stores: Stores) -> None:
    """Apply the settings; sources need no publication."""
    applied = await apply(stream(), stores.catalogue, secrets_for(), Author("bench", now()))
    assert isinstance(applied, ApplyResult), applied


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:], put=put, delivery_workers=0))
