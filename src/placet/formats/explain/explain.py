"""Recognises any consent string and explains it in plain words: its kind, its content and its problems.

Rules: the kind is recognised from the text alone · an unreadable text is refused, never explained in part · a problem
in a readable string is part of the result.
"""

import base64
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from placet.formats import additional
from placet.formats.documents import read_json
from placet.formats.errors import Malformed
from placet.formats.explain.explanation import Explanation, part
from placet.formats.explain.gpp import explain_gpp, explain_usp
from placet.formats.explain.onetrust import explain_cookie, explain_sealed, is_sealed
from placet.formats.explain.tcf import explain_additional, explain_tc
from placet.formats.gpp import gpc, gpp, usp
from placet.formats.lists.library import ExplainLists
from placet.formats.onetrust import optanon_cookie
from placet.formats.tcf import tcf

__all__ = ["ExplainLists", "explain"]

MAX_TEXT: Final = 262_144
KINDS: Final = (
    "a TC string (starts with C), a GPP string (DB), an Additional Consent string (1~ or 2~), a US Privacy string "
    "(1YNN), an OptanonConsent cookie, an otConsentString or a gpc.json"
)

_FOUR_LETTERS = re.compile("1[YNyn-]{3}", re.ASCII)
_ADDITIONAL = re.compile("[0-9]+~", re.ASCII)
_COOKIE = re.compile("(?!C[A-Za-z]{24,}={1,2}$)(?:OptanonConsent=)?[A-Za-z]+=[^&;]*(?:&|$)", re.ASCII)
"""Must not match a TC string that was padded with `=`."""

_CORE = re.compile("C|B[A-Za-z0-9_-]{40}", re.ASCII)
"""The beginning of a TC string of version 2; version 1 is recognised in order to report that it is void."""

_BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}", re.ASCII)


def explain(text: str, now: datetime, lists: ExplainLists) -> Explanation:
    """The kind and content of this text, and its problems at `now`.

    Raises Malformed when it is none of the known strings (the cure names them), or one that cannot be read.
    """
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", "send a shorter string")
    bare = text.strip()
    for fits, explained in _READERS:
        if fits(bare):
            return explained(bare, now, lists)
    raise Malformed("is none of the strings we know", f"give {KINDS}")


def _tc(text: str, now: datetime, lists: ExplainLists) -> Explanation:
    bare = ".".join(each.rstrip("=") for each in text.split("."))
    return explain_tc(tcf.decode(bare), now, lists.vendors, lists.cmps)


def _gpp(text: str, now: datetime, lists: ExplainLists) -> Explanation:
    return explain_gpp(gpp.decode(text), now, lists.vendors, lists.cmps)


def _additional(text: str, _: datetime, lists: ExplainLists) -> Explanation:
    return explain_additional(additional.decode(text), lists.providers)


def _usp(text: str, _: datetime, __: ExplainLists) -> Explanation:
    return explain_usp(usp.decode(text))


def _json(text: str, now: datetime, _: ExplainLists) -> Explanation:
    """`gpc.json`, or an otConsentString that was decoded already."""
    members = read_json(text, dict[str, Any], name="JSON", limit=MAX_TEXT)
    if "gpc" in members:
        return _gpc_file(text)
    return _memory(members, now)


def _base64(text: str, now: datetime, _: ExplainLists) -> Explanation:
    bare = text.rstrip("=")
    data = base64.b64decode(bare + "=" * (-len(bare) % 4))
    return _memory(read_json(data, dict[str, Any], name="otConsentString", limit=MAX_TEXT), now)


def _memory(members: dict[str, Any], now: datetime) -> Explanation:
    if not is_sealed(members):
        raise Malformed("is JSON, but none that we know", f"give {KINDS}")
    return explain_sealed(members, now)


def _gpc_file(text: str) -> Explanation:
    support = gpc.read_support(text)
    obeys = "obeys" if support.gpc else "does not obey"
    said = part("Site", obeys="yes" if support.gpc else "no", last_said=str(support.updated or ""))
    return Explanation("gpc.json", f"the site says that it {obeys} Global Privacy Control", (said,))


def _cookie(text: str, now: datetime, _: ExplainLists) -> Explanation:
    return explain_cookie(optanon_cookie.decode(text.removeprefix("OptanonConsent=")), now)


def _starts(letter: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(letter)


def _sealed_text(text: str) -> bool:
    """Base64 of an opening brace with a quotation mark or white space behind it."""
    return text.startswith(("ey", "ew")) and len(text.rstrip("=")) % 4 != 1 and _BASE64.fullmatch(text) is not None


_READERS: Final[tuple[tuple[Callable[[str], bool], Callable[[str, datetime, ExplainLists], Explanation]], ...]] = (
    (lambda text: _FOUR_LETTERS.fullmatch(text) is not None, _usp),
    (lambda text: _ADDITIONAL.match(text) is not None, _additional),
    (_starts("{"), _json),
    (lambda text: _COOKIE.match(text) is not None, _cookie),
    (_starts("D"), _gpp),
    (lambda text: _CORE.match(text) is not None, _tc),
    (_sealed_text, _base64),
)
"""How each kind is recognised, the most specific first."""
