"""One visit: a fresh browser profile meets a banner on a slow machine, and accepts."""

from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from playwright.sync_api import Browser, CDPSession, Page, Request

from bench.page.contenders import Contender

SLOWDOWN: Final = 4
"""How many times slower the page's processor is made: a phone of the middle class, beside a desktop machine."""

SETTLE_MS: Final = 700
"""How long after the banner, and after the press, the page is watched on."""

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
    """The visit on an open page."""
    requests: list[Request] = []
    page.on("requestfinished", lambda request: request.url != url and requests.append(request))
    page.add_init_script(f"({WATCH})({contender.banner!r})")
    chrome.send("Performance.enable", {"timeDomain": "threadTicks"})
    chrome.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(url)
    if contender.banner:
        page.wait_for_function("seen.visible !== null")
    page.wait_for_timeout(SETTLE_MS)
    work = main_thread(chrome)
    if contender.accept:
        page.locator(contender.accept).click()
        page.wait_for_timeout(SETTLE_MS)
    seen = page.evaluate("({...seen, origin: performance.timeOrigin})")
    sizes = {request: request.sizes()["responseBodySize"] for request in requests if request.method == "GET"}
    before = [size for request, size in sizes.items() if ended(request) <= seen["origin"] + (seen["visible"] or 0)]
    return Visit(
        visible=seen["visible"] or 0.0,
        press=max(seen["presses"], default=SHORTEST),
        shift=seen["shift"],
        blocking=seen["blocking"],
        work=work,
        bytes_before=sum(before),
        bytes_all=sum(sizes.values()),
        requests_before=len(before),
    )


def main_thread(chrome: CDPSession) -> float:
    """The processor time that the page's main thread has taken so far, in ms."""
    metrics: dict[str, Any] = {one["name"]: one["value"] for one in chrome.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]) * 1000


def ended(request: Request) -> float:
    """When the last byte of the answer came, epoch ms."""
    return request.timing["startTime"] + request.timing["responseEnd"]
