"""The meaning of a string, as data for people and programs."""

from collections.abc import Iterable, Iterator

import msgspec

from placet.formats.tcf.validity import TcProblem

MAX_NAMES = 10
"""How many names a line lists before it says how many more there are."""


class ExplainedLine(msgspec.Struct, frozen=True):
    """One statement: a label and plain words."""

    label: str
    words: str


class Part(msgspec.Struct, frozen=True):
    """Lines that belong together, under a heading."""

    title: str
    lines: tuple[ExplainedLine, ...]


class Explanation(msgspec.Struct, frozen=True):
    """The kind of the string, its content in one sentence and in detail, and its problems."""

    kind: str
    summary: str
    parts: tuple[Part, ...]
    problems: tuple[TcProblem, ...] = ()


def part(title: str, **lines: str) -> Part:
    """A part whose labels are the names of the arguments, underscores read as spaces; empty words are left out."""
    return Part(title, tuple(ExplainedLine(label.replace("_", " "), words) for label, words in lines.items() if words))


def problem(code: str, reason: str, *, void: bool = False) -> TcProblem:
    """A problem; a note unless `void`."""
    return TcProblem(code, void, reason)


def some_of(names: Iterable[str]) -> str:
    """The first names, and how many more there are; `none` for none."""
    listed = list(names)
    if not listed:
        return "none"
    more = len(listed) - MAX_NAMES
    shown = ", ".join(listed[:MAX_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def as_text(explanation: Explanation) -> str:
    """The explanation as lines for a terminal, ending in a newline."""
    return "\n".join(_lines(explanation)) + "\n"


def _lines(explanation: Explanation) -> Iterator[str]:
    yield f"{explanation.kind}: {explanation.summary}"
    for each in explanation.parts:
        yield from ("", each.title)
        width = max((len(line.label) for line in each.lines), default=0)
        yield from (f"  {line.label:<{width}}  {line.words}" for line in each.lines)
    yield from ("", "Problems" if explanation.problems else "No problems found")
    for found in explanation.problems:
        yield f"  {'VOID' if found.void else 'note'}  {found.reason} [{found.code}]"
