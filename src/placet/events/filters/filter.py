"""A filter: read once from its text, then asked about any number of events (segment.md §6)."""

from functools import cached_property

from msgspec import Struct

from placet.events.filters.ast import BooleanOp, Everything, FunctionCall, Literal, Node, Not, Unanswerable, walk
from placet.events.filters.compiler import Answer, Facts, compile_tree
from placet.events.filters.functions import FUNCTIONS
from placet.events.filters.json_ir import read_ir
from placet.events.filters.parser import parse
from placet.events.filters.printer import write


class Filter(Struct, frozen=True, dict=True):
    """A condition on events. Two filters with the same tree are equal, however they were spelled."""

    tree: Node

    @property
    def text(self) -> str:
        """The filter as a person would write it."""
        return write(self.tree)

    @cached_property
    def answer(self) -> Answer:
        """The tree as one function; made on first use, kept for all events."""
        return compile_tree(self.tree)

    def matches(self, facts: Facts) -> bool:
        """Is it true of this event? Raises Unanswerable; then the event must not be sent (segment.md §6.2)."""
        try:
            return self.answer(facts) is True
        except (RecursionError, ValueError) as why:
            raise Unanswerable(f"this event gives the filter no answer: {why}") from why


def read_filter(text: str) -> Filter:
    """The filter a text stands for. Raises BadFilter, which names the position and the cure."""
    return Filter(parse(text))


def read_filter_ir(text: str) -> Filter:
    """The filter a routing rule's IR stands for. Raises BadFilter."""
    return Filter(read_ir(text))


def opposite(condition: Filter) -> Filter:
    """True of every event that the condition is not true of: how "only send" becomes "drop"."""
    tree = condition.tree
    if isinstance(tree, Everything):
        return Filter(Literal(False))
    return Filter(tree.inner if isinstance(tree, Not) and decides(tree.inner) else Not(tree))


def decides(node: Node) -> bool:
    """True when the node always answers yes or no, so that two negations in front of it cancel out."""
    return not isinstance(node, FunctionCall) or FUNCTIONS[node.function].decides


def notices(condition: Filter) -> tuple[str, ...]:
    """What an author should know about a filter that can be read but hardly means what it says."""
    tree = condition.tree
    asked = [tree, *(n.inner for n in walk(tree) if isinstance(n, Not))]
    asked += [part for n in walk(tree) if isinstance(n, BooleanOp) for part in n.parts]
    found = [f"{write(node)} is never true by itself; compare it with something" for node in asked if not asks(node)]
    return tuple(dict.fromkeys(found))


def asks(node: Node) -> bool:
    """Could this be true by itself?"""
    return (node.value is True or node.value is False) if isinstance(node, Literal) else decides(node)
