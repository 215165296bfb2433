"""The cases that every language runs, from `vectors/`."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[2] / "vectors"


def rows(name: str) -> list[dict[str, Any]]:
    """All cases of a file."""
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]


def good(name: str) -> list[dict[str, Any]]:
    """The cases that must be read."""
    return [row for row in rows(name) if not row.get("invalid")]


def bad(name: str) -> list[dict[str, Any]]:
    """The cases that must be refused."""
    return [row for row in rows(name) if row.get("invalid")]
