"""Runs plugins, each within its time, each on a copy of its own, and bounds what they may change.

House rules: a plugin that takes too long counts as one that failed; what it did by then is thrown away · its thread
cannot be stopped, so a plugin has few threads, and once all are stuck it fails at once · what it returns is bounded
(`events.in_flight`) whatever its sort.
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

from placet.events.in_flight import bound
from placet.outputs.plugins import Changed, Document, Drop, NoPlugin, Passing, Plugin, Sort

LOG: Final = logging.getLogger("placet.plugins")
THREADS: Final = 4
"""How many events one plugin works on at once, where it is not async."""
TURNS: Final = 100
"""How many times its own time an event waits for its turn at most."""
MOST_AFTER: Final = 1000
"""How many after-plugins may be under way; what would be more is left out, and said."""


Answer: TypeAlias = Changed | Awaitable[Changed]
"""What a plugin's function returns."""


class Stopped(Struct, frozen=True):
    """The event goes no further: which plugin said so, and why. `failed` where it did not say, but failed."""

    plugin: str
    why: str
    failed: bool = False


class InFlight:
    """The plugins of one node, in the order in which they run; `seconds` is the time each has for one event."""

    def __init__(self, plugins: Sequence[Plugin] = (), seconds: float = 0.25) -> None:
        """Nothing runs before `load`."""
        self.plugins, self.seconds = tuple(plugins), seconds
        self._threads = {plugin.name: Threads() for plugin in plugins}
        self._after: set[asyncio.Task[None]] = set()

    def of(self, *sorts: Sort) -> list[Plugin]:
        """Plugins of these sorts, sort by sort."""
        return [plugin for sort in sorts for plugin in self.plugins if plugin.sort is sort]

    async def load(self) -> None:
        """Load every plugin. Raises NoPlugin: better no server than one without its guards."""
        for plugin in self.plugins:
            try:
                done = plugin.load() if plugin.load else None
                if done is not None:
                    await done
            except Exception as why:
                raise NoPlugin(f"The plugin {plugin.name!r} cannot be loaded: {type(why).__name__}: {why}") from why

    async def enter(self, document: Document, source: str) -> Document | Stopped:
        """An event that comes in, through `before` and then `enrichment`."""
        for plugin in self.of(Sort.BEFORE, Sort.ENRICHMENT):
            passed = await self.through(plugin, Passing(document, source))
            if isinstance(passed, Stopped) and (plugin.sort is Sort.BEFORE or not passed.failed):
                return passed
            document = document if isinstance(passed, Stopped) else passed
        return document

    async def leave(self, document: Document, source: str, destination: str) -> Document | Stopped:
        """An event that leaves for a destination."""
        for plugin in self.of(Sort.DESTINATION):
            passed = await self.through(plugin, Passing(document, source, destination))
            if isinstance(passed, Stopped):
                return passed
            document = passed
        return document

    def ended(self, passing: Passing) -> None:
        """Tell the after-plugins how a delivery ended; nobody waits for them."""
        for plugin in self.of(Sort.AFTER):
            if len(self._after) >= MOST_AFTER:
                LOG.warning("the plugin %s is not told of a delivery: too many wait already", plugin.name)
                return
            task = asyncio.ensure_future(self.watch(plugin, passing))
            self._after.add(task)
            task.add_done_callback(self._after.discard)

    async def watch(self, plugin: Plugin, passing: Passing) -> None:
        """One after-plugin; what it returns is of no interest."""
        await self.through(plugin, passing)

    async def through(self, plugin: Plugin, passing: Passing) -> Document | Stopped:
        """The event as one plugin leaves it.

        An enrichment that fails by itself has changed what it has changed; one that was too slow, nothing.
        """
        if plugin.on is None or not plugin.wants(passing):
            return passing.document
        own = replace(passing, document=deepcopy(passing.document))
        try:
            changed = await self.run(plugin, own)
        except Drop as why:
            return Stopped(plugin.name, str(why) or "dropped")
        except TimeoutError:
            LOG.warning("the plugin %s took longer than %g seconds", plugin.name, self.seconds)
            return Stopped(plugin.name, f"it took longer than {self.seconds:g} seconds", failed=True)
        except Exception as why:
            LOG.warning("the plugin %s failed", plugin.name, exc_info=True)
            if plugin.sort is not Sort.ENRICHMENT:
                return Stopped(plugin.name, f"{type(why).__name__}: {why}"[:200], failed=True)
            changed = None
        return bound(passing.document, changed if isinstance(changed, dict) else own.document)

    async def run(self, plugin: Plugin, passing: Passing) -> Changed:
        """Call it, in the loop or in a thread, within its time. Raises TimeoutError and whatever it raises."""
        assert plugin.on is not None
        if iscoroutinefunction(plugin.on):
            return await asyncio.wait_for(plugin.on(passing), self.seconds)
        found = await self._threads[plugin.name].call(plugin.on, passing, self.seconds)
        return found if isinstance(found, dict) or found is None else await asyncio.wait_for(found, self.seconds)


class Threads:
    """The few threads of one plugin. They do not keep the server from ending, however stuck they are."""

    def __init__(self) -> None:
        """None is at work."""
        self._free = asyncio.Semaphore(THREADS)
        self._stuck = 0

    async def call(self, work: Callable[[Passing], Answer], passing: Passing, seconds: float) -> Answer:
        """What the plugin answers, within its time once it is its turn. Raises TimeoutError and whatever it raises."""
        if self._stuck == THREADS:
            raise TimeoutError
        await asyncio.wait_for(self._free.acquire(), seconds * TURNS)
        loop, answer = asyncio.get_running_loop(), Future[Answer]()
        late = False

        def done(_: object) -> None:
            with suppress(RuntimeError):  # the loop may be gone by now
                loop.call_soon_threadsafe(lambda: self._released(stuck=late))

        answer.add_done_callback(done)
        Thread(target=settle, args=(answer, work, passing), daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(answer)), seconds)
        except TimeoutError:
            late = not answer.done()
            self._stuck += late
            raise

    def _released(self, *, stuck: bool) -> None:
        """A thread is free again."""
        self._stuck -= stuck
        self._free.release()


def settle(answer: "Future[Answer]", work: Callable[[Passing], Answer], passing: Passing) -> None:
    """Do the work and settle its answer."""
    try:
        answer.set_result(work(passing))
    except BaseException as why:
        answer.set_exception(why)
