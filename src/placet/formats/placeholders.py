"""Texts that clients send in place of an identifier they do not have; they count as no identifier.

Unrelated clients send the same placeholder, so using one as an identifier would make them share consent.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize
from urllib.parse import unquote

WORDS: Final = frozenset(
    "undefined null nil none nan anonymous anon unknown unidentified unset void guest true false inf infinity".split()
)
"""Words that are placeholders alone and in combination, in any case."""

PHRASES: Final = frozenset(
    {
        "n/a",
        "n.a",
        "n.a.",
        "n\\a",
        "n-a",
        "na",
        "not set",
        "not_set",
        "not-set",
        "notset",
        "not available",
        "not applicable",
        "not defined",
        "no value",
        "no id",
        "-1",
        "0x0",
        "user_id",
        "userid",
        "user id",
        "anonymous_id",
        "anonymousid",
        "anonymous user",
        "guest user",
        "unknown user",
        "02:00:00:00:00:00",
        "9774d56d682e549c",
    }
)
"""Longer placeholders, names of the fields themselves, and device ids that many devices share."""

TEMPLATES: Final = re.compile(
    r"\[object \w*\]|function ?\w*\(.*|\{\{.*\}\}|\$\{.*\}|<%.*%>|%%.*%%|"
    r"\$?\[(?:idfa|gaid|aaid|user_?id)\]|\{[a-z_. ]+\}"
)
"""Objects converted to text, and template macros that were not filled in."""

FRAMES: Final = "\"'`<>()[]{} "
"""Characters that placeholders are enclosed in: `"null"`, `<null>`, `(null)`, `[none]`."""

TOKENS: Final = re.compile(r"[^\W_]+")
INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
"""Letters and signs that are displayed as blank."""

USUAL_LENGTH: Final = 256


def names_nobody(identifier: str) -> bool:
    """Is this a placeholder, or a text without visible characters, in any case and padding?"""
    return usual(identifier) if len(identifier) <= USUAL_LENGTH else placeholder(identifier)


def placeholder(identifier: str) -> bool:
    """The uncached form of `names_nobody`."""
    text = bare(unquote(identifier) if "%" in identifier else identifier)
    inner = text.strip(FRAMES)
    tokens = TOKENS.findall(inner)
    return (
        inner in PHRASES
        or not (tokens or any(category(one) == "So" for one in inner))
        or (len(text) <= USUAL_LENGTH and TEMPLATES.fullmatch(text) is not None)
        or (not inner.isnumeric() and inner.strip("f-:") == "" and len(inner) > 8)
        or inner.strip("0-.:_+, ") == ""
        or (bool(tokens) and all(token in WORDS for token in tokens))
    )


def bare(identifier: str) -> str:
    """The text in lower case, without invisible characters; spaces between words are reduced to one."""
    if identifier.isascii() and identifier.isprintable():
        return " ".join(identifier.casefold().split())
    plain = normalize("NFKC", identifier)
    seen = "".join(" " if ch.isspace() else ch for ch in plain if ch.isspace() or not hidden(ch))
    return " ".join(seen.casefold().split())


def hidden(character: str) -> bool:
    """Is this character invisible?"""
    return character in BLANK_LETTERS or category(character) in INVISIBLE


usual: Final = lru_cache(32_768)(placeholder)


def identifier_of(said: str) -> str:
    """The identifier as sent, "" where it is a placeholder."""
    return "" if names_nobody(said) else said
