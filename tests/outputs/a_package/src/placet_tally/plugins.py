"""A plugin as small as they come: it stamps every event with the office it passed."""

from placet.outputs.plugins.plugin import Plugin, PluginEvent, PluginStage


def stamp(plugin_event: PluginEvent) -> dict:
    """Say which office it was."""
    return plugin_event.document | {"office": "tally"}


STAMP = Plugin("stamp", PluginStage.ENRICHMENT, stamp)
