"""Headers and bodies of the CMP dialect, read into what the stories understand."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from placet.api.cmp.errors import ErrorCode, Mistake
from placet.consent.receipt import ReceiptSignals
from placet.consent.request import ConsentRequest
from placet.formats.errors import Malformed
from placet.formats.onetrust import consent_string
from placet.formats.onetrust.consent_string import DeviceState
from placet.formats.places import is_country
from placet.settings.regions import UNKNOWN_PLACES, Place

REQUIRED: Final = {
    b"ot-cdn-location": "OT-CDN-Location",
    b"ot-app-id": "OT-App-Id",
    b"ot-device-type": "OT-Device-Type",
    b"ot-sdk-version": "OT-SDK-Version",
}
"""The headers no call may leave out, and how the reference spells them."""

FETCH_TYPES: Final = {
    b"": False,
    b"APP_DATA_ONLY": False,
    b"APP_DATA_AND_PROFILE": True,
    b"APP_DATA_AND_SYNC_PROFILE": True,
}
"""Does this fetch type read the profile? The two that do are not told apart (cmp-api.md §19.4)."""

SIGNALS: Final = (
    b"ot-tcf-eu2v2-consent-string",
    b"ot-addtl-consent-string",
    b"ot-gpp-string",
    b"sec-gpc",
    b"ot-explicit-consent",
)
"""The headers that say something about consent beside the body."""

OPTIONS: Final = (*REQUIRED, b"ot-force-fetch", b"ot-exclude-html-tags", b"ot-platform")
LONGEST_OPTION: Final = 512
"""The headers that say what is wanted, and how many bytes of them in all are worth remembering."""

LONGEST_SAVE: Final = 262_144
"""Bytes of the body of a save: the whole vendor list, answered one by one, has a third of it."""

LONGEST_IDENTIFIER: Final = 512
"""Characters of a person's identifier: an e-mail address has 254 at most, and a hash in hex 128."""

LONGEST_NAME: Final = 64
"""Bytes of a language's tag with blanks around; longer ones mean nothing, and are not worth remembering."""

LONGEST_HOST: Final = 253

DEVICE_TYPES: Final = {b"mobile": "mobile", b"ctv": "ctv"}
FRESH: Final = DeviceState()

_HOST = re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9.\-:]{0,252})")
_REGION = re.compile(r"[A-Z0-9]{1,3}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,3}")

Headers = dict[bytes, bytes]


class ResponseOptions(Struct, frozen=True):
    """What a call wants to be told, apart from where the person stands.

    `version` is the published version the client was built for; `force` wants the screen even when nobody
    need be asked.
    """

    device: str
    version: str
    force: bool = False
    plain_text: bool = False
    platform: str = ""


def read_options(headers: Headers) -> ResponseOptions:
    """What is asked for. Raises Mistake when a required header is missing or means nothing."""
    said = tuple(map(headers.get, OPTIONS))
    return known_options(said) if len(b"".join(filter(None, said))) <= LONGEST_OPTION else options_of(said)


def options_of(said: tuple[bytes | None, ...]) -> ResponseOptions:
    """The same, from the values of `OPTIONS`."""
    headers = {name: value for name, value in zip(OPTIONS, said, strict=True) if value is not None}
    for name, spelled in REQUIRED.items():
        if not headers.get(name):
            raise Mistake(ErrorCode.HEADER_MISSING, f"{spelled}.")
    device = DEVICE_TYPES.get(headers[b"ot-device-type"].lower())
    if device is None:
        raise Mistake(ErrorCode.DEVICE_TYPE, "Use mobile or ctv.")
    return ResponseOptions(
        device=device,
        version=text_of(headers, b"ot-sdk-version"),
        force=is_true(headers, b"ot-force-fetch"),
        plain_text=is_true(headers, b"ot-exclude-html-tags"),
        platform=text_of(headers, b"ot-platform").lower(),
    )


known_options = lru_cache(1024)(options_of)
"""The same, remembered: an app's installations say the same, but for their number of versions."""


def read_consent_request(headers: Headers, located: Place, *, always_fetches: bool = False) -> ConsentRequest:
    """Who approaches. `located` is where the network says they are; a save always brings the profile along.

    Raises Mistake: a header's value means nothing, or the consent string is not this app's.
    """
    app_id = text_of(headers, b"ot-app-id").lower()
    fetches = FETCH_TYPES.get(headers.get(b"ot-fetch-type", b"").strip())
    if fetches is None:
        raise Mistake(ErrorCode.FETCH_TYPE, "Use APP_DATA_ONLY, APP_DATA_AND_PROFILE or APP_DATA_AND_SYNC_PROFILE.")
    cdn = host_of(headers[b"ot-cdn-location"])
    if not cdn:
        raise Mistake(ErrorCode.LOCATION, "OT-CDN-Location must be a host name.")
    return ConsentRequest(
        app_id=app_id,
        identifier=read_identifier(text_of(headers, b"ot-identifier")),
        identifier_type=text_of(headers, b"ot-identifier-type"),
        rename=headers.get(b"ot-identifier-updatetype", b"").lower() == b"rename-identifier",
        token=text_of(headers, b"ot-sync-profile-auth"),
        fetches=fetches or always_fetches,
        language=read_language(headers),
        place=read_place(headers, located),
        remembered=read_device_state(headers, app_id),
        signals=read_signals(headers),
        cdn=cdn,
    )


