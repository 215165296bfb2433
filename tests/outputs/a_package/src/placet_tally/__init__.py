"""Tally counts events: a destination in one small file."""

from msgspec import Struct
from msgspec.structs import replace

from placet.outputs.destination import Destination, Payload
from placet.outputs.destinations import webhook
from placet.outputs.event_parts import post, title, values
from placet.settings.connections import DestinationType


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be set."""

    project: str


TYPE = DestinationType(
    name="tally",
    about="counts events",
    options=Options,
    meanings={"project": "the project's number"},
    url="https://tally.example",
    secrets={"": "the key"},
    needs=("",),
)


def row(item, config):
    """What is counted."""
    return Payload({"project": config.options.project, "what": title(item.document)})


def request(rows, config, now):
    """Up to ten counts."""
    return post(config, "/count", {"key": config.secret(), "counts": values(rows), "at": now})


SHAPE = Destination(TYPE, row, request, most=10)
IMPOSTOR = replace(webhook.DESTINATION, most=2)
