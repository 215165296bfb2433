"""The console's rows of conditions, turned into a filter (segment.md §6.6)."""

import re
from enum import StrEnum
from typing import Final

from msgspec import Struct

from placet.events.filters.ast import BadFilter, Compare, FunctionCall, Literal, Node, Path, Scalar, boolean_op
from placet.events.filters.filter import Filter, opposite
from placet.events.filters.lexer import unescape

BARE_CATEGORY: Final = re.compile(r"C[0-9]{4}")


class Sends(StrEnum):
    """The two ways to start a filter."""

    ONLY = "only send"
    NOT = "do not send"


class Operator(StrEnum):
    """What the console offers between a field and a value."""

    CONTAINS = "contains"
    GLOB = "glob matches"
    IS = "is"
    IS_NOT = "is not"
    IS_TRUE = "is true"
    IS_FALSE = "is false"
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"


class Condition(Struct, frozen=True):
    """One row: a field (as filters write it), an operator, and a text or number where the operator wants one."""

    field: str
    operator: Operator
    value: str | int | float | None = None


CONSTANTS: Final[dict[Operator, tuple[str, Scalar]]] = {
    Operator.IS_TRUE: ("=", True),
    Operator.IS_FALSE: ("=", False),
    Operator.IS_NULL: ("=", None),
    Operator.IS_NOT_NULL: ("!=", None),
}
FUNCTIONS: Final = {Operator.CONTAINS: "contains", Operator.GLOB: "match"}
SIGNS: Final = {Operator.IS: "=", Operator.IS_NOT: "!="}


def build(sends: Sends, conditions: tuple[Condition, ...], joined: str = "and") -> Filter:
    """The filter whose matches are dropped. Raises BadFilter for no condition at all or a value that is missing."""
    if not conditions:
        raise BadFilter(0, "there is no condition", "add a row")
    wanted = Filter(boolean_op(joined, tuple(map(node_of, conditions))))
    return opposite(wanted) if sends is Sends.ONLY else wanted


def node_of(row: Condition) -> Node:
    """One row as a tree."""
    field = Path(unescape(row.field))
    if not all(field.names):
        raise BadFilter(0, f"«{row.field}» is no field", "choose a field on the left side of the row")
    if row.operator in CONSTANTS:
        sign, constant = CONSTANTS[row.operator]
        return Compare(sign, field, Literal(constant))
    if row.value is None:
        raise BadFilter(0, f"«{row.operator}» needs a value", "fill in the right side of the row")
    if row.operator in FUNCTIONS:
        return FunctionCall(FUNCTIONS[row.operator], (field, Literal(row.value)))
    return Compare(SIGNS[row.operator], field, Literal(row.value))


def warnings(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    """Rows that hardly mean what they say: a bare group id also occurs in the answer "refused"."""
    return tuple(
        f"«{row.value}» is also part of «{row.value}:0», which is a refusal; write «{row.value}:1»"
        for row in conditions
        if row.operator is Operator.CONTAINS and BARE_CATEGORY.fullmatch(str(row.value))
    )
