"""Texts that clients send in place of an identifier they do not have: whoever is named so is not named at all.

Strangers send the same placeholder, so an identifier that is one would make them share consent.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize
from urllib.parse import unquote

WORDS: Final = frozenset(
    "undefined null nil none nan anonymous anon unknown unidentified unset void guest true false inf infinity".split()
)
"""Words that are placeholders alone and beside one another, in any case."""

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
"""Longer ones, names of the fields themselves, and device ids that many devices share."""

TEMPLATES: Final = re.compile(
    r"\[object \w*\]|function ?\w*\(.*|\{\{.*\}\}|\$\{.*\}|<%.*%>|%%.*%%|"
    r"\$?\[(?:idfa|gaid|aaid|user_?id)\]|\{[a-z_. ]+\}"
)
"""Objects turned into text, and macros that nothing was put into."""

FRAMES: Final = "\"'`<>()[]{} "
"""What placeholders are quoted with: `"null"`, `<null>`, `(null)`, `[none]`."""

TOKENS: Final = re.compile(r"[^\W_]+")
INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
"""Letters and signs that show nothing."""

USUAL_LENGTH: Final = 256


def names_nobody(identifier: str) -> bool:
    """Is this a placeholder, or nothing that can be seen, in whatever case and padding?"""
    return usual(identifier) if len(identifier) <= USUAL_LENGTH else placeholder(identifier)


def placeholder(identifier: str) -> bool:
    """The same, not remembered."""
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
    """The text in lower case, without what cannot be seen at its ends or within; blanks between words stay one."""
    if identifier.isascii() and identifier.isprintable():
        return " ".join(identifier.casefold().split())
    plain = normalize("NFKC", identifier)
    seen = "".join(" " if ch.isspace() else ch for ch in plain if ch.isspace() or not hidden(ch))
    return " ".join(seen.casefold().split())


def hidden(character: str) -> bool:
    """Does this character show nothing?"""
    return character in BLANK_LETTERS or category(character) in INVISIBLE


usual: Final = lru_cache(32_768)(placeholder)


def identifier_of(said: str) -> str:
    """An identifier as it was said, "" where it names nobody."""
    return "" if names_nobody(said) else said
