"""Pure rooms are handed the time, ids and dice: they never ask the world for any."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import FILES, PURE, SOURCE, short, tree

FORBIDDEN = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "uuid": {"uuid1", "uuid4"},
    "os": {"urandom", "getenv", "environ"},
    "random": None,
    "secrets": None,
}
"""Module or class, and which of its names a pure room may not use (None: all of them)."""

BUILTINS = {"open", "print", "input", "exec", "eval", "__import__"}

PURE_FILES = [path for path in FILES if path.relative_to(SOURCE).parts[0] in PURE]


def impurities(module: ast.Module) -> Iterator[str]:
    """Every place in a file that reads a clock, throws dice or opens a door."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN:
            banned = FORBIDDEN[node.module]
            yield from (f"{node.module}.{name.name}" for name in node.names if banned is None or name.name in banned)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            banned = FORBIDDEN.get(owner, set())
            if banned is None or node.attr in banned:
                yield f"{owner}.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            yield f"{node.func.id}()"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield "async"


@pytest.mark.parametrize("path", PURE_FILES, ids=short)
def test_a_pure_room_asks_nothing_of_the_world(path):
    assert list(impurities(tree(path))) == []


@pytest.mark.parametrize(
    "code, found",
    [
        ("import time\ntime.time()", ["time.time"]),
        ("from time import monotonic", ["time.monotonic"]),
        ("from datetime import datetime\ndatetime.now(UTC)", ["datetime.now"]),
        ("import datetime\ndatetime.datetime.now()", ["datetime.now"]),
        ("from uuid import uuid4, uuid5", ["uuid.uuid4"]),
        ("import os\nos.urandom(16)", ["os.urandom"]),
        ("import random\nrandom.choice(x)", ["random.choice"]),
        ("open('x')", ["open()"]),
        ("async def f(): pass", ["async"]),
        ("from datetime import datetime\ndatetime.fromtimestamp(0, UTC)\nevent.time()", []),
    ],
)
def test_what_counts_as_asking_the_world(code, found):
    assert list(impurities(ast.parse(code))) == found
