"""Where a browser's own evaluator would answer differently from ours (segment.md §6.9, §11.10).

The evaluator in question is npm @segment/tsub 2.0.1, which pages run for web device mode. A filter without a
doubt gives the same answer there as here, for any event; tests hold that against tsub with random filters.

Some differences hang on the event, not on the filter, so no doubt can be raised beforehand: a list that spells
an operation (`["length", "x"]`), which tsub runs · characters beyond U+FFFF, of which tsub sees halves · whole
numbers beyond 2^53, which it rounds · a path that leads into a text or a list, where JavaScript keeps functions ·
letters whose other case differs between Unicode versions.
"""

from collections.abc import Iterator
from typing import Final

from placet.events.filters.ast import (
    BooleanOp,
    Compare,
    FunctionCall,
    ListLiteral,
    Literal,
    Node,
    Not,
    Path,
    Scalar,
    walk,
)
from placet.events.filters.functions import FUNCTIONS
from placet.events.filters.printer import write

KNOWN: Final = frozenset({"contains", "match", "lowercase", "typeof", "length", "semver"})
SAME_KINDS: Final = (Literal("string"), Literal("number"))
EXACT: Final = 2**53

MEMBERS: Final = frozenset(
    "length constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf propertyIsEnumerable".split()
)
"""Names that objects, texts or lists of a browser answer to, whether the event has them or not."""


def doubts(tree: Node) -> tuple[str, ...]:
    """Why a browser might answer differently; empty when it cannot."""
    settled = {node for compare in walk(tree) for node in same_kinds(compare)}
    found = [f"{write(tree)}: {why}" for why in asked(tree)] if isinstance(tree, ListLiteral) else []
    for node in walk(tree):
        whys = () if node in settled else doubts_about(node)
        found.extend(f"{write(node)}: {why}" for why in whys)
    return tuple(dict.fromkeys(found))


def doubts_about(node: Node) -> Iterator[str]:
    """The doubts one node raises by itself."""
    match node:
        case Path(names):
            if any(map(odd_name, names)):
                yield "a browser reads this name as something of its own"
        case Literal() | ListLiteral():
            values = (node.value,) if isinstance(node, Literal) else node.values
            if any(map(is_huge, values)):
                yield "a browser rounds whole numbers beyond 2^53"
        case FunctionCall():
            yield from doubts_about_call(node)
        case Compare():
            yield from doubts_about_compare(node)
        case Not(inner):
            yield from asked(inner)
        case BooleanOp(_, parts):
            for part in parts:
                yield from asked(part)


def odd_name(name: str) -> bool:
    """Would JavaScript find something under this name that is not in the event, or split it in two?"""
    return not name or name.isdecimal() or "." in name or "\\" in name or name.startswith("__") or name in MEMBERS


def is_huge(value: Scalar) -> bool:
    """True of numbers a browser cannot hold exactly."""
    return isinstance(value, int | float) and abs(value) > EXACT


def asked(node: Node) -> Iterator[str]:
    """Doubts about a value in the place of a yes or no."""
    if isinstance(node, ListLiteral):
        yield "a browser takes a list in this place for an operation"
    if isinstance(node, FunctionCall) and not FUNCTIONS[node.function].decides:
        yield "a browser takes any text in this place for true"


def doubts_about_call(call: FunctionCall) -> Iterator[str]:
    """Functions the browser lacks or computes differently."""
    if call.function not in KNOWN:
        yield f"a browser does not know {call.function}"
    if call.function == "length":
        yield "a browser counts UTF-16 units and gives a missing field no length"
    if call.function == "typeof":
        yield "a browser says boolean, object and undefined"
    if any(isinstance(part, FunctionCall | Compare | BooleanOp | Not) for part in call.arguments):
        yield "a browser does not look inside a function for another one"


def doubts_about_compare(compare: Compare) -> Iterator[str]:
    """Comparisons that missing fields or lists decide differently."""
    sides = (compare.left, compare.right)
    if compare.operator == "in":
        yield from doubts_about_in(compare.left, compare.right)
    if compare.operator not in ("=", "!="):
        return
    if any(isinstance(side, ListLiteral | Compare | BooleanOp | Not) for side in sides):
        yield "a browser compares texts, numbers and fields only"
    if any(isinstance(side, Path) for side in sides) and all(map(may_be_null, sides)):
        yield "in a browser a missing field is not null"


def may_be_null(node: Node) -> bool:
    """Could this side of a comparison be null?"""
    if isinstance(node, Literal):
        return node.value is None
    return not isinstance(node, FunctionCall) or not FUNCTIONS[node.function].decides


def doubts_about_in(value: Node, members: Node) -> Iterator[str]:
    """Membership."""
    if not isinstance(members, ListLiteral):
        yield "a browser looks for members in written lists only"
        return
    if not isinstance(value, Literal | Path):
        yield "a browser does not compute what it looks for in a list"
    if isinstance(value, Path) and None in members.values:
        yield "in a browser a missing field is not null"


def same_kinds(node: Node) -> tuple[Node, ...]:
    """The `typeof` in comparisons with the two kinds that both evaluators call alike."""
    if not isinstance(node, Compare) or node.operator not in ("=", "!="):
        return ()
    sides = (node.left, node.right)
    if not any(side in SAME_KINDS for side in sides):
        return ()
    return tuple(
        side
        for side in sides
        if isinstance(side, FunctionCall)
        and side.function == "typeof"
        and isinstance(side.arguments[0], Path | Literal)
    )
