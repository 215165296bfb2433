"""The functions of the filter language, each total: an argument of the wrong kind gives null or false, never an error.

The table FUNCTIONS is the whole list (segment.md §6.3). Coercions of `bool`, `string` and `number` are
unverified there; what we chose stands beside each.
"""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from msgspec import Struct, json

from placet.events.filters.ast import COMPARISONS, FunctionCall, Literal
from placet.events.filters.glob import BadGlob, glob

NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")
VERSION_PART: Final = re.compile(r"\s*([+-]?[0-9]{1,18})")
WORD_START: Final = re.compile(r"(?<!\S)\S")

ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
"""What each comparison means between two values of one ordered kind."""


def contains(text: Any, part: Any) -> bool:
    """Is the second text somewhere in the first?"""
    return isinstance(text, str) and isinstance(part, str) and part in text


def match(text: Any, pattern: Any) -> bool:
    """Does the whole text follow the pattern?"""
    return isinstance(text, str) and isinstance(pattern, str) and glob(pattern)(text)


def length(value: Any) -> int | None:
    """Members of a list, bytes (UTF-8) of a text, 0 for null; null for anything else."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        return len(value)
    return 0 if value is None else None


def lowercase(value: Any) -> str | None:
    """The text in lower case."""
    return value.lower() if isinstance(value, str) else None


def uppercase(value: Any) -> str | None:
    """The text in upper case."""
    return value.upper() if isinstance(value, str) else None


def snakecase(value: Any) -> str | None:
    """The text with `_` for each space."""
    return value.replace(" ", "_") if isinstance(value, str) else None


def kebabcase(value: Any) -> str | None:
    """The text with `-` for each space."""
    return value.replace(" ", "-") if isinstance(value, str) else None


def titlecase(value: Any) -> str | None:
    """The text with a capital at the start of each word; other letters stay."""
    return WORD_START.sub(lambda hit: hit.group().upper(), value) if isinstance(value, str) else None


def kind_of(value: Any) -> str:
    """`typeof`: string, number, list, bool, null; an object, which the documentation leaves out, is `object`."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return {str: "string", list: "list", type(None): "null"}.get(type(value), "object")


def to_bool(value: Any) -> bool | None:
    """A number is true unless 0, the texts `true` and `false` are what they say, the rest is null."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def to_string(value: Any) -> str | None:
    """Null stays null, a whole number has no point, lists and objects become JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return json.encode(value).decode()


def to_number(value: Any) -> int | float | None:
    """A text must be a number as filters write it; true is 1 and false 0; the rest is null."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        return None
    return float(value) if "." in value else int(value)


def semver(one: Any, operator: Any, other: Any) -> bool:
    """Compare versions of one to three parts; whatever follows the digits of a part is ignored; bad input is false."""
    if not isinstance(operator, str) or operator not in ORDER:
        return False
    left, right = version(one), version(other)
    return left is not None and right is not None and ORDER[operator](left, right)


def version(text: Any) -> tuple[int, int, int] | None:
    """Major, minor and patch; missing parts are 0."""
    if not isinstance(text, str) or text.count(".") > 2:
        return None
    hits = [VERSION_PART.match(part) for part in text.split(".")]
    if None in hits:
        return None
    found = [int(hit.group(1)) for hit in hits if hit]
    major, minor, patch = (*found, 0, 0)[:3]
    return major, minor, patch


class Function(Struct, frozen=True):
    """How many arguments it takes, what it does, and whether its answer is yes or no."""

    arity: int
    run: Callable[..., Any]
    decides: bool = False


FUNCTIONS: Final = {
    "contains": Function(2, contains, decides=True),
    "match": Function(2, match, decides=True),
    "length": Function(1, length),
    "lowercase": Function(1, lowercase),
    "uppercase": Function(1, uppercase),
    "snakecase": Function(1, snakecase),
    "kebabcase": Function(1, kebabcase),
    "titlecase": Function(1, titlecase),
    "typeof": Function(1, kind_of),
    "bool": Function(1, to_bool, decides=True),
    "string": Function(1, to_string),
    "number": Function(1, to_number),
    "semver": Function(3, semver, decides=True),
}


def object_to(call: FunctionCall) -> tuple[int, str, str] | None:
    """What is wrong with a call before any event was seen: which argument, the problem, the cure."""
    wanted, given = FUNCTIONS[call.function].arity, len(call.arguments)
    if given != wanted:
        return min(given, wanted), f"{call.function} takes {wanted} value(s), not {given}", f"give it {wanted}"
    if call.function == "match":
        return object_to_pattern(call)
    operator = call.arguments[1] if call.function == "semver" else None
    if isinstance(operator, Literal) and operator.value not in COMPARISONS:
        return 1, f"{operator.value!r} compares no versions", f"write one of {' '.join(COMPARISONS)} in quotes"
    return None


def object_to_pattern(call: FunctionCall) -> tuple[int, str, str] | None:
    """A pattern must stand in the filter itself: one that came with an event could be anybody's."""
    pattern = call.arguments[1]
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        return 1, "match needs a pattern that is written here", "put the pattern in quotes"
    try:
        glob(pattern.value)
    except BadGlob as bad:
        return 1, "this pattern cannot be read", str(bad)
    return None
