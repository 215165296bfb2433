"""An organisation becomes one canonical settings file: fixed order, defaults left out, long texts in blocks."""

import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from msgspec import NODEFAULT, Struct, structs

from placet.settings.organisation import Organisation
from placet.settings_files.fields import meaning_of
from placet.validation.secrets import masked

WIDTH: Final = 110
LONG: Final = 80
"""Texts longer than this are written as a block."""
PARTED: Final = 4
"""Lists this near to the margin (in columns) have a heading above them."""
PLAIN: Final = re.compile(r"[A-Za-z0-9/À-ÿ.][A-Za-z0-9À-ÿ .,;!?()/_+’'*#@&%:-]*")
"""Texts that need no quotes; what else would be read otherwise is left to `plain`."""


def write(organisation: Organisation) -> str:
    """The settings as text. Reading it gives the same organisation, its secrets masked (`kept:…`)."""
    lines = ["# Settings of an organisation, as exported by placet.", ""]
    lines += fields(masked(organisation), 0)
    return "\n".join(lines) + "\n"


def fields(value: Struct, indent: int) -> Iterator[str]:
    """A line or more for each field that is not at its default."""
    for field in structs.fields(value):
        held = getattr(value, field.name)
        if held == default_of(field):
            continue
        if indent <= PARTED and isinstance(held, tuple) and held and isinstance(held[0], Struct):
            yield ""
            yield f"{' ' * indent}# {meaning_of(type(value), field.name)}"
        yield from entry(field.name, held, indent)


def default_of(field: structs.FieldInfo) -> Any:
    """What a field is when nobody says anything; NODEFAULT when somebody must."""
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return field.default


def entry(key: str, value: Any, indent: int) -> Iterator[str]:
    """`key: value`, or the key and its value's lines below."""
    head = f"{' ' * indent}{scalar(key)}:"
    if isinstance(value, Struct):
        body = list(fields(value, indent + 2))
        yield from [head, *body] if body else [f"{head} {{}}"]
    elif isinstance(value, dict) and value:
        yield head
        for each, item in value.items():
            yield from entry(each, item, indent + 2)
    elif isinstance(value, tuple | list) and value:
        yield from sequence(head, value, indent)
    elif isinstance(value, str) and not isinstance(value, Enum) and (block := as_block(value, indent + 2)):
        yield f"{head} {block[0]}"
        yield from block[1:]
    else:
        yield f"{head} {scalar(value)}"


def sequence(head: str, items: tuple[Any, ...] | list[Any], indent: int) -> Iterator[str]:
    """Short words on one line in brackets, all else item by item."""
    if not any(isinstance(item, Struct | dict | tuple | list) for item in items):
        line = f"{head} [{', '.join(scalar(item, inside=True) for item in items)}]"
        if len(line) <= WIDTH:
            yield line
            return
    yield head
    for item in items:
        yield from one_item(item, indent + 2)


def one_item(item: Any, indent: int) -> Iterator[str]:
    """One item, its first line behind a dash."""
    if isinstance(item, Struct):
        lines = list(fields(item, indent + 2))
    elif isinstance(item, dict) and item:
        lines = [line for key, each in item.items() for line in entry(key, each, indent + 2)]
    elif isinstance(item, tuple | list) and item:
        lines = [line for each in item for line in one_item(each, indent + 2)]
    else:
        lines = [" " * (indent + 2) + scalar(item)]
    yield f"{' ' * indent}- {lines[0].lstrip(' ')}"
    yield from lines[1:]


def scalar(value: Any, inside: bool = False) -> str:
    """A single value, or an empty list or map, on one line; `inside` brackets some more characters need quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, tuple | list):
        return "[]"
    if isinstance(value, Enum):
        value = value.value
    if not isinstance(value, str):
        return repr(value)
    if plain(value) and not (inside and re.search(r"[,\[\]{}]", value)):
        return value
    return quoted(value)


def plain(text: str) -> bool:
    """True when YAML reads the bare text as itself, and as a text."""
    if not PLAIN.fullmatch(text) or text.endswith((" ", ":")) or ": " in text or " #" in text:
        return False
    return not re.fullmatch(
        r"(?i)null|true|false|yes|no|on|off|y|n|\.+|\.(inf|nan)|[-+.0-9][-+.0-9_:a-fxo]*|---.*", text
    )


def quoted(text: str) -> str:
    """The text in double quotes; what cannot be seen is escaped."""
    return '"' + "".join(escaped(letter) for letter in text) + '"'


def escaped(letter: str) -> str:
    """One character inside double quotes."""
    if letter in '"\\':
        return "\\" + letter
    if letter == "\n":
        return "\\n"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def as_block(text: str, indent: int) -> list[str]:
    """The text as a block, folded or, where it has lines of its own, literal; empty when it is better off quoted."""
    rows = text.split("\n")
    if len(text) <= LONG and len(rows) == 1:
        return []
    if not all(row and row.isprintable() and row == row.strip() and "\ufeff" not in row for row in rows):
        return []
    margin = " " * indent
    if len(rows) > 1:
        return ["|-", *(margin + row for row in rows)]
    if "  " in text or any(letter.isspace() and letter != " " for letter in text):
        return []
    folded = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return [">-", *(margin + row for row in folded)]
