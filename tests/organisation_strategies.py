"""Organisations drawn at random: any value its fields allow, sense or nonsense."""

from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from placet.settings.organisation import Organisation

LONG = (
    "A long text that goes on, and on – with dashes: and colons # and hashes, until it must be folded twice. "
    "Then it has a second sentence, so that the fold is certain to come."
)
TRICKY = [
    "", " ", "no", "NO", "null", "~", "true", "1.10", "1e5", "a: b", "a #b", "- a", "? a", "*a", "&a", "!a", "%a",
    "@a", "'", '"', "\\", "\n", "a\nb", " a", "a ", "a\n\nb", "\t", "\u2028", "\x85", "\ufeff", "{a", "[a", "a]",
    "a, b", "---", "word " * 40, LONG, "x" * 200, "zwei\nZeilen " + "lang " * 30, f"{LONG}\n{LONG}",
]  # fmt: skip

texts = st.sampled_from(TRICKY) | st.text(max_size=12)
keys = st.sampled_from(["en", "de", "no", "pt-BR", "y", "a: b", ""]) | st.text(max_size=6)
numbers = st.integers(-(10**14), 10**14)
loose = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)


def of_type(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a declared type."""
    match kind:
        case inspect.Metadata(type=inner):
            return of_type(inner)
        case inspect.UnionType(types=types):
            return st.one_of(*map(of_type, types))
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: later(field.type) for field in fields})
        case inspect.VarTupleType(item_type=item):
            return st.lists(later(item), max_size=2).map(tuple)
        case inspect.DictType(value_type=value):
            return st.dictionaries(keys, of_type(value), max_size=2)
        case inspect.EnumType(cls=words):
            return st.sampled_from(words)
        case _:
            return SINGLE[type(kind)]


def later(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """The same, worked out when it is needed."""
    return st.deferred(lambda: of_type(kind))


SINGLE = {
    inspect.NoneType: st.none(),
    inspect.BoolType: st.booleans(),
    inspect.IntType: numbers,
    inspect.FloatType: st.floats(-(10**15), 10**15).map(lambda number: number + 0.0),
    inspect.StrType: texts,
    inspect.AnyType: loose,
}


def organisations() -> st.SearchStrategy[Organisation]:
    """Any organisation."""
    drawn: st.SearchStrategy[Organisation] = of_type(inspect.type_info(Organisation))
    return drawn
