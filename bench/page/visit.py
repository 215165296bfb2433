"""One visit: a fresh browser profile meets a banner on a slow machine, and accepts."""

from pathlib import Path
from typing import Final

from msgspec import Struct
from playwright.sync_api import Browser, CDPSession, Page, Request

from bench.page.contenders import Contender

SLOWDOWN: Final = 4
"""How many times slower the page's processor is made: a phone of the middle class, beside a desktop machine."""

SETTLE_MS: Final = 700
"""How long after the banner, and after the press, the page is watched on."""

PRESS_MS: Final = 80
"""How long a finger stays on a button."""

SHORTEST: Final = 16
"""Shorter presses are not reported by browsers, in ms."""

WATCH: Final = (Path(__file__).parent / "watch.js").read_text("utf-8")


class Visit(Struct):
    """What one visit saw: milliseconds, the layout shift score, and bytes as they came over the wire."""

    visible: float
    press: float
    shift: float
    blocking: float
    work: float
    script: float
    style: float
    bytes_before: int
    bytes_all: int
    requests_before: int


def visit(browser: Browser, url: str, contender: Contender) -> Visit:
    """Go there, wait for the banner, accept."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    try:
        return watched(page, context.new_cdp_session(page), url, contender)
    finally:
        context.close()


def watched(page: Page, chrome: CDPSession, url: str, contender: Contender) -> Visit:
    """The visit on an open page. Until the banner is answered, nothing but the page's own scripts runs in it."""
    requests: list[Request] = []
    shown: list[float] = []
    page.on("requestfinished", lambda request: request.url != url and requests.append(request))
    page.add_init_script(f"({WATCH})({contender.banner!r})")
    chrome.on("Runtime.bindingCalled", lambda call: shown.append(float(call["payload"])))
    chrome.send("Runtime.enable")
    chrome.send("Runtime.addBinding", {"name": "tellVisible"})
    chrome.send("Performance.enable", {"timeDomain": "threadTicks"})
    chrome.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(url)
    while contender.banner and not shown:
        page.wait_for_timeout(20)
    page.wait_for_timeout(SETTLE_MS)
    costs = costs_of(chrome)
    seen = page.evaluate("({...seen, origin: performance.timeOrigin})")
    visible = shown[0] if shown else 0.0
    sizes = {request: request.sizes()["responseBodySize"] for request in requests if request.method == "GET"}
    before = [size for request, size in sizes.items() if ended(request) <= seen["origin"] + visible]
    return Visit(
        visible=visible,
        press=accepted(page, contender.accept) if contender.accept else 0.0,
        shift=page.evaluate("seen.shift"),
        blocking=seen["blocking"],
        work=costs["TaskDuration"],
        script=costs["ScriptDuration"],
        style=costs["RecalcStyleDuration"] + costs["LayoutDuration"],
        bytes_before=sum(before),
        bytes_all=sum(sizes.values()),
        requests_before=len(before),
    )


def accepted(page: Page, button: str) -> float:
    """Press the button for as long as a finger does: the longest of the events to the next paint, in ms."""
    box = page.evaluate("(button) => document.querySelector(button).getBoundingClientRect().toJSON()", button)
    page.wait_for_timeout(PRESS_MS)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=PRESS_MS)
    page.wait_for_timeout(SETTLE_MS)
    return max(page.evaluate("seen.presses"), default=SHORTEST)


def costs_of(chrome: CDPSession) -> dict[str, float]:
    """The processor time that the page's main thread has taken so far, by kind, in ms."""
    metrics = chrome.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] * 1000 for one in metrics if one["name"].endswith("Duration")}


def ended(request: Request) -> float:
    """When the last byte of the answer came, epoch ms."""
    return request.timing["startTime"] + request.timing["responseEnd"]
