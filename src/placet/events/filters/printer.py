"""Writes a tree down again as the text of a filter; reading that text gives the same tree."""

from decimal import Decimal
from typing import Final, assert_never

from placet.events.filters.ast import (
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
)
from placet.events.filters.lexer import escape

WORDS: Final = {True: "true", False: "false", None: "null"}


def write(node: Node) -> str:
    """The text of a filter. Raises BadFilter for a text value that holds both kinds of quotes."""
    match node:
        case Literal(value):
            return write_scalar(value)
        case ListLiteral(values):
            return f"[{', '.join(map(write_scalar, values))}]"
        case Path(names):
            return escape(names)
        case FunctionCall(function, arguments):
            return f"{function}({', '.join(map(write_operand, arguments))})"
        case Compare(operator, left, right):
            return f"{write_operand(left)} {operator} {write_operand(right)}"
        case Not(inner):
            return "!" + (write(inner) if isinstance(inner, Not) else write_operand(inner))
        case BooleanOp(operator, parts):
            return f" {operator} ".join(write_part(part, operator) for part in parts)
        case Everything():
            return "all"
        case _:
            assert_never(node)


def write_operand(node: Node) -> str:
    """In parentheses unless it holds together by itself."""
    return write(node) if isinstance(node, Literal | ListLiteral | Path | FunctionCall) else f"({write(node)})"


def write_part(node: Node, operator: str) -> str:
    """A part of `and` or `or`: `or` inside `and` needs parentheses."""
    return f"({write(node)})" if isinstance(node, BooleanOp) and operator == "and" else write(node)


def write_scalar(value: Scalar) -> str:
    """One value as a filter spells it."""
    if isinstance(value, str):
        return quote(value)
    if value is None or isinstance(value, bool):
        return WORDS[value]
    return str(value) if isinstance(value, int) else point(value)


def point(value: float) -> str:
    """A fraction, always with a point and never with an exponent."""
    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else digits + ".0"


def quote(text: str) -> str:
    """The text in the quotes it does not hold itself; the language has no escape for them."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise BadFilter(0, "a text with both kinds of quotes", "compare two parts of it with contains(…)")
