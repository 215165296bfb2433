"""Runs plugins with a time limit, each on its own copy of the event, and bounds what they may change.

Rules: a plugin that exceeds its time counts as failed, and its changes are discarded · its thread cannot be stopped, so
each plugin has few threads, and once all are stuck it fails at once · its result is bounded
(`events.records.plugin_limits`) in every stage.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from copy import deepcopy
from inspect import iscoroutinefunction
from threading import Thread
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from placet.events.records.plugin_limits import bound
from placet.outputs.plugins.plugin import Changed, Document, NoPlugin, Plugin, PluginDrop, PluginEvent, PluginStage

LOG: Final = logging.getLogger("placet.plugins")
THREADS: Final = 4
"""How many events one synchronous plugin processes at once."""
TURNS: Final = 100
"""The longest wait for a free thread, as a multiple of the plugin's time limit."""
MAX_AFTER: Final = 1000
"""How many calls of after-plugins may run at once; further calls are skipped and logged."""


Answer: TypeAlias = Changed | Awaitable[Changed]
"""What a plugin's function returns."""


class PluginStopped(Struct, frozen=True):
    """The event is dropped: which plugin dropped it, and why. `failed` where the plugin failed."""

    plugin: str
    why: str
    failed: bool = False


class PluginRunner:
    """The plugins of one node, in the order in which they run; `seconds` is the time limit per event and plugin."""

    def __init__(self, plugins: Sequence[Plugin] = (), seconds: float = 0.25) -> None:
        """No plugin runs before `load`."""
        self.plugins, self.seconds = tuple(plugins), seconds
        self._threads = {plugin.name: PluginThreads() for plugin in plugins}
        self._after: set[asyncio.Task[None]] = set()

    def of(self, *sorts: PluginStage) -> list[Plugin]:
        """The plugins of these stages, stage by stage."""
        return [plugin for sort in sorts for plugin in self.plugins if plugin.stage is sort]

    async def load(self) -> None:
        """Load every plugin. Raises NoPlugin: the server must not run without a plugin that filters events."""
        for plugin in self.plugins:
            try:
                done = plugin.load() if plugin.load else None
                if done is not None:
                    await done
            except Exception as why:
                raise NoPlugin(f"The plugin {plugin.name!r} cannot be loaded: {type(why).__name__}: {why}") from why

    async def enter(self, document: Document, source: str) -> Document | PluginStopped:
        """Run the stages `before` and `enrichment` on an incoming event."""
        for plugin in self.of(PluginStage.BEFORE, PluginStage.ENRICHMENT):
            passed = await self.through(plugin, PluginEvent(document, source))
            if isinstance(passed, PluginStopped) and (plugin.stage is PluginStage.BEFORE or not passed.failed):
                return passed
            document = document if isinstance(passed, PluginStopped) else passed
        return document

    async def leave(self, document: Document, source: str, destination: str) -> Document | PluginStopped:
        """Run the stage `destination` on an event to be delivered."""
        for plugin in self.of(PluginStage.DESTINATION):
            passed = await self.through(plugin, PluginEvent(document, source, destination))
            if isinstance(passed, PluginStopped):
                return passed
            document = passed
        return document

    def ended(self, plugin_event: PluginEvent) -> None:
        """Start the after-plugins for a finished delivery, without waiting for them."""
        for plugin in self.of(PluginStage.AFTER):
            if len(self._after) >= MAX_AFTER:
                LOG.warning("the plugin %s is not told of a delivery: too many wait already", plugin.name)
                return
            task = asyncio.ensure_future(self.watch(plugin, plugin_event))
            self._after.add(task)
            task.add_done_callback(self._after.discard)

    async def watch(self, plugin: Plugin, plugin_event: PluginEvent) -> None:
        """Run one after-plugin and ignore its result."""
        await self.through(plugin, plugin_event)

    async def through(self, plugin: Plugin, plugin_event: PluginEvent) -> Document | PluginStopped:
        """The event as one plugin returns it.

        An enrichment plugin that fails keeps the changes it made; one that exceeds its time does not.
        """
        if plugin.on is None or not plugin.wants(plugin_event):
            return plugin_event.document
        own = replace(plugin_event, document=deepcopy(plugin_event.document))
        try:
            changed = await self.run(plugin, own)
        except PluginDrop as why:
            return PluginStopped(plugin.name, str(why) or "dropped")
        except TimeoutError:
            LOG.warning("the plugin %s took longer than %g seconds", plugin.name, self.seconds)
            return PluginStopped(plugin.name, f"it took longer than {self.seconds:g} seconds", failed=True)
        except Exception as why:
            LOG.warning("the plugin %s failed", plugin.name, exc_info=True)
            if plugin.stage is not PluginStage.ENRICHMENT:
                return PluginStopped(plugin.name, f"{type(why).__name__}: {why}"[:200], failed=True)
            changed = None
        return bound(plugin_event.document, changed if isinstance(changed, dict) else own.document)

    async def run(self, plugin: Plugin, plugin_event: PluginEvent) -> Changed:
        """Call the plugin, in the loop or in a thread, within its time. Raises TimeoutError and whatever it raises."""
        assert plugin.on is not None
        if iscoroutinefunction(plugin.on):
            return await asyncio.wait_for(plugin.on(plugin_event), self.seconds)
        found = await self._threads[plugin.name].call(plugin.on, plugin_event, self.seconds)
        return found if isinstance(found, dict) or found is None else await asyncio.wait_for(found, self.seconds)


class PluginThreads:
    """The threads of one plugin. A stuck thread does not prevent the server from stopping."""

    def __init__(self) -> None:
        """No thread is running."""
        self._free = asyncio.Semaphore(THREADS)
        self._stuck = 0

    async def call(self, work: Callable[[PluginEvent], Answer], plugin_event: PluginEvent, seconds: float) -> Answer:
        """The plugin's result, within `seconds` once a thread is free. Raises TimeoutError and whatever it raises."""
        if self._stuck == THREADS:
            raise TimeoutError
        await asyncio.wait_for(self._free.acquire(), seconds * TURNS)
        loop, answer = asyncio.get_running_loop(), Future[Answer]()
        late = False

        def done(_: object) -> None:
            with suppress(RuntimeError):  # the loop may be gone by now
                loop.call_soon_threadsafe(lambda: self._released(stuck=late))

        answer.add_done_callback(done)
        Thread(target=settle, args=(answer, work, plugin_event), daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(answer)), seconds)
        except TimeoutError:
            late = not answer.done()
            self._stuck += late
            raise

    def _released(self, *, stuck: bool) -> None:
        """Mark a thread as free."""
        self._stuck -= stuck
        self._free.release()


def settle(answer: "Future[Answer]", work: Callable[[PluginEvent], Answer], plugin_event: PluginEvent) -> None:
    """Call the plugin and set the result or error of `answer`."""
    try:
        answer.set_result(work(plugin_event))
    except BaseException as why:
        answer.set_exception(why)
