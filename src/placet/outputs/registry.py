"""Every destination by its name: our own, and those of packages that somebody installed beside us.

A package adds a destination by an entry point of the group `placet.destinations` that names a `Shape`. One that cannot
be loaded is left out, and why is said; a name of ours cannot be taken.
"""

import logging
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeAlias

from placet.consent.checks.destinations import options_of
from placet.consent.sending import DestinationSetting, DestinationType
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
from placet.outputs.shape import Shape, Way

LOG: Final = logging.getLogger("placet.outputs")
GROUP: Final = "placet.destinations"

Shapes: TypeAlias = Mapping[str, Shape]
"""Destinations by name."""

OWN: Final = (
    webhook.SHAPE,
    segment.SHAPE,
    mparticle.SHAPE,
    google_analytics.SHAPE,
    google_ads.SHAPE,
    meta_conversions.SHAPE,
    mixpanel.SHAPE,
    amplitude.SHAPE,
    braze.SHAPE,
    customer_io.SHAPE,
    hubspot.SHAPE,
    slack.SHAPE,
    postgresql.SHAPE,
    parquet.SHAPE,
)
"""What comes with us, in the order in which pages list it."""


@cache
def shapes() -> Shapes:
    """Every destination there is, by name; looked for once."""
    return joined(OWN, entry_points(group=GROUP))


def joined(own: Iterable[Shape], others: Iterable[EntryPoint]) -> dict[str, Shape]:
    """Our own and the others, by name."""
    found = {shape.type.name: shape for shape in own}
    for entry in others:
        try:
            shape = entry.load()
        except Exception:
            LOG.exception("the destination %s (%s) cannot be used", entry.name, entry.value)
            continue
        if not isinstance(shape, Shape) or shape.type.name in found:
            LOG.error("the destination %s (%s) is no Shape with a name of its own", entry.name, entry.value)
            continue
        found[shape.type.name] = shape
    return found


def types() -> dict[str, DestinationType]:
    """What settings may name, by name."""
    return {name: shape.type for name, shape in shapes().items()}


def way_to(shape: Shape, to: DestinationSetting, secrets: dict[str, bytes]) -> Way:
    """The way to a destination. Raises msgspec.ValidationError when its options are not what the shape wants."""
    return Way(to, options_of(to, shape.type), secrets, to.url or shape.type.url)
