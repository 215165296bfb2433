"""Cuts the text of a filter into words (segment.md §6.1)."""

import re
from typing import Final

from msgspec import Struct

from placet.events.filters.ast import KEYWORDS, BadFilter, Scalar

IDENT: Final = r"(?:[A-Za-z_]|\\.)(?:[A-Za-z0-9_-]|\\.)*"

TOKEN: Final = re.compile(
    rf"""(?P<space>[ \t\r\n]+)
       | (?P<string>'[^']*'|"[^"]*")
       | (?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)
       | (?P<path>{IDENT}(?:\.{IDENT})*)
       | (?P<mark><=|>=|!=|[=<>!()\[\],])""",
    re.VERBOSE | re.DOTALL,
)
"""One alternative for each kind of word; none of them can be read in two ways, so this never backtracks."""

AFTER_KEYWORD: Final = " \t\r\n,])"
MAX_DIGITS: Final = 30
CONSTANTS: Final[dict[str, Scalar]] = {"true": True, "false": False, "null": None}


class LexerToken(Struct, frozen=True):
    """One word. `kind` is literal, keyword, path, mark or end; `value` what a literal stands for."""

    kind: str
    text: str
    at: int
    value: Scalar = None


def tokens(text: str) -> list[LexerToken]:
    """The words of a filter, closed by one of kind `end`. Raises BadFilter."""
    found, at = [], 0
    while at < len(text):
        hit = TOKEN.match(text, at)
        if hit is None:
            raise stray(text, at)
        at = hit.end()
        if hit.lastgroup != "space":
            found.append(make(hit, text))
    found.append(LexerToken("end", "", len(text)))
    return found


def make(hit: re.Match[str], text: str) -> LexerToken:
    """The word that was hit."""
    word, at = hit.group(), hit.start()
    if hit.lastgroup == "string":
        return LexerToken("literal", word, at, word[1:-1])
    if hit.lastgroup == "number":
        return LexerToken("literal", word, at, number(word, at, text[hit.end() : hit.end() + 1]))
    if hit.lastgroup == "mark":
        return LexerToken("mark", word, at)
    return name(word, at, text[hit.end() : hit.end() + 1])


def name(word: str, at: int, follower: str) -> LexerToken:
    """A keyword, a constant or a path."""
    first = word.partition(".")[0]
    if first not in KEYWORDS:
        return LexerToken("path", word, at)
    if word != first or (follower and follower not in AFTER_KEYWORD):
        raise BadFilter(at, f"«{first}» is a keyword", f"put a space after it, or write \\{first} for a field")
    if word in CONSTANTS:
        return LexerToken("literal", word, at, CONSTANTS[word])
    return LexerToken("keyword", word, at)


def number(word: str, at: int, follower: str) -> int | float:
    """What the digits say: a whole number, or a fraction if they have a point."""
    if follower == ".":
        raise BadFilter(at, f"«{word}.» is not a number", "write digits, at most one point, and digits again")
    if len(word) > MAX_DIGITS:
        raise BadFilter(at, f"a number of {len(word)} digits", f"write at most {MAX_DIGITS}, or compare it as text")
    return float(word) if "." in word else int(word)


def stray(text: str, at: int) -> BadFilter:
    """Why there is no word at this place."""
    sign = text[at]
    if sign in "'\"":
        return BadFilter(at, f"the text that starts here has no closing {sign}", f"add {sign} at its end")
    if sign == "\\":
        return BadFilter(at, "a backslash with nothing behind it", "remove it")
    if sign in "+-":
        return BadFilter(at, f"«{sign}» without a digit", "write the number right behind the sign")
    return BadFilter(at, f"«{sign}» cannot stand here", f"in a field's name write \\{sign}; put text in quotes")


def unescape(path: str) -> tuple[str, ...]:
    r"""The names in a path: `properties.product\ 1` is `properties`, `product 1`; `\.` is a dot inside a name."""
    names, here, signs = [], "", iter(path)
    for sign in signs:
        if sign == ".":
            names.append(here)
            here = ""
            continue
        here += next(signs, "") if sign == "\\" else sign
    return (*names, here)


def escape(names: tuple[str, ...]) -> str:
    """The path as a filter writes it: `unescape` read backwards."""
    return ".".join(escape_name(one, first=place == 0) for place, one in enumerate(names))


def escape_name(one: str, *, first: bool) -> str:
    """A name with a backslash before all but letters, digits, `_` and `-`, and before words of the language."""
    plain = re.sub(r"[^A-Za-z0-9_-]", r"\\\g<0>", one)
    if plain[:1] in "0123456789-" or (first and one in {*KEYWORDS, "all"}):
        return "\\" + plain
    return plain
