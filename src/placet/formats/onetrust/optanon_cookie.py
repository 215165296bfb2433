"""The cookies in which OneTrust's web SDK stores a choice, both ways (web-sdk.md section 9).

Rules: the texts are kept, so unknown keys survive in their place · a value is parsed when it is read · `+` is read as a
space before percent signs are decoded, so that `GMT%2B0000` is read correctly.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from placet.formats.errors import Malformed

MAX_TEXT: Final = 65_536
"""Browsers keep 4096 characters per cookie; AMP keeps the same texts in local storage, without that limit."""

_RAW = "-_.!~*'()"
"""What `encodeURIComponent` leaves alone besides letters and digits."""

_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE_STRING = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) "
    r"GMT(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)(?: \(.*\))?",
    re.ASCII,
)


class OptanonInteraction(IntEnum):
    """The last interaction of a person (`intType`); newer builds use numbers beyond these."""

    BANNER_ALLOW_ALL = 1
    BANNER_REJECT_ALL = 2
    BANNER_CLOSE = 3
    PREFERENCES_ALLOW_ALL = 4
    PREFERENCES_REJECT_ALL = 5
    PREFERENCES_CONFIRM = 6
    GPC_CHANGED = 7


class OptanonConsent(msgspec.Struct, frozen=True):
    """The `OptanonConsent` cookie: decoded texts under the cookie's keys, in their order, known or not.

    A property parses its text when read: None (or empty) where the key is absent, Malformed where the text is invalid.
    """

    values: Mapping[str, str] = MappingProxyType({})

    @property
    def groups(self) -> Mapping[str, bool]:
        """Categories, stacks and purposes by id: active or not."""
        return self._statuses("groups")

    @property
    def hosts(self) -> Mapping[str, bool]:
        """Hosts by id."""
        return self._statuses("hosts")

    @property
    def general_vendors(self) -> Mapping[str, bool]:
        """Vendors outside IAB and Google by id."""
        return self._statuses("genVendors")

    @property
    def vendor_services(self) -> Mapping[str, bool]:
        """Vendor services by id."""
        return self._statuses("vs")

    @property
    def written_at(self) -> datetime | None:
        """When the cookie was last written, which is not when consent was given."""
        text = self.values.get("datestamp")
        return None if not text else read_date(text)

    @property
    def consent_id(self) -> str:
        """The data subject's identifier, or an empty text."""
        return self.values.get("consentId", "")

    @property
    def interactions(self) -> int | None:
        """How many logged choices there were; 0 before the first one."""
        return self._number("interactionCount")

    @property
    def last_interaction(self) -> int | None:
        """A number of `OptanonInteraction`, or a newer one."""
        return self._number("intType")

    @property
    def gpc_honoured(self) -> bool | None:
        """The browser sent Global Privacy Control and at least one category obeys it."""
        return self._flag("isGpcEnabled")

    @property
    def gpc_sent(self) -> bool | None:
        """The browser sent Global Privacy Control."""
        return self._flag("browserGpcFlag")

    @property
    def awaits_reconsent(self) -> bool | None:
        """The stored choice is older than the site's last request for new consent."""
        return self._flag("AwaitingReconsent")

    @property
    def place(self) -> tuple[str, str]:
        """Country and state, as far as known."""
        country, _, state = self.values.get("geolocation", "").partition(";")
        return country, state

    @property
    def gpp_pieces(self) -> int | None:
        """The number of cookies that hold the GPP string."""
        return self._number("GPPCookiesCount")

    def but(self, **values: str | None) -> "OptanonConsent":
        """A copy with some texts set (None: removed); keys stay in their places, new ones go to the end."""
        changed = {**self.values, **values}
        return OptanonConsent(MappingProxyType({key: text for key, text in changed.items() if text is not None}))

    def _statuses(self, key: str) -> Mapping[str, bool]:
        try:
            return MappingProxyType(dict(read_statuses(self.values.get(key, ""))))
        except Malformed as wrong:
            raise wrong.within(standard="OptanonConsent", field=key) from None

    def _number(self, key: str) -> int | None:
        text = self.values.get(key)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise Malformed(f"{text[:20]!r} is not a number", standard="OptanonConsent", field=key)
        return int(text)

    def _flag(self, key: str) -> bool | None:
        text = self.values.get(key)
        if not text:
            return None
        if text not in _FLAGS:
            raise Malformed(f"{text[:20]!r} is neither yes nor no", standard="OptanonConsent", field=key)
        return _FLAGS[text]


