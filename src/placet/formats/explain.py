"""Any consent string, recognised and explained in plain words: what it is, what it says, what is wrong with it.

House rules: the text itself tells what it is · what can not be read is refused, never half explained · a problem in a
readable string is part of the answer.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from placet.formats import additional, gpc, gpp, optanon, tcf, usp
from placet.formats.cmps import CmpList
from placet.formats.documents import read_json
from placet.formats.errors import Malformed
from placet.formats.explain_gpp import explain_gpp, explain_usp
from placet.formats.explain_tcf import explain_additional, explain_tc
from placet.formats.explanation import Explanation, Line, Part, part, problem, some_of
from placet.formats.gvl import VendorList
from placet.formats.optanon import Interaction, OptanonConsent
from placet.formats.providers import Providers
from placet.formats.tcf_validity import CLOCK_SKEW, Problem

__all__ = ["Lists", "explain"]

MAX_TEXT: Final = 262_144
KINDS: Final = (
    "a TC string (starts with C), a GPP string (DB), an Additional Consent string (1~ or 2~), a US Privacy string "
    "(1YNN), an OptanonConsent cookie, an otConsentString or a gpc.json"
)

_FOUR_LETTERS = re.compile("1[YNyn-]{3}", re.ASCII)
_ADDITIONAL = re.compile("[0-9]+~", re.ASCII)
_COOKIE = re.compile("(?:OptanonConsent=)?[A-Za-z]+=[^&;]*(?:&|$)", re.ASCII)
_CORE = re.compile("C|B[A-Za-z0-9_-]{40}", re.ASCII)
"""A TC string of version 2 from its first letter on; one of version 1 is told that it is void."""

_BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}", re.ASCII)
_SEALED_KEYS = frozenset({"dsid", "lastlaunchdate", "groupconsents", "shouldshowbanner"})


class Lists(NamedTuple):
    """Who numbers are: vendors always, providers and consent platforms where they are known."""

    vendors: VendorList
    providers: Providers | None = None
    cmps: CmpList | None = None


def explain(text: str, now: datetime, lists: Lists) -> Explanation:
    """What this text is and says, and what is wrong with it at `now`.

    Raises Malformed when it is none of the strings we know (the cure names them), or one that can not be read.
    """
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", "send a shorter string")
    bare = text.strip()
    for fits, explained in _READERS:
        if fits(bare):
            return explained(bare, now, lists)
    raise Malformed("is none of the strings we know", f"give {KINDS}")


def _tc(text: str, now: datetime, lists: Lists) -> Explanation:
    return explain_tc(tcf.decode(text), now, lists.vendors, lists.cmps)


def _gpp(text: str, now: datetime, lists: Lists) -> Explanation:
    return explain_gpp(gpp.decode(text), now, lists.vendors, lists.cmps)


def _additional(text: str, _: datetime, lists: Lists) -> Explanation:
    return explain_additional(additional.decode(text), lists.providers)


def _usp(text: str, _: datetime, __: Lists) -> Explanation:
    return explain_usp(usp.decode(text))


def _json(text: str, now: datetime, _: Lists) -> Explanation:
    """`gpc.json`, or an otConsentString that somebody has decoded already."""
    members = read_json(text, dict[str, Any], name="JSON", limit=MAX_TEXT)
    if "gpc" in members:
        return _gpc_file(text)
    return _sealed(members, now)


def _base64(text: str, now: datetime, _: Lists) -> Explanation:
    bare = text.rstrip("=")
    data = base64.b64decode(bare + "=" * (-len(bare) % 4))
    return _sealed(read_json(data, dict[str, Any], name="otConsentString", limit=MAX_TEXT), now)


def _gpc_file(text: str) -> Explanation:
    support = gpc.read_support(text)
    obeys = "obeys" if support.gpc else "does not obey"
    said = part("Site", obeys="yes" if support.gpc else "no", last_said=str(support.updated or ""))
    return Explanation("gpc.json", f"the site says that it {obeys} Global Privacy Control", (said,))


def _cookie(text: str, now: datetime, _: Lists) -> Explanation:
    consent = optanon.decode(text.removeprefix("OptanonConsent="))
    groups = consent.groups
    on = [name for name, active in groups.items() if active]
    parts = (
        part(
            "Choice",
            active=some_of(on),
            inactive=some_of(name for name, active in groups.items() if not active),
            last_interaction=_interaction(consent.last_interaction),
            choices_logged="" if consent.interactions is None else str(consent.interactions),
            Global_Privacy_Control=_signal(consent),
        ),
        part(
            "Cookie",
            last_written="" if consent.written_at is None else f"{consent.written_at:%Y-%m-%d %H:%M:%S} UTC",
            written_by=consent.values.get("version", "") and f"SDK {consent.values['version']}",
            person=consent.consent_id,
            place=" ".join(filter(None, consent.place)),
            other_keys=some_of(key for key in consent.values if key not in _SHOWN_KEYS),
        ),
    )
    summary = f"{len(on)} of {len(groups)} categories active"
    return Explanation("OptanonConsent cookie", summary, parts, tuple(_of_the_cookie(consent, now)))


_SHOWN_KEYS: Final = frozenset(
    {
        *("isGpcEnabled", "browserGpcFlag", "datestamp", "version", "groups", "interactionCount", "consentId"),
        *("geolocation", "intType"),
    }
)


def _of_the_cookie(consent: OptanonConsent, now: datetime) -> Iterator[Problem]:
    if not consent.groups:
        yield problem("no-categories", "it names no category: readers will treat everything as not chosen")
    if consent.interactions == 0:
        yield problem("no-choice", "nobody has chosen yet: these are the site's defaults")
    if consent.awaits_reconsent:
        yield problem("reconsent", "the site asks for a new choice", void=True)
    if consent.gpc_sent and consent.gpc_honoured is False:
        yield problem("gpc-without-effect", "the browser sends Global Privacy Control, but no category obeys it")
    if consent.written_at is not None and consent.written_at > now + CLOCK_SKEW:
        yield problem("in-the-future", "it was written in the future: the device's clock is wrong")


def _interaction(number: int | None) -> str:
    if number is None:
        return ""
    known = number in Interaction.__members__.values()
    return Interaction(number).name.lower().replace("_", " ") if known else f"number {number}, which we do not know"


def _signal(consent: OptanonConsent) -> str:
    if consent.gpc_sent is None:
        return ""
    return "sent by the browser" if consent.gpc_sent else "not sent by the browser"


def _sealed(members: Mapping[str, Any], now: datetime) -> Explanation:
    """An app's otConsentString (cmp-api.md section 12); its keys are met in any case."""
    said = {key.lower(): value for key, value in members.items()}
    if not said.keys() & _SEALED_KEYS:
        raise Malformed("is JSON, but none that we know", f"give {KINDS}")
    chosen = said.get("groupconsents")
    groups = chosen if isinstance(chosen, dict) else {}
    on = [name for name, active in groups.items() if active == 1]
    parts = (
        part(
            "Choice",
            active=some_of(on),
            inactive=some_of(name for name in groups if name not in on),
            proves="nobody's identity: it is not signed",
        ),
        Part("Members", tuple(Line(key, _shown(key, value)) for key, value in members.items())),
    )
    summary = f"{len(on)} of {len(groups)} categories active" if groups else "nobody has chosen yet"
    return Explanation("otConsentString", summary, parts, tuple(_of_the_seal(said, now)))


