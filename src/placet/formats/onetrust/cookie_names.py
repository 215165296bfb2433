"""The consent cookies of OneTrust's web SDK, by name (web-sdk.md section 9.2)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from placet.formats.errors import Malformed
from placet.formats.onetrust import optanon_cookie
from placet.formats.onetrust.optanon_cookie import OptanonConsent, read_closed, write_closed

CONSENT: Final = "OptanonConsent"
CLOSED: Final = "OptanonAlertBoxClosed"
TC: Final = "eupubconsent-v2"
ADDITIONAL: Final = "OTAdditionalConsentString"
GPP: Final = "OTGPPConsent"
USP: Final = "usprivacy"

GPP_PIECE: Final = 4000
"""A GPP string longer than this is split into numbered cookies of this many characters."""

MAX_PIECES: Final = 64


class Cookies(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie values; None where a cookie is absent. The standards' strings are kept undecoded."""

    consent: OptanonConsent | None = None
    closed: datetime | None = None
    tc: str | None = None
    additional: str | None = None
    gpp: str | None = None
    usp: str | None = None


def decode(found: Mapping[str, str], *, suffix: str = "") -> Cookies:
    """The consent cookies of a request; raises Malformed naming the cookie.

    `suffix` is what a site with separate subdomains appends to the names (`_` and its domain hash).
    """
    consent = found.get(CONSENT + suffix)
    closed = found.get(CLOSED + suffix)
    return Cookies(
        consent=None if consent is None else optanon_cookie.decode(consent),
        closed=None if closed is None else read_closed(closed),
        tc=found.get(TC + suffix),
        additional=found.get(ADDITIONAL + suffix),
        gpp=_joined(found, suffix),
        usp=found.get(USP + suffix),
    )


def encode(cookies: Cookies, *, suffix: str = "") -> dict[str, str]:
    """The cookies to set, by name; `GPPCookiesCount` counts a split GPP string when there is a consent cookie."""
    pieces = [] if cookies.gpp is None else list(_pieces(cookies.gpp))
    consent = cookies.consent
    if consent is not None and pieces:
        consent = consent.but(GPPCookiesCount=str(len(pieces)))
    texts = {
        CONSENT: None if consent is None else optanon_cookie.encode(consent),
        CLOSED: None if cookies.closed is None else write_closed(cookies.closed),
        TC: cookies.tc,
        ADDITIONAL: cookies.additional,
        USP: cookies.usp,
        **dict(zip(_names(len(pieces)), pieces, strict=True)),
    }
    return {name + suffix: text for name, text in texts.items() if text is not None}


def _pieces(text: str) -> Iterator[str]:
    if len(text) > GPP_PIECE * MAX_PIECES:
        raise Malformed(f"{len(text)} characters do not fit into {MAX_PIECES} cookies", standard=GPP)
    for start in range(0, len(text), GPP_PIECE):
        yield text[start : start + GPP_PIECE]


def _names(count: int) -> list[str]:
    return [GPP] if count == 1 else [f"{GPP}{number}" for number in range(1, count + 1)]


def _joined(found: Mapping[str, str], suffix: str) -> str | None:
    whole = found.get(GPP + suffix)
    if whole is not None:
        return whole
    pieces = [found.get(f"{GPP}{number}{suffix}") for number in range(1, MAX_PIECES + 1)]
    count = sum(piece is not None for piece in pieces)
    if None in pieces[:count]:
        missing = pieces.index(None) + 1
        raise Malformed(f"piece {missing} is missing", "send all pieces", standard=GPP)
    return "".join(filter(None, pieces)) if count else None
