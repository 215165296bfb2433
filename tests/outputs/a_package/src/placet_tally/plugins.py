"""A plugin as small as they come: it stamps every event with the office it passed."""

from placet.outputs.plugins import Passing, Plugin, Sort


def stamp(passing: Passing) -> dict:
    """Say which office it was."""
    return passing.document | {"office": "tally"}


STAMP = Plugin("stamp", Sort.ENRICHMENT, stamp)