def _of_the_seal(said: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    expiry = said.get("expirydate")
    if isinstance(expiry, (int, float)) and expiry < now.timestamp() * 1000:
        yield problem("expired", f"it was good until {_day(expiry)}: ask again", void=True)


def _shown(key: str, value: object) -> str:
    if key.lower().endswith("date") and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _day(value)
    if isinstance(value, dict):
        return some_of(f"{name}: {status}" for name, status in value.items())
    return "nothing" if value is None else str(value)[:200]


def _day(milliseconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{milliseconds} (no date)"


def _starts(letter: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(letter)


def _sealed_text(text: str) -> bool:
    """Base64 of an opening brace with a quotation mark or white space behind it."""
    return text.startswith(("ey", "ew")) and len(text.rstrip("=")) % 4 != 1 and _BASE64.fullmatch(text) is not None


_READERS: Final[tuple[tuple[Callable[[str], bool], Callable[[str, datetime, Lists], Explanation]], ...]] = (
    (lambda text: _FOUR_LETTERS.fullmatch(text) is not None, _usp),
    (lambda text: _ADDITIONAL.match(text) is not None, _additional),
    (_starts("{"), _json),
    (lambda text: _COOKIE.match(text) is not None, _cookie),
    (_starts("D"), _gpp),
    (lambda text: _CORE.match(text) is not None, _tc),
    (_sealed_text, _base64),
)
"""How each kind is recognised, the most particular first."""
