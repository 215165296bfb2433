"""What one verdict costs: destinations gated by consent, with forwarding rules, with filters, and a mix of these.

    python -m bench.judge [TIMES]

One process, one thread, its own processor time; the best of several rounds, garbage collection off. The mix of the
last line is the one that `bench.ingest` uses; the aim is half a microsecond for each destination, all included.
"""

import gc
import sys
from collections.abc import Callable
from time import process_time_ns
from typing import Any

import msgspec
from msgspec.structs import replace

from placet.events.event import Event, EventKind
from placet.events.filters.actions import only_send
from placet.events.filters.filter import read_filter
from placet.events.policy.connection import Connection
from placet.events.policy.consent_state import ConsentSignal, EventConsent
from placet.events.policy.evaluate import Routes, compile_routes, evaluate, evaluate_connection
from placet.events.policy.evaluation_context import EvaluationContext, Subject
from placet.events.policy.forwarding_rules import ConsentRow, ConsentRule, EventAttributeRule, ForwardingRules, SaleRow
from placet.events.policy.purposes import PurposeMapping

MAPPING = PurposeMapping({f"C000{n}": f"purpose-{n}" for n in range(1, 6)})
FILTERS = (
    "contains(context.consent.onetrust, 'C0002:1')",
    "type = 'track' and event != 'Test'",
    "match(event, 'Plan *')",
    "properties.price > 5 or context.campaign.source = 'mail'",
    "context.library.name in ['analytics.js', 'analytics-node']",
)
BODY = msgspec.json.encode(
    {
        "type": "track",
        "event": "Plan Chosen",
        "messageId": "ajs-next-1700000000000-0a1b2c",
        "anonymousId": "8d9c8c1e-6d3c-4fd5-8a0e-8a1d0d6c9f57",
        "context": {
            "consent": {"onetrust": "C0001:1,C0002:1,C0003:1,C0004:0,C0005:1"},
            "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
            "page": {"path": "/plans", "url": "https://shop.example/plans?utm=x", "title": "Plans", "referrer": ""},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
            "locale": "de-DE",
            "timezone": "Europe/Berlin",
            "campaign": {"source": "mail", "name": "autumn"},
        },
        "properties": {"plan": "team", "price": 49.5, "seats": 12, "notes": "x" * 300},
        "integrations": {},
    }
)
ADS = MAPPING.bits["purpose-4"]
REST = MAPPING.mask(("purpose-1", "purpose-2", "purpose-3", "purpose-5"))
SUBJECT = Subject("p-1", known=True, profile=EventConsent((ConsentSignal("profile", 1, REST, ADS),)))


RULES = ForwardingRules(
    consent=ConsentRule(True, (ConsentRow("purpose-1"), SaleRow(present=False))),
    event=EventAttributeRule(False, "plan", "free"),
)


def connections(*, ruled: int = 0, filtered: int = 0) -> list[Connection]:
    """Twenty destinations gated by consent; some of them have forwarding rules, some a filter."""
    purposes = [(f"purpose-{1 + n % 5}", f"purpose-{1 + (n + 1) % 5}")[: 1 + n % 2] for n in range(20)]
    plain = [Connection(f"d{n}", names=(f"Destination {n}",), purposes=purposes[n]) for n in range(20)]
    granted = [replace(one, purposes=("purpose-1",)) for one in plain]
    texts = [FILTERS[n % len(FILTERS)] for n in range(filtered)]
    return (
        plain[ruled + filtered :]
        + [replace(one, rules=RULES) for one in granted[:ruled]]
        + [
            replace(one, filters=(only_send("f", read_filter(text)),))
            for one, text in zip(granted[ruled:], texts, strict=False)
        ]
    )


def an_event() -> Event:
    """A fresh event whose parts are still raw, as a face hands it over."""
    fields: dict[str, Any] = {**RAW, "type": "track", "event": "Plan Chosen", "messageId": "m"}
    return Event("m", "web", EventKind.TRACK, 1, 1, fields, "Plan Chosen")


RAW = msgspec.json.decode(BODY, type=dict[str, msgspec.Raw])


def best(run: Callable[[], object], times: int, rounds: int = 7) -> float:
    """Nanoseconds for one run, in the best round."""
    found = []
    for _ in range(rounds):
        start = process_time_ns()
        for _ in range(times):
            run()
        found.append((process_time_ns() - start) / times)
    return min(found)


def report(routes: Routes, name: str, times: int) -> None:
    """One line for a mix of destinations."""
    size = len(routes.compiled)
    case = EvaluationContext(an_event(), SUBJECT, routes.mapping, routes.places)
    for gate in routes.compiled:
        evaluate_connection(gate, case)
    gates = best(lambda: [evaluate_connection(gate, case) for gate in routes.compiled], times)
    whole = best(lambda: evaluate(an_event(), SUBJECT, routes), times)
    print(f"{name:34} {gates / size:7.0f} ns {whole / size:19.0f} ns {whole / 1000:12.1f} µs")


def main() -> None:
    """Print the table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    gc.disable()
    print(f"{'':34} gate alone   with reading the event   a whole event")
    for name, mix in {
        "20 gates": connections(),
        "20 gates + rules": connections(ruled=20),
        "20 gates + FQL": connections(filtered=20),
        "15 gates, 5 gates + FQL": connections(filtered=5),
    }.items():
        report(compile_routes(mix, MAPPING), name, times)


if __name__ == "__main__":
    main()
