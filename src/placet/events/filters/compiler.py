"""Turns a tree into one function that answers for any number of events (semantics: segment.md §6.2).

Each node becomes a closure over what is known beforehand; a closure takes the event's facts and gives a value.
Whatever is not exactly true counts as false wherever a yes or no is wanted, so null in `and` and `or` is false.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, assert_never

from placet.events.filters.ast import (
    BooleanOp,
    Compare,
    Everything,
    FunctionCall,
    ListLiteral,
    Literal,
    Node,
    Not,
    Path,
)
from placet.events.filters.functions import FUNCTIONS, ORDER
from placet.events.filters.glob import glob

Facts: TypeAlias = Mapping[str, Any]
"""An event by its top-level fields. Subscribing an absent one must give None (see `event.Facts`)."""

Answer: TypeAlias = Callable[[Facts], Any]


def compile_tree(node: Node) -> Answer:
    """The function a tree stands for."""
    match node:
        case Literal(value):
            return lambda _: value
        case ListLiteral(values):
            return lambda _: list(values)
        case Path(names):
            return reader(names)
        case FunctionCall():
            return compile_call(node)
        case Compare():
            return compile_compare(node)
        case Not(inner):
            test = compile_tree(inner)
            return lambda facts: test(facts) is not True
        case BooleanOp(operator, parts):
            return compile_join(operator, tuple(map(compile_tree, parts)))
        case Everything():
            return lambda _: True
        case _:
            assert_never(node)


def reader(names: tuple[str, ...]) -> Answer:
    """Follow the names into the event; null as soon as one leads nowhere."""
    root, *rest = names
    if not rest:
        return lambda facts: facts[root]

    def read(facts: Facts) -> Any:
        value = facts[root]
        for name in rest:
            if type(value) is not dict:
                return None
            value = value.get(name)
        return value

    return read


def compile_join(operator: str, parts: tuple[Answer, ...]) -> Answer:
    """`and` stops at the first part that is not true, `or` at the first that is."""

    def both(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would double the cost
            if part(facts) is not True:
                return False
        return True

    def either(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a loop is twice as fast as any() here
            if part(facts) is True:
                return True
        return False

    return both if operator == "and" else either


def compile_call(call: FunctionCall) -> Answer:
    """A function with its arguments; what is written down is looked at now, not for each event."""
    run, first, *others = FUNCTIONS[call.function].run, *map(compile_tree, call.arguments)
    second = call.arguments[1] if len(call.arguments) == 2 else None
    if call.function == "match" and isinstance(second, Literal):
        test = glob(str(second.value))
        return lambda facts: isinstance(text := first(facts), str) and test(text)
    if call.function == "contains" and isinstance(second, Literal) and isinstance(second.value, str):
        part = second.value
        return lambda facts: isinstance(text := first(facts), str) and part in text
    if not others:
        return lambda facts: run(first(facts))
    return lambda facts: run(first(facts), *[other(facts) for other in others])


def compile_compare(compare: Compare) -> Answer:
    """Two values against each other."""
    left, right = compile_tree(compare.left), compile_tree(compare.right)
    match compare.operator:
        case "=":
            return compile_equal(left, compare.right, right)
        case "!=":
            equal = compile_equal(left, compare.right, right)
            return lambda facts: not equal(facts)
        case "in":
            return compile_member(left, compare.right, right)
        case _:
            order = ORDER[compare.operator]
            return lambda facts: is_number(a := left(facts)) and is_number(b := right(facts)) and order(a, b)


def compile_member(left: Answer, members_node: Node, members: Answer) -> Answer:
    """Membership; in a written list texts are looked up at once."""
    if not isinstance(members_node, ListLiteral):
        return lambda facts: is_member(left(facts), members(facts))
    texts = frozenset(value for value in members_node.values if isinstance(value, str))
    others = [value for value in members_node.values if not isinstance(value, str)]
    return lambda facts: v in texts if type(v := left(facts)) is str else is_member(v, others)


def compile_equal(left: Answer, right_node: Node, right: Answer) -> Answer:
    """Equality; against a text, the usual case, Python's own is strict enough."""
    if isinstance(right_node, Literal) and isinstance(right_node.value, str):
        text = right_node.value
        return lambda facts: bool(left(facts) == text)
    return lambda facts: is_same(left(facts), right(facts))


def is_number(value: Any) -> bool:
    """Numbers, of which true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_member(value: Any, members: Any) -> bool:
    """Is the value equal to one in the list? A field that holds no list has no members."""
    return isinstance(members, list) and any(is_same(value, member) for member in members)


def is_same(one: Any, other: Any) -> bool:
    """Same kind and same value. Lists and objects as their JSON text would be: the order of keys matters."""
    if is_number(one) and is_number(other):
        return bool(one == other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(is_same, one.values(), other.values()))
    return bool(one == other)
