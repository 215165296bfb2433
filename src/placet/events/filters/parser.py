"""Reads the text of a filter into a tree, or says where it stumbled and what would help.

    expr  := and_ ( "or" and_ )*                     `and` binds tighter than `or`
    and_  := unary ( "and" unary )*
    unary := "!" unary | cmp
    cmp   := operand ( ("=" | "!=" | "<" | "<=" | ">" | ">=") operand | "in" operand )?
    operand := literal | list | func | path | "(" expr ")"

The lower half of the grammar is in `filters_tokens`; all of it is segment.md §6.1.
"""

from difflib import get_close_matches
from typing import Final

from placet.events.filters.ast import (
    COMPARISONS,
    MAX_BYTES,
    MAX_LEVELS,
    BadFilter,
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
from placet.events.filters.lexer import LexerToken, tokens, unescape

TAKEN_FOR_WORDS: Final = {
    "AND": "write it in lower case: and",
    "OR": "write it in lower case: or",
    "IN": "write it in lower case: in",
    "not": "write ! before the part",
    "NOT": "write ! before the part",
}


def parse(text: str) -> Node:
    """The tree of a filter. Raises BadFilter."""
    check_size(text)
    words = TokenStream(tokens(text))
    if not words.here.text:
        raise BadFilter(0, "the filter is empty", "write a condition, or: all")
    if words.here.text == "all" and words.following.kind == "end":
        return Everything()
    tree = either(words)
    if words.here.kind != "end":
        before = words.found[words.place - 1]
        raise unexpected(before if before.text in TAKEN_FOR_WORDS else words.here, "and, or, or the end")
    return tree


def check_size(text: str) -> None:
    """Refuse what is too long, or holds half a character, which nobody could store or send."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as why:
        raise BadFilter(why.start, "half a character (a lone surrogate)", "remove it") from why
    if size > MAX_BYTES:
        raise BadFilter(MAX_BYTES, f"the filter is longer than {MAX_BYTES} bytes", "split it into several filters")


class TokenStream:
    """The words of one filter, and how far we have read."""

    def __init__(self, found: list[LexerToken]) -> None:
        """Start at the first word."""
        self.found, self.place, self.level = found, 0, 0

    @property
    def here(self) -> LexerToken:
        """The word to read next."""
        return self.found[self.place]

    @property
    def following(self) -> LexerToken:
        """The word behind that one."""
        return self.found[min(self.place + 1, len(self.found) - 1)]

    def take(self) -> LexerToken:
        """The next word; it is read now."""
        word = self.here
        self.place = min(self.place + 1, len(self.found) - 1)
        return word

    def skip(self, text: str) -> bool:
        """Read the next word if it is this mark or keyword."""
        if self.here.kind not in ("mark", "keyword") or self.here.text != text:
            return False
        self.take()
        return True

    def need(self, text: str, wanted: str) -> None:
        """Read this mark or refuse the filter."""
        if not self.skip(text):
            raise unexpected(self.here, wanted)

    def deeper(self) -> None:
        """Go one level down, if there are any left."""
        self.level += 1
        if self.level > MAX_LEVELS:
            raise BadFilter(self.here.at, f"more than {MAX_LEVELS} levels of nesting", "split it into several filters")


def either(words: TokenStream) -> Node:
    """`expr`: parts joined by `or`."""
    parts = [both(words)]
    while words.skip("or"):
        parts.append(both(words))
    return boolean_op("or", tuple(parts))


def both(words: TokenStream) -> Node:
    """`and_`: parts joined by `and`."""
    parts = [unary(words)]
    while words.skip("and"):
        parts.append(unary(words))
    return boolean_op("and", tuple(parts))


def unary(words: TokenStream) -> Node:
    """`unary`: any number of `!`, then a comparison."""
    if not words.skip("!"):
        return comparison(words)
    words.deeper()
    inner = Not(unary(words))
    words.level -= 1
    return inner


def comparison(words: TokenStream) -> Node:
    """`cmp`: one value, or two and what is between them."""
    left = operand(words)
    sign = words.here
    if sign.kind == "mark" and sign.text in COMPARISONS:
        words.take()
        return Compare(sign.text, left, operand(words))
    if not words.skip("in"):
        return left
    place = words.here
    right = operand(words)
    if not isinstance(right, ListLiteral | Path):
        raise BadFilter(place.at, "«in» needs a list", "write ['one', 'two'], or a field that holds a list")
    return Compare("in", left, right)


def operand(words: TokenStream) -> Node:
    """`operand`: a literal, a list, a call, a path, or an expression in parentheses."""
    word = words.take()
    if word.kind == "literal":
        return Literal(word.value)
    if word.kind == "path":
        return call(words, word) if words.here.text == "(" else Path(unescape(word.text))
    if word.text == "[" and word.kind == "mark":
        return listed(words)
    if word.text != "(" or word.kind != "mark":
        raise unexpected(word, "a field, a value, a function or (")
    words.deeper()
    inner = either(words)
    words.level -= 1
    words.need(")", "a closing )")
    return inner


def listed(words: TokenStream) -> Node:
    """`list`: literals between brackets; the opening one is read."""
    values: list[Scalar] = []
    while not words.skip("]"):
        if values:
            words.need(",", "a comma or ]")
        word = words.take()
        if word.kind != "literal":
            raise unexpected(word, "a text in quotes, a number, true, false or null")
        values.append(word.value)
    return ListLiteral(tuple(values))


def call(words: TokenStream, name: LexerToken) -> Node:
    """`func`: its arguments between parentheses; the name is read."""
    if name.text not in FUNCTIONS:
        lookup = get_close_matches(name.text, FUNCTIONS, 1)
        raise BadFilter(name.at, f"there is no function «{name.text}»", f"there is {' · '.join(lookup or FUNCTIONS)}")
    words.need("(", "(")
    words.deeper()
    arguments: list[Node] = []
    places: list[int] = []
    while not words.skip(")"):
        if arguments:
            words.need(",", "a comma or )")
        places.append(words.here.at)
        arguments.append(operand(words))
    words.level -= 1
    made = FunctionCall(name.text, tuple(arguments))
    if objection := object_to(made):
        place, problem, cure = objection
        raise BadFilter(places[place] if place < len(places) else name.at, problem, cure)
    return made


def unexpected(word: LexerToken, wanted: str) -> BadFilter:
    """What stands here, and what could."""
    if cure := TAKEN_FOR_WORDS.get(word.text):
        return BadFilter(word.at, f"«{word.text}» is not a word of this language", cure)
    found = "the filter ends" if word.kind == "end" else f"«{word.text}» stands"
    return BadFilter(word.at, f"{found} where it cannot", f"expected {wanted}")
