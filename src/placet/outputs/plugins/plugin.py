"""Plugins that change or watch events on their way through the server: what one is, and which are installed.

A package brings one by an entry point of the group `placet.plugins` that names a `Plugin`. Installed ones run only
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
    """When a plugin runs, and what becomes of an event over which it fails."""

    BEFORE = "before"
    """First, when an event comes in: a failure stops the event."""
    ENRICHMENT = "enrichment"
    """Then, before anybody's consent is judged: a failure is logged, and the event goes on as far as it was changed."""
    DESTINATION = "destination"
    """When an event leaves for a destination: a failure is tried again, for that destination alone."""
    AFTER = "after"
    """When it is known what became of a delivery: a failure is logged."""
    UTILITY = "utility"
    """Never: it is loaded when the server starts, and that is all."""


class PluginDrop(Exception):
    """Raised by a plugin: this event goes no further, and why."""


class PluginEvent(Struct, frozen=True):
    """An event as a plugin meets it. `document` is the plugin's own copy, to change and return.

    `source` is `organisation/workspace/source`. `destination` is the destination's id, empty when the event comes in;
    `outcome` and `why` tell the after-plugins how it ended.
    """

    document: Document
    source: str
    destination: str = ""
    outcome: str = ""
    why: str = ""


Changed: TypeAlias = Document | None
"""What a plugin returns: the event as it is to go on, or None for the copy it was given, changed or not."""


class Plugin(Struct, frozen=True):
    """Somebody's code. `on` may be async; what is not runs in a thread of its own.

    `kinds` are the types of events that it wants to see, all when empty; `destinations` the ids it is for, all when
    empty. `load` is called once, before the first event; a plugin that cannot be loaded stops the start.
    """

    name: str
    stage: PluginStage
    on: Callable[[PluginEvent], Changed | Awaitable[Changed]] | None = None
    load: Callable[[], Awaitable[None] | None] | None = None
    kinds: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()

    def wants(self, plugin_event: PluginEvent) -> bool:
        """Is this event one for it?"""
        kind = plugin_event.document.get("type")
        fits = not self.kinds or kind in self.kinds
        return fits and (
            not self.destinations or not plugin_event.destination or plugin_event.destination in self.destinations
        )


class NoPlugin(Exception):
    """A plugin that is to run cannot: which, and what to do about it."""


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
