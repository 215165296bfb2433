"""Reads the places that settings name instead of a secret: `env:NAME` and `file:PATH`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from placet.validation.secrets import ENV, FILE

MAX_BYTES: Final = 64 * 1024
"""No key is longer."""


def looker(folder: Path, environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that reads such a place; relative paths start in `folder`. It raises LookupError with the reason."""

    def look(place: str) -> str:
        if place.startswith(ENV):
            return from_environment(place.removeprefix(ENV), environ)
        return from_file(folder / Path(place.removeprefix(FILE)).expanduser())

    return look


def from_environment(name: str, environ: Mapping[str, str]) -> str:
    """A variable's value. Raises LookupError."""
    value = environ.get(name, "")
    if not value:
        raise LookupError(f"the variable {name} is not set")
    return value


def from_file(path: Path) -> str:
    """A file's text without the line end. Raises LookupError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LookupError(f"{path} is too long for a key")
        return path.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise LookupError(error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise LookupError(f"{path} is not text") from None
