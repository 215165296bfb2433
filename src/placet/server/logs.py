"""Writes what happened as one JSON object per line (or for a person's eyes), without anybody's data.

Rules: only named facts are written, each put there on purpose · never an identifier, token, consent string,
address, query or path · of an exception its kind and where it arose, never its words, which may quote a person's data.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

COLOURS: Final = {"DEBUG": "\033[2m", "INFO": "\033[36m", "WARNING": "\033[33m", "ERROR": "\033[31m"}
QUOTED: Final = re.compile(r"[\n(<{%'\"\[]")
_PLAIN: Final = "\033[0m"


def start_logging(level: str, style: str, stream: TextIO = sys.stderr) -> None:
    """Send everything that is logged, by us and by the libraries, to `stream`.

    `style` is "json", "pretty" or "auto" (pretty on a terminal).
    """
    pretty = style == "pretty" or (style == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Pretty(stream.isatty()) if pretty else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # uvicorn warns of every malformed request, which anyone can send; its access lines hold addresses and queries.
    logging.getLogger("uvicorn").setLevel("ERROR")
    logging.getLogger("uvicorn.access").propagate = False


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record says, in the order it is written."""
    facts: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "from": record.name,
        "says": said(record),
    }
    facts |= {name: value for name, value in getattr(record, "facts", {}).items() if value not in ("", None)}
    if record.exc_info and record.exc_info[1] is not None:
        facts["error"] = type(record.exc_info[1]).__qualname__
        facts["where"] = where(record.exc_info[2])
    return facts


def said(record: logging.LogRecord) -> str:
    """Our own words whole; of a library's only those before the first thing it quotes or fills in."""
    if record.name.partition(".")[0] == "placet":
        return record.getMessage()
    return QUOTED.split(str(record.msg), maxsplit=1)[0].strip()


def where(trace: TracebackType | None) -> list[str]:
    """The way to an error, outermost first, as `file:line function`."""
    return [
        f"{stored_batch.filename}:{stored_batch.lineno} {stored_batch.name}"
        for stored_batch in traceback.extract_tb(trace)
    ]


class Lines(logging.Formatter):
    """One JSON object per line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(facts_of(record), default=str, ensure_ascii=False)


class Pretty(logging.Formatter):
    """One line of words, for a person at a terminal."""

    def __init__(self, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        facts = facts_of(record)
        steps = facts.pop("where", [])
        head = f"{facts.pop('at')[11:23]} {facts.pop('level'):<7} {facts.pop('says')}"
        if self._colours:
            head = f"{COLOURS.get(record.levelname, '')}{head}{_PLAIN}"
        facts.pop("from")
        words = " ".join(f"{name}={value}" for name, value in facts.items())
        return "\n".join([f"{head}  {words}".rstrip(), *(f"    {step}" for step in steps)])
