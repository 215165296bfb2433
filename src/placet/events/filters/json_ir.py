"""A filter as the JSON that browsers run, written and read (segment.md §6.4).

{"value": v} a literal · "a.b" a path · [literal, …] a list · ["op", a, b, …] an operator or function
"""

from typing import Any, Final

from msgspec import json

from placet.events.filters.ast import (
    COMPARISONS,
    MAX_LEVELS,
    BadFilter,
    BooleanOp,
    Compare,
    Everything,
    FunctionCall,
    ListLiteral,
    Literal,
    Node,
    Not,
    Path,
    Scalar,
    boolean_op,
)
from placet.events.filters.functions import FUNCTIONS, object_to
from placet.events.filters.lexer import unescape

MAX_BYTES_OF_IR: Final = 64 * 1024
CURE: Final = "write the filter as text and let us compile it"


def write_ir(node: Node) -> str:
    """The tree as IR text."""
    return json.encode(to_ir(node)).decode()


def to_ir(node: Node) -> Any:
    """The tree as JSON values."""
    match node:
        case Literal(value):
            return {"value": value}
        case ListLiteral(values):
            return [{"value": value} for value in values]
        case Path(names):
            return ".".join(name.replace("\\", "\\\\").replace(".", "\\.") for name in names)
        case Not(inner):
            return ["!", to_ir(inner)]
        case Everything():
            return {"value": True}
        case FunctionCall(function, arguments):
            return [function, *map(to_ir, arguments)]
        case Compare(operator, left, right):
            return [operator, to_ir(left), to_ir(right)]
        case BooleanOp(operator, parts):
            return [operator, *map(to_ir, parts)]


def read_ir(text: str) -> Node:
    """The tree an IR text stands for. Raises BadFilter (positions inside IR are not counted: always 0)."""
    if len(text) > MAX_BYTES_OF_IR:
        raise BadFilter(0, f"the IR is longer than {MAX_BYTES_OF_IR} bytes", CURE)
    try:
        value = json.decode(text)
    except (ValueError, RecursionError) as why:
        raise BadFilter(0, f"the IR is not JSON we can read ({why})", CURE) from why
    return from_ir(value, 0)


def from_ir(value: Any, level: int) -> Node:
    """The tree that JSON values stand for."""
    if level > MAX_LEVELS * 2:
        raise BadFilter(0, "the IR nests too deeply", CURE)
    if isinstance(value, str):
        return path(value)
    if isinstance(value, dict):
        return Literal(scalar(value))
    if not isinstance(value, list):
        raise BadFilter(0, f"{value!r} is no part of IR", CURE)
    if not value or not isinstance(value[0], str):
        return ListLiteral(tuple(map(scalar, value)))
    return operation(value[0], [from_ir(part, level + 1) for part in value[1:]])


def path(text: str) -> Path:
    """A path with a name between all its dots."""
    names = unescape(text)
    if not all(names):
        raise BadFilter(0, f"«{text}» is no path", CURE)
    return Path(names)


def scalar(value: Any) -> Scalar:
    """The content of one literal."""
    if isinstance(value, dict) and len(value) == 1 and "value" in value:
        inside = value["value"]
        if inside is None or isinstance(inside, str | int | float):
            return inside
    raise BadFilter(0, f"{value!r} is no literal", CURE)


def operation(name: str, parts: list[Node]) -> Node:
    """An operator or function with its parts."""
    if name in ("and", "or") and parts:
        return boolean_op(name, tuple(parts))
    if name == "!" and len(parts) == 1:
        return Not(parts[0])
    if name in (*COMPARISONS, "in") and len(parts) == 2:
        return Compare(name, *parts)
    if name not in FUNCTIONS:
        raise BadFilter(0, f"«{name}» with {len(parts)} part(s) is no operation", CURE)
    call = FunctionCall(name, tuple(parts))
    if objection := object_to(call):
        _, problem, cure = objection
        raise BadFilter(0, problem, cure)
    return call
