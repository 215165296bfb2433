"""The reference GPP library on Node, asked in batches."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from on_node import ask

HERE = Path(__file__).parent / "node-gpp"
CROSSCHECK = HERE / "crosscheck.cjs"
BENCH = HERE / "bench.cjs"


def decode(strings: Iterable[str]) -> list[dict[str, Any]]:
    """The sections of each string, or `{"refused": why}`."""
    return ask(CROSSCHECK, {"decode": list(strings)})["decoded"]


def encode(strings: Iterable[Iterable[tuple[str, str, Any]]]) -> list[str]:
    """The string for each set of (section, field, value)."""
    return ask(CROSSCHECK, {"encode": [list(each) for each in strings]})["encoded"]


def old_canada(cores: Iterable[Mapping[str, Any]]) -> list[str]:
    """The core of a Canadian string as the library wrote it before Fibonacci ranges."""
    return ask(CROSSCHECK, {"oldCanada": [list(each.items()) for each in cores]})["oldCanada"]


def rates(strings: list[str], seconds: float) -> dict[str, float]:
    """How many strings per second it decodes and encodes, measured over `seconds` each."""
    return ask(BENCH, {"seconds": seconds, "strings": strings})
