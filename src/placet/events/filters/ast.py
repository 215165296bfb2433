"""What a filter says, as a tree of small frozen values.

House rules: a tree knows no event and no dialect; everything that reads, runs, writes or doubts a filter walks it.
"""

from typing import Final, TypeAlias

from msgspec import Struct

Scalar: TypeAlias = str | int | float | bool | None
"""What can be written down in a filter: text, a number, true, false or null."""

KEYWORDS: Final = frozenset({"and", "or", "in", "null", "true", "false"})

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")

MAX_BYTES: Final = 5 * 1024
"""How long a filter may be, in UTF-8 (segment.md §6.1)."""

MAX_LEVELS: Final = 40
"""How deep a filter may nest. Nobody writes this; a machine that does is refused before it costs a stack."""


class BadFilter(ValueError):
    """This filter cannot be read. `at` is the character, counted from 0, `cure` what to write instead."""

    def __init__(self, at: int, problem: str, cure: str) -> None:
        """Say it in one line that the console shows unchanged."""
        super().__init__(f"position {at}: {problem}; {cure}")
        self.at, self.problem, self.cure = at, problem, cure


class Unanswerable(Exception):
    """The filter was read, this event gave it no answer. Whoever asked must not send the event."""


class Literal(Struct, frozen=True, tag=True):
    """A value written down."""

    value: Scalar


class ListLiteral(Struct, frozen=True, tag=True):
    """A list written down."""

    values: tuple[Scalar, ...]


class Path(Struct, frozen=True, tag=True):
    """A place in the event; absent there means null."""

    names: tuple[str, ...]


class FunctionCall(Struct, frozen=True, tag=True):
    """A function and what it is asked about."""

    function: str
    arguments: "tuple[Node, ...]"


class Compare(Struct, frozen=True, tag=True):
    """Two values held against each other; `operator` is one of COMPARISONS or `in`."""

    operator: str
    left: "Node"
    right: "Node"


class Not(Struct, frozen=True, tag=True):
    """True unless the inner part is."""

    inner: "Node"


class BooleanOp(Struct, frozen=True, tag=True):
    """`and`: all parts are true. `or`: one of them is. Two parts or more, none of them a Join of the same operator."""

    operator: str
    parts: "tuple[Node, ...]"


class Everything(Struct, frozen=True, tag=True):
    """The word `all`: true of every event."""


Node: TypeAlias = Literal | ListLiteral | Path | FunctionCall | Compare | Not | BooleanOp | Everything


def boolean_op(operator: str, parts: tuple[Node, ...]) -> Node:
    """The parts under one operator, flattened: `(a and b) and c` is `a and b and c`."""
    flat: list[Node] = []
    for part in parts:
        same = isinstance(part, BooleanOp) and part.operator == operator
        flat.extend(part.parts if isinstance(part, BooleanOp) and same else (part,))
    return flat[0] if len(flat) == 1 else BooleanOp(operator, tuple(flat))


def children(node: Node) -> tuple[Node, ...]:
    """The parts directly below a node."""
    match node:
        case FunctionCall():
            return node.arguments
        case Compare():
            return (node.left, node.right)
        case Not():
            return (node.inner,)
        case BooleanOp():
            return node.parts
        case _:
            return ()


def walk(node: Node) -> list[Node]:
    """Every node of a tree, the root first."""
    found, ahead = [], [node]
    while ahead:
        here = ahead.pop()
        found.append(here)
        ahead.extend(reversed(children(here)))
    return found
