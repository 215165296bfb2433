"""The `placet` command: every family of commands is a file beside this one, joined in `families`."""

import os
import sys

from cyclopts import App, CycloptsError, Parameter

from placet import __version__
from placet.cli import backups, delivery, events, lists, people, running, settings, strings, tokens
from placet.cli.output import HUNG_UP, USAGE

HELP = """A self-hosted consent platform: asks, remembers, proves and enforces.

Exit codes: 0 all is well, 1 something was found wrong or refused, 2 the command line or a setting is wrong, 3 the
store cannot be used (not there, not reached, damaged, held by another server, of another master secret, or in need of
`placet migrate`).
"""

families = (running, backups, settings, events, delivery, people, tokens, strings, lists)
"""The command families: each module has an `add_to(app)`."""


def make_app() -> App:
    """The command with all its families."""
    quietly = Parameter(show_default=False)
    app = App(name="placet", help=HELP, version=__version__, default_parameter=quietly, result_action="return_value")
    for family in families:
        family.add_to(app)
    return app


def run(tokens: list[str]) -> int:
    """Carry out one command line; the exit code."""
    try:
        code = make_app()(tokens, exit_on_error=False, print_error=True)
    except CycloptsError:
        return USAGE
    return code if isinstance(code, int) else 0


def main() -> None:
    """The entry point of the `placet` script. A reader who hangs up (`placet … | head`) ends it without a word."""
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail once more while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = HUNG_UP
    sys.exit(code)
