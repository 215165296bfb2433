"""Plugins run in their order, within their time, and a failing one does what its sort says."""

import asyncio
import time
from typing import Any

import pytest

from placet.outputs.plugins.plugin import NoPlugin, Plugin, PluginDrop, PluginEvent, PluginStage, chosen
from placet.outputs.plugins.runner import PluginRunner, PluginStopped

EVENT: dict[str, Any] = {"type": "track", "event": "A", "properties": {"seen": []}}


def seen(name: str, sort: PluginStage = PluginStage.ENRICHMENT, **more: Any) -> Plugin:
    """A plugin that leaves its name in the event."""

    def on(plugin_event: PluginEvent) -> dict[str, Any]:
        plugin_event.document["properties"]["seen"].append(name)
        return plugin_event.document

    return Plugin(name, sort, on, **more)


def failing(sort: PluginStage, why: Exception) -> Plugin:
    """A plugin that changes something and then fails."""

    def on(plugin_event: PluginEvent) -> None:
        plugin_event.document["properties"]["seen"].append("half")
        raise why

    return Plugin("failing", sort, on)


def slow(sort: PluginStage) -> Plugin:
    """A plugin that is never done in time."""

    async def on(plugin_event: PluginEvent) -> None:
        plugin_event.document["properties"]["seen"].append("late")
        await asyncio.sleep(30)

    return Plugin("slow", sort, on)


async def names(*plugins: Plugin) -> Any:
    seconds = 0.05 if any(plugin.name == "slow" for plugin in plugins) else 30.0
    passed = await PluginRunner(plugins, seconds).enter(EVENT, "o/w/s")
    return passed if isinstance(passed, PluginStopped) else passed["properties"]["seen"]


async def test_before_comes_first_then_enrichment_each_in_the_order_they_were_named() -> None:
    plugins = [
        seen("e1"),
        seen("b1", PluginStage.BEFORE),
        seen("d", PluginStage.DESTINATION),
        seen("e2"),
        seen("b2", PluginStage.BEFORE),
    ]
    plugins += [seen("a", PluginStage.AFTER), seen("u", PluginStage.UTILITY)]
    assert await names(*plugins) == ["b1", "b2", "e1", "e2"]
    assert EVENT["properties"]["seen"] == []


async def test_a_before_plugin_that_fails_stops_the_event() -> None:
    assert await names(failing(PluginStage.BEFORE, ValueError("x")), seen("e")) == PluginStopped(
        "failing", "ValueError: x", True
    )


async def test_an_enrichment_that_fails_leaves_what_it_changed_and_the_event_goes_on() -> None:
    assert await names(failing(PluginStage.ENRICHMENT, ValueError("x")), seen("e")) == ["half", "e"]


async def test_an_enrichment_that_is_too_slow_changes_nothing() -> None:
    assert await names(slow(PluginStage.ENRICHMENT)) == []


async def test_a_before_plugin_that_is_too_slow_stops_the_event() -> None:
    assert await names(slow(PluginStage.BEFORE)) == PluginStopped("slow", "it took longer than 0.05 seconds", True)


@pytest.mark.parametrize("sort", [PluginStage.BEFORE, PluginStage.ENRICHMENT])
async def test_a_plugin_may_drop_an_event_on_purpose(sort: PluginStage) -> None:
    assert await names(failing(sort, PluginDrop("a robot"))) == PluginStopped("failing", "a robot")


async def test_a_plugin_sees_the_kinds_and_destinations_it_asked_for() -> None:
    plugins = (seen("page", kinds=("page",)), seen("track", kinds=("track",)))
    assert await names(*plugins) == ["track"]
    out = PluginRunner(
        [
            seen("x", PluginStage.DESTINATION, destinations=("x",)),
            seen("y", PluginStage.DESTINATION, destinations=("y",)),
        ],
        30,
    )
    left = await out.leave(EVENT, "o/w/s", "y")
    assert not isinstance(left, PluginStopped)
    assert left["properties"]["seen"] == ["y"]


async def test_code_that_blocks_its_threads_fails_at_once_and_holds_up_nobody() -> None:
    done = asyncio.Event()

    def block(plugin_event: PluginEvent) -> None:
        while not done.is_set():
            time.sleep(0.005)

    async def after(plugin_event: PluginEvent) -> dict[str, Any]:
        return plugin_event.document | {"went": "on"}

    inflight = PluginRunner(
        [Plugin("stuck", PluginStage.ENRICHMENT, block), Plugin("e", PluginStage.ENRICHMENT, after)], 0.02
    )
    try:
        passed = await asyncio.gather(*(inflight.enter(EVENT, "s") for _ in range(4)))
        passed += await asyncio.gather(*(inflight.enter(EVENT, "s") for _ in range(50)))
    finally:
        done.set()
    assert all(not isinstance(one, PluginStopped) and one["went"] == "on" for one in passed)


async def test_many_events_take_turns_in_the_threads_of_a_plugin() -> None:
    passed = await asyncio.gather(*(names(seen("e")) for _ in range(3)))
    inflight = PluginRunner([seen("e")], 30.0)
    many = await asyncio.gather(*(inflight.enter(EVENT, "s") for _ in range(60)))
    assert [*passed, *(one["properties"]["seen"] for one in many if isinstance(one, dict))] == [["e"]] * 63


async def test_a_thread_that_comes_back_is_of_use_again() -> None:
    done = asyncio.Event()

    def block(plugin_event: PluginEvent) -> dict[str, Any]:
        while not done.is_set():
            time.sleep(0.002)
        return plugin_event.document | {"went": "through"}

    inflight = PluginRunner([Plugin("stuck", PluginStage.ENRICHMENT, block)], 0.02)
    await asyncio.gather(*(inflight.enter(EVENT, "s") for _ in range(4)))
    done.set()
    inflight.seconds = 30.0
    passed: Any = EVENT
    while passed == EVENT:
        await asyncio.sleep(0.005)
        passed = await inflight.enter(EVENT, "s")
    assert passed["went"] == "through"


async def test_after_plugins_hear_how_a_delivery_ended_and_their_failures_harm_nothing() -> None:
    heard: list[str] = []
    told = asyncio.Event()

    async def on(plugin_event: PluginEvent) -> None:
        heard.append(plugin_event.outcome)
        told.set()

    inflight = PluginRunner([failing(PluginStage.AFTER, ValueError("x")), Plugin("ear", PluginStage.AFTER, on)])
    inflight.ended(PluginEvent(EVENT, "s", "d", "sent"))
    await told.wait()
    assert heard == ["sent"]


async def test_every_plugin_is_loaded_before_the_first_event() -> None:
    loaded: list[str] = []

    async def later() -> None:
        loaded.append("async")

    plugins = [
        Plugin("u", PluginStage.UTILITY, load=lambda: loaded.append("utility")),
        Plugin("e", PluginStage.AFTER, load=later),
    ]
    await PluginRunner(plugins).load()
    assert loaded == ["utility", "async"]


async def test_a_plugin_that_cannot_be_loaded_stops_the_start() -> None:
    def broken() -> None:
        raise OSError("no licence")

    with pytest.raises(NoPlugin, match="no licence"):
        await PluginRunner([Plugin("b", PluginStage.BEFORE, load=broken)]).load()


def test_a_plugin_that_is_not_installed_stops_the_start() -> None:
    with pytest.raises(NoPlugin, match=r"no plugin 'stamp' \(installed: none\)"):
        chosen(("stamp",), ())
