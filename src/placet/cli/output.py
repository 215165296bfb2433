"""How commands speak: to a person in colour, to a script in JSON, or not at all; and their exit codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from cyclopts import Parameter
from msgspec import json
from rich.console import Console
from rich.text import Text

FINE: Final = 0
FOUND: Final = 1
USAGE: Final = 2
NO_STORE: Final = 3
HUNG_UP: Final = 141
"""What shells make of SIGPIPE: whoever read the output wanted no more of it."""

QUIET: Final = "Say nothing but what went wrong."
JSON: Final = "Answer with one JSON document on standard output."

STYLES: Final = {"error": "bold red", "warning": "yellow", "+": "green", "-": "red", "~": "cyan"}


@Parameter(name="*")
@dataclass(frozen=True)
class OutputOptions:
    """How to speak."""

    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", help=QUIET)] = False
    as_json: Annotated[bool, Parameter(name="--json", negative="", help=JSON)] = False


def write_output(options: OutputOptions, lines: Iterable[str | Text], data: Any, code: int = FINE) -> int:
    """Speak in the way that was asked for. Hands back the exit code."""
    if options.as_json:
        Console(soft_wrap=True, highlight=False, markup=False).out(json.encode(data).decode(), highlight=False)
        return code
    if options.quiet and code == FINE:
        return code
    console = Console(stderr=code != FINE and options.quiet, soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line if isinstance(line, Text) else Text(printable(line)))
    return code


def write_error(options: OutputOptions, message: str, code: int) -> int:
    """Say why nothing was done. Hands back the exit code."""
    if options.as_json:
        return write_output(options, (), {"error": printable(message)}, code)
    Console(stderr=True, soft_wrap=True, highlight=False).print(
        Text.assemble(("error: ", STYLES["error"]), printable(message))
    )
    return code


def printable(text: str) -> str:
    """The text as every terminal can have it: arguments that were no UTF-8 hold halves of characters."""
    return text.encode("utf-8", "replace").decode()


def hint(messages: Iterable[str]) -> None:
    """Say what is worth knowing beside the answer, on standard error."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for message in messages:
        console.print(Text.assemble(("note: ", STYLES["warning"]), message))


def styled(line: str, mark: str) -> Text:
    """A line in the colour of its kind: a severity, or `+`, `-`, `~` of a change."""
    return Text(line, style=STYLES.get(mark, ""))
