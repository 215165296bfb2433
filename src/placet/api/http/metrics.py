"""Counts what the server did, cheaply on the way and in Prometheus' words when asked."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

Table: TypeAlias = Mapping[tuple[str, ...], float]
"""Numbers by their labels."""

PAGE_SECONDS: Final = 1.0
"""How long a page is good for: however often it is asked for, it is made once in this time."""

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency buckets, in seconds."""


class RouteMetrics:
    """Latencies and statuses of one route. Plain integers: prometheus_client's own cost ten times as much."""

    __slots__ = ("buckets", "method", "route", "seconds", "statuses")

    def __init__(self, method: str, route: str) -> None:
        self.method = method
        self.route = route
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.statuses: dict[int, int] = {}

    def record(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds
        self.statuses[status] = self.statuses.get(status, 0) + 1


class Metrics(Collector):
    """All numbers of one process. Faces count through it; the stores and workers hand in gauges to read on demand."""

    def __init__(self, version: str, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._page = b""
        self._stale_at = clock()
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self.decisions: Counter[str] = Counter()
        """Banner decisions by reason code."""
        self.saves: Counter[str] = Counter()
        """Kept choices by interaction; a name of our own table, never a caller's text."""
        self.limited: Counter[str] = Counter()
        """Requests refused for their rate, by dialect."""
        self.events: Counter[str] = Counter()
        """Events by what became of them on arrival: our own words and codes."""
        self.deliveries: Counter[str] = Counter()
        """Turns of deliveries by what became of them: sent, held, given up, again."""
        self._version = version
        self._watches: list[RouteMetrics] = []
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self._tables: dict[str, tuple[str, tuple[str, ...], Callable[[], Table]]] = {}

    def route_metrics(self, method: str, route: str) -> RouteMetrics:
        """A new watch; `route` is the template (`/v1/receipts/{id}`), never the path that was asked for."""
        self._watches.append(RouteMetrics(method, route))
        return self._watches[-1]

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show `read()` under `name` at every scrape: the length of a queue, say."""
        self._gauges[name] = (meaning, read)

    def table(self, name: str, meaning: str, labels: tuple[str, ...], read: Callable[[], Table]) -> None:
        """The same for several numbers, each told by its labels: a queue for each destination, say."""
        self._tables[name] = (meaning, labels, read)

    def page(self) -> tuple[bytes, bytes]:
        """The page Prometheus reads, up to a second old, and its content type."""
        now = self._clock()
        if now >= self._stale_at:
            self._page, self._stale_at = generate_latest(self.registry), now + PAGE_SECONDS
        return self._page, CONTENT_TYPE_LATEST.encode()

    def collect(self) -> Iterator[Metric]:
        """Every family, in Prometheus' own types."""
        yield self._latencies()
        yield self._requests()
        yield _counted("placet_decisions", "Banner decisions by reason.", "reason", self.decisions)
        yield _counted("placet_saves", "Choices kept, by interaction.", "interaction", self.saves)
        yield _counted("placet_rate_limited", "Requests refused for their rate.", "face", self.limited)
        yield _counted("placet_events", "Events by what became of them on arrival.", "outcome", self.events)
        yield _counted("placet_deliveries", "Turns of deliveries by outcome.", "outcome", self.deliveries)
        for name, (meaning, read) in self._gauges.items():
            yield GaugeMetricFamily(name, meaning, value=read())
        for name, (meaning, labels, rows) in self._tables.items():
            family = GaugeMetricFamily(name, meaning, labels=labels)
            for values, number in rows().items():
                family.add_metric(values, number)
            yield family
        build = GaugeMetricFamily("placet_build_info", "The running version.", labels=["version"])
        build.add_metric([self._version], 1)
        yield build

    def _latencies(self) -> Metric:
        family = HistogramMetricFamily(
            "placet_http_request_seconds", "From a parsed request to its answer.", labels=["method", "route"]
        )
        for watch in self._watches:
            # What was never asked for has no series: there are some hundred routes, each with fifteen buckets.
            if watch.statuses:
                family.add_metric([watch.method, watch.route], _cumulated(watch.buckets), watch.seconds)
        return family

    def _requests(self) -> Metric:
        family = CounterMetricFamily("placet_http_requests", "Answers by status.", labels=["method", "route", "status"])
        for watch in self._watches:
            for status, count in watch.statuses.items():
                family.add_metric([watch.method, watch.route, str(status)], count)
        return family


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    total = 0
    rows = []
    for bound, count in zip((*BOUNDS, float("inf")), buckets, strict=True):
        total += count
        rows.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
    return rows


def _counted(name: str, meaning: str, label: str, counts: Counter[str]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
