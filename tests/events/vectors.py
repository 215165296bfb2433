"""Reads the shared cases that every language runs."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "vectors"


def lines(name: str) -> list[dict[str, Any]]:
    """The cases of one file, in order."""
    return [json.loads(line) for line in (ROOT / name).read_text().splitlines()]
