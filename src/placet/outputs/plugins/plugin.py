"""Plugins that change or observe events: the contract of a plugin, and which ones are installed.

A package provides one by an entry point of the group `placet.plugins` that names a `Plugin`. Installed plugins run only
where the setting `plugins` names them, in that order (segment.md §3).
"""

from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, TypeAlias

from msgspec import Struct

GROUP: Final = "placet.plugins"

Document: TypeAlias = dict[str, Any]


class PluginStage(StrEnum):
    """When a plugin runs, and what happens to an event when it fails."""

    BEFORE = "before"
    """First, when an event comes in: a failure stops the event."""
    ENRICHMENT = "enrichment"
    """After `before` and ahead of consent evaluation: a failure is logged; the event keeps the changes made so far."""
    DESTINATION = "destination"
    """When an event is delivered to a destination: a failure is retried for that destination only."""
    AFTER = "after"
    """When the result of a delivery is known: a failure is logged."""
    UTILITY = "utility"
    """Loaded when the server starts; never called for events."""


class PluginDrop(Exception):
    """Raised by a plugin to drop the event; the message is the reason."""


class PluginEvent(Struct, frozen=True):
    """An event as passed to a plugin. `document` is the plugin's own copy, which it may change and return.

    `source` is `organisation/workspace/source`. `destination` is the destination's id, empty when the event comes in;
    `outcome` and `why` are the result of the delivery, for stage `after`.
    """

    document: Document
    source: str
    destination: str = ""
    outcome: str = ""
    why: str = ""


Changed: TypeAlias = Document | None
"""A plugin's result: the event to continue with, or None for the copy it was given, changed or not."""


class Plugin(Struct, frozen=True):
    """An installed plugin. `on` may be async; a synchronous one runs in a separate thread.

    `kinds` are the types of events that it receives, all when empty; `destinations` the destination ids it applies to,
    all when empty. `load` is called once, before the first event; an error there stops the server from starting.
    """

    name: str
    stage: PluginStage
    on: Callable[[PluginEvent], Changed | Awaitable[Changed]] | None = None
    load: Callable[[], Awaitable[None] | None] | None = None
    kinds: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()

    def wants(self, plugin_event: PluginEvent) -> bool:
        """Does this plugin apply to the event?"""
        kind = plugin_event.document.get("type")
        fits = not self.kinds or kind in self.kinds
        return fits and (
            not self.destinations or not plugin_event.destination or plugin_event.destination in self.destinations
        )


class NoPlugin(Exception):
    """A configured plugin cannot run; the message names it and says what to do."""


def chosen(names: Iterable[str], installed: Iterable[EntryPoint] | None = None) -> tuple[Plugin, ...]:
    """The plugins of these names, in this order. Raises NoPlugin."""
    there = {entry.name: entry for entry in (entry_points(group=GROUP) if installed is None else installed)}
    return tuple(one(name, there) for name in names)


def one(name: str, there: dict[str, EntryPoint]) -> Plugin:
    """The plugin of this name. Raises NoPlugin."""
    if name not in there:
        known = ", ".join(sorted(there)) or "none"
        cure = "Install its package or change PLACET_PLUGINS."
        raise NoPlugin(f"There is no plugin {name!r} (installed: {known}). {cure}")
    try:
        plugin = there[name].load()
    except Exception as why:
        raise NoPlugin(f"The plugin {name!r} cannot be loaded: {type(why).__name__}: {why}") from why
    if not isinstance(plugin, Plugin):
        raise NoPlugin(f"The entry point {name!r} is no placet.outputs.plugins.plugin.Plugin.")
    return plugin