_FLAGS: Mapping[str, bool] = MappingProxyType({"1": True, "true": True, "0": False, "false": False})


def decode(text: str) -> OptanonConsent:
    """The cookie's value, as sent; of a duplicate key the last text counts. Raises Malformed."""
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", standard="OptanonConsent")
    values: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        key, _, value = pair.partition("=")
        values[_checked(key)] = _decoded(key, value)
    return OptanonConsent(MappingProxyType(values))


def encode(consent: OptanonConsent) -> str:
    """The cookie's value: keys raw, texts as `encodeURIComponent` with `+` for a space. Raises Malformed."""
    return "&".join(f"{_checked(key)}={_encoded(key, text)}" for key, text in consent.values.items())


def read_statuses(text: str) -> Iterator[tuple[str, bool]]:
    """`C0001:1,C0002:0` as pairs; an id may contain colons, and a trailing comma is allowed."""
    for item in filter(None, text.split(",")):
        name, colon, status = item.rpartition(":")
        if not (colon and name and status in {"0", "1"}):
            raise Malformed(f"{item[:40]!r} is not an id with 0 or 1", "write items like C0001:1")
        yield name, status == "1"


def write_statuses(statuses: Mapping[str, bool], *, trailing_comma: bool = False) -> str:
    """Ids with 0 or 1; `genVendors` ends on a comma, `groups`, `hosts` and `vs` do not. Raises Malformed."""
    for name in statuses:
        if not name or "," in name:
            raise Malformed(f"{name[:40]!r} can not stand in a list of ids", "use ids without commas")
    items = [f"{name}:{int(status)}" for name, status in statuses.items()]
    return ",".join([*items, ""] if items and trailing_comma else items)


def read_date(text: str) -> datetime:
    """The moment, in UTC, that JavaScript's `Date.toString()` or ISO 8601 with a zone names; raises Malformed."""
    found = _DATE_STRING.fullmatch(text)
    try:
        if not found:
            return _in_utc(datetime.fromisoformat(text))
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
        zone = timezone(-offset if found["sign"] == "-" else offset)
        month = _MONTHS.index(found["month"]) + 1
        there = datetime.fromisoformat(f"{found['year']}-{month:02}-{found['day']}T{found['time']}")
        return _in_utc(there.replace(tzinfo=zone))
    except ValueError:
        raise Malformed(f"{text[:60]!r} is not a date", standard="OptanonConsent", field="datestamp") from None


def write_date(moment: datetime) -> str:
    """The time as `Date.toString()` writes it in UTC; fractions of a second are truncated."""
    at = moment.astimezone(UTC)
    day = f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02} {at.year:04}"
    return f"{day} {at:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def read_closed(text: str) -> datetime:
    """When the banner was answered, from `OptanonAlertBoxClosed`; raises Malformed."""
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        problem = f"{text[:60]!r} is not an ISO 8601 date with a zone"
        raise Malformed(problem, standard="OptanonAlertBoxClosed") from None


def write_closed(moment: datetime) -> str:
    """The text of `OptanonAlertBoxClosed`: ISO 8601 with milliseconds and `Z`, not encoded."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _in_utc(moment: datetime) -> datetime:
    """The time in UTC; ValueError without a zone, or where UTC would be outside the calendar."""
    if moment.tzinfo is None:
        raise ValueError(moment)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(moment) from None


def _decoded(key: str, text: str) -> str:
    if _BAD_PERCENT.search(text):
        raise Malformed("a % without two hexadecimal digits", standard="OptanonConsent", field=key[:40])
    try:
        return unquote(text.replace("+", " "), errors="strict")
    except ValueError:
        raise Malformed("percent signs that are not UTF-8", standard="OptanonConsent", field=key[:40]) from None


def _encoded(key: str, text: str) -> str:
    try:
        return quote(text, safe=_RAW).replace("%20", "+")
    except ValueError:
        raise Malformed("half a character", standard="OptanonConsent", field=key[:40]) from None


def _checked(key: str) -> str:
    if not key or "&" in key or "=" in key:
        raise Malformed(f"{key[:40]!r} can not be a key", "use letters and digits", standard="OptanonConsent")
    return key
