"""Every destination by its name: the built-in ones and those of installed packages.

A package adds a destination by an entry point of the group `placet.destinations` that names a `Destination`. One that
cannot be loaded is left out and the reason is logged; a built-in name cannot be replaced.
"""

import logging
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeAlias

from placet.outputs.destination import Destination, DestinationConfig
from placet.outputs.destinations import (
    amplitude,
    braze,
    customer_io,
    google_ads,
    google_analytics,
    hubspot,
    meta_conversions,
    mixpanel,
    mparticle,
    parquet,
    postgresql,
    segment,
    slack,
    webhook,
)
from placet.settings.connections import DestinationSetting, DestinationType
from placet.validation.checks.destinations import options_of

LOG: Final = logging.getLogger("placet.outputs")
GROUP: Final = "placet.destinations"

Destinations: TypeAlias = Mapping[str, Destination]
"""Destinations by name."""

OWN: Final = (
    webhook.DESTINATION,
    segment.DESTINATION,
    mparticle.DESTINATION,
    google_analytics.DESTINATION,
    google_ads.DESTINATION,
    meta_conversions.DESTINATION,
    mixpanel.DESTINATION,
    amplitude.DESTINATION,
    braze.DESTINATION,
    customer_io.DESTINATION,
    hubspot.DESTINATION,
    slack.DESTINATION,
    postgresql.DESTINATION,
    parquet.DESTINATION,
)
"""The built-in destinations, in the order in which pages list them."""


@cache
def all_destinations() -> Destinations:
    """Every available destination, by name; loaded once."""
    return joined(OWN, entry_points(group=GROUP))


def joined(own: Iterable[Destination], others: Iterable[EntryPoint]) -> dict[str, Destination]:
    """The built-in destinations and the others, by name."""
    found = {destination_type.type.name: destination_type for destination_type in own}
    for entry in others:
        try:
            destination = entry.load()
        except Exception:
            LOG.exception("the destination %s (%s) cannot be used", entry.name, entry.value)
            continue
        if not isinstance(destination, Destination) or destination.type.name in found:
            LOG.error("the destination %s (%s) is no Shape with a name of its own", entry.name, entry.value)
            continue
        found[destination.type.name] = destination
    return found


def types() -> dict[str, DestinationType]:
    """The destination types that settings may use, by name."""
    return {name: destination.type for name, destination in all_destinations().items()}


def config_for(destination: Destination, to: DestinationSetting, secrets: dict[str, bytes]) -> DestinationConfig:
    """The configuration of a destination. Raises msgspec.ValidationError when its options do not fit its options
    type."""
    return DestinationConfig(to, options_of(to, destination.type), secrets, to.url or destination.type.url)