def read_identifier(said: str) -> str:
    """Who a caller says they are. Raises Mistake when it is longer than is kept."""
    if len(said) > LONGEST_IDENTIFIER:
        raise Mistake(
            ErrorCode.BODY, f"(the identifier has {len(said)} characters; at most {LONGEST_IDENTIFIER} are kept)"
        )
    return said


def read_language(headers: Headers) -> str:
    """The language asked for, as a tag; nonsense counts as not asked."""
    raw = headers.get(b"ot-language", b"")
    return language_of(raw) if len(raw) <= LONGEST_NAME else ""


@lru_cache(1024)
def language_of(raw: bytes) -> str:
    """A language as a tag, "" for nonsense. Remembered, as the names of hosts and places are: few occur, and often."""
    wanted = raw.decode(errors="replace").strip()
    return wanted.replace("_", "-") if _LANGUAGE.fullmatch(wanted) else ""


def host_of(raw: bytes) -> str:
    """A host name, "" for nonsense."""
    return known_host(raw) if len(raw) <= LONGEST_HOST else ""


@lru_cache(1024)
def known_host(raw: bytes) -> str:
    """The same, remembered."""
    return raw.decode() if _HOST.fullmatch(raw) else ""


def read_place(headers: Headers, located: Place) -> Place:
    """Where the person is: what the headers say, else what the network says (cmp-api.md §16.5)."""
    country = text_of(headers, b"ot-country-code").upper()
    region = text_of(headers, b"ot-region-code").upper()
    if not country and not region:
        return located
    if is_true(headers, b"ot-geolocation-skip-validation"):
        return Place(country, region)
    country = country or located.country
    if (not is_country(country) and country not in UNKNOWN_PLACES) or (region and not _REGION.fullmatch(region)):
        raise Mistake(ErrorCode.PLACE)
    return Place(country, region)


def read_device_state(headers: Headers, app_id: str) -> DeviceState:
    """What the device remembers of earlier calls; one app's memory is refused by another, test by production."""
    text = text_of(headers, b"ot-consent-string")
    if not text:
        return FRESH
    try:
        memory = consent_string.read(text)
    except Malformed as why:
        raise Mistake(ErrorCode.CONSENT_STRING, f"({why})") from why
    if memory.app_id and memory.app_id.lower() != app_id:
        raise Mistake(ErrorCode.CONSENT_STRING, "(it belongs to another application or to its test version)")
    return memory


def read_signals(headers: Headers) -> ReceiptSignals:
    """The consent strings and browser signals that came along."""
    return ReceiptSignals(
        tc=text_of(headers, b"ot-tcf-eu2v2-consent-string"),
        ac=text_of(headers, b"ot-addtl-consent-string"),
        gpp=text_of(headers, b"ot-gpp-string"),
        gpc=headers.get(b"sec-gpc") == b"1",
    )


def request_name(headers: Headers, body: bytes) -> tuple[bytes | None, int]:
    """The name by which a repeated save is recognised, and for how long (ms).

    A client of ours sends `Idempotency-Key`. Others repeat themselves to the byte: the memory a device sends changes
    with every answer it got, so the same memory with the same body is a retry whose answer was lost. Whoever sends
    other strings or signals says something else, which is another request. A key used by another person or with
    another body is refused where the choice is kept (`Reused`).
    """
    key, memory = headers.get(b"idempotency-key", b""), headers.get(b"ot-consent-string", b"")
    app = headers.get(b"ot-app-id", b"").lower()
    signals = tuple(headers.get(name, b"") for name in SIGNALS)
    if key:
        return blake2b(b"\0".join((b"key", app, key, *signals)), digest_size=16).digest(), 86_400_000
    if not memory:
        return None, 0
    who = (headers.get(b"ot-identifier", b""), headers.get(b"ot-sync-profile-auth", b""))
    said = (b"said", app, memory, *who, *signals, body)
    return blake2b(b"\0".join(said), digest_size=16).digest(), 600_000


def text_of(headers: Headers, name: bytes) -> str:
    """A header as text; empty counts as absent, as real clients send empty ones (cmp-api.md §2.5).

    Raises Mistake when it is not UTF-8.
    """
    raw = headers.get(name)
    if not raw:
        return ""
    try:
        return raw.decode().strip()
    except UnicodeDecodeError as why:
        raise Mistake(ErrorCode.BODY, f"Header {name.decode()} is not UTF-8.") from why


def is_true(headers: Headers, name: bytes) -> bool:
    """A boolean header: `true` in any letter case; everything else is false."""
    return headers.get(name, b"").strip().lower() == b"true"
