"""otConsentString: the consent state that an app stores between calls, as base64 of JSON.

Rules: it is unsigned and may have been built by the client, so it never proves an identity · reading is lenient (any
letter case, missing fields, booleans for 0 and 1), writing produces one exact form.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from placet.formats.errors import Malformed
from placet.formats.nesting import check_depth

NAME: Final = "otConsentString"
LONGEST: Final = 64 * 1024
"""Characters; a real one with a hundred SDKs is about 8 000."""


Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""An integer that every JSON reader represents exactly; larger values are neither a time nor an answer."""


class StoredOptOut(Struct, frozen=True, rename={"at": "lastOptedOut"}):
    """A universal opt-out from a category: when (epoch ms), and by which e-mail address."""

    at: Whole = 0
    identifier: str = ""


class DeviceState(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The state that an app stores for its user (cmp-api.md §12). Times are epoch ms; maps hold 0 or 1.

    `is_anonymous` is 0 only after a verified token. The fields from `vendors` on are placet's own: answers that have no
    field in the published format and must be kept on an anonymous device too; `universal` and `options` hold answered
    items only. `signals` says since when the device sends an opt-out signal, `opted_out` holds universal opt-outs by
    group id. `tc`, `ac` and `gpp` are the strings last returned, for calls that do not send them.
    """

    last_launch: Whole = msgspec.field(name="lastLaunchDate", default=0)
    should_show: Whole = msgspec.field(name="shouldShowBanner", default=-1)
    person: str = msgspec.field(name="dsId", default="")
    app_id: str = msgspec.field(name="appId", default="")
    cdn: str = msgspec.field(name="cdn", default="")
    is_anonymous: Whole = msgspec.field(name="isAnonymous", default=-1)
    expires: Whole | None = msgspec.field(name="expiryDate", default=-1)
    last_consent: Whole | None = msgspec.field(name="lastConsentDate", default=None)
    last_interaction: str = msgspec.field(name="lastInteractionType", default="")
    groups: dict[str, Whole] = msgspec.field(name="groupConsents", default_factory=dict)
    legitimate: dict[str, Whole] = msgspec.field(name="groupLIConsents", default_factory=dict)
    sdks: dict[str, Whole] = msgspec.field(name="sdkConsents", default_factory=dict)
    identifier_type: str = msgspec.field(name="identifierType", default="")
    country: str = msgspec.field(name="countryCode", default="")
    region: str = msgspec.field(name="regionCode", default="")
    vendors: dict[str, Whole] = msgspec.field(name="generalVendorConsents", default_factory=dict)
    universal: dict[str, Whole] = msgspec.field(name="ucpConsents", default_factory=dict)
    options: dict[str, Whole] = msgspec.field(name="ucpOptions", default_factory=dict)
    age_lower: Whole | None = msgspec.field(name="ageLower", default=None)
    age_upper: Whole | None = msgspec.field(name="ageUpper", default=None)
    age_at: Whole = msgspec.field(name="ageDate", default=0)
    signals: dict[str, Whole] = msgspec.field(name="signalDates", default_factory=dict)
    opted_out: dict[str, StoredOptOut] = msgspec.field(name="globalOptOuts", default_factory=dict)
    tc: str = msgspec.field(name="tcString", default="")
    ac: str = msgspec.field(name="addtlConsentString", default="")
    gpp: str = msgspec.field(name="gppString", default="")


_decoder: Final = msgspec.json.Decoder(DeviceState)
_encoder: Final = msgspec.json.Encoder()
_names: Final = {field.encode_name.lower(): field.encode_name for field in msgspec.structs.fields(DeviceState)}
_nullable: Final = frozenset({"expiryDate", "lastConsentDate"})
_other_names: Final = {"lastconsenteddate": "lastConsentDate", "datasubjectid": "dsId"}


def read(text: str) -> DeviceState:
    """The state encoded in `text`. Raises Malformed when it is not base64 of a JSON object."""
    if len(text) > LONGEST:
        raise Malformed(f"is longer than {LONGEST} characters", standard=NAME)
    raw = _unwrap(text)
    check_depth(raw, standard=NAME)
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_generously(raw)


def write(memory: DeviceState) -> str:
    """The state in its one exact form: padded standard base64 of compact JSON."""
    return b2a_base64(plain(memory), newline=False).decode("ascii")


def plain(memory: DeviceState) -> bytes:
    """The same before base64, for callers that embed it in JSON, which spells bytes as base64."""
    return _encoder.encode(memory)


def _unwrap(text: str) -> bytes:
    try:
        return msgspec.convert(text, bytes)  # as strict as `binascii`, in less than half the time
    except (UnicodeEncodeError, msgspec.ValidationError):
        return _unwrap_generously(text)


def _unwrap_generously(text: str) -> bytes:
    """The decoded bytes. URL-safe letters and missing padding are accepted; other faults are not base64."""
    plain = text.strip().translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return a2b_base64(plain.encode("ascii") + b"=" * (-len(plain) % 4), strict_mode=True)
    except (UnicodeEncodeError, Base64Error) as error:
        raise Malformed("is not base64", "send it back exactly as it was received", standard=NAME) from error


def _read_generously(raw: bytes) -> DeviceState:
    try:
        said = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("is not JSON inside", "send it back exactly as it was received", standard=NAME) from error
    if not isinstance(said, dict):
        raise Malformed("is not a JSON object", standard=NAME)
    known = {name: _plain(value) for key, value in said.items() if (name := _plain_name(key))}
    try:
        return msgspec.convert(
            {name: v for name, v in known.items() if v is not None or name in _nullable}, DeviceState
        )
    except msgspec.ValidationError as error:
        raise Malformed(str(error), standard=NAME) from error


def _plain_name(key: str) -> str | None:
    """The field that a key means, in any letter case; None for an unknown key."""
    lower = key.lower()
    return _names.get(lower) or _other_names.get(lower)


def _plain(value: Any) -> Any:
    """Booleans and whole floats as integers, also inside maps."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return value
