"""Consent strings on the command line: what one says, in plain words."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from cyclopts import App, Group, Parameter
from msgspec import structs
from rich.text import Text

from placet.app.vendor_lists import vendor_lists_of
from placet.cli.output import FINE, FOUND, STYLES, USAGE, OutputOptions, write_error, write_output
from placet.cli.store import Where
from placet.config import BadSettings
from placet.formats.errors import Malformed
from placet.formats.explain.explain import MAX_TEXT, explain
from placet.formats.explain.explanation import Explanation, Part
from placet.formats.tcf.validity import TcProblem, is_void

FAMILY = Group("Strings and lists")
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()
STDIN: Final = "-"


def add_to(app: App) -> None:
    """Add this family's commands."""
    app.command(decode, group=FAMILY)


def decode(
    string: Annotated[str, Parameter(help="The string; - reads it from standard input.", allow_leading_hyphen=True)],
    /,
    *,
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Explain a consent string: what it is, what it says, and what is wrong with it.

    Understands TC, GPP, Additional Consent and US Privacy strings, the OptanonConsent cookie, an app's
    otConsentString and gpc.json. Names come from the vendor lists in
    force. Needs no store and no network.

    Exit code 1 when the string can not be read, or when vendors must treat it as absent.
    """
    text = sys.stdin.read(MAX_TEXT + 1) if string == STDIN else string
    if not text.strip():
        return write_error(options, "there is nothing to decode: give a string, or - and send one", USAGE)
    try:
        explanation = explain(text, datetime.now(UTC), vendor_lists_of(where.settings()).for_explaining)
    except BadSettings as why:
        return write_error(options, str(why), USAGE)
    except Malformed as why:
        return write_error(options, str(why), FOUND)
    void = is_void(explanation.problems)
    return write_output(options, explanation_lines(explanation), as_data(explanation, void), FOUND if void else FINE)


def as_data(explanation: Explanation, void: bool) -> dict[str, Any]:
    """The explanation for scripts."""
    return {**structs.asdict(explanation), "void": void}


def explanation_lines(explanation: Explanation) -> Iterator[Text]:
    """The explanation for a person."""
    yield Text.assemble((explanation.kind, "bold"), ": ", explanation.summary)
    for part in explanation.parts:
        yield Text()
        yield Text(part.title, "bold cyan")
        yield from part_lines(part)
    yield Text()
    yield Text("Problems", "bold") if explanation.problems else Text("No problems found", "green")
    yield from map(problem_line, explanation.problems)


def part_lines(part: Part) -> Iterator[Text]:
    """The lines of one part, labels in one column."""
    width = max((len(line.label) for line in part.lines), default=0)
    for line in part.lines:
        yield Text.assemble("  ", (f"{line.label:<{width}}", "dim"), "  ", line.words)


def problem_line(problem: TcProblem) -> Text:
    """One problem, in the colour of its weight."""
    mark, style = ("VOID", STYLES["error"]) if problem.void else ("note", STYLES["warning"])
    return Text.assemble("  ", (mark, style), f"  {problem.reason} ", (f"[{problem.code}]", "dim"))
