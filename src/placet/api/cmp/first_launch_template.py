"""The first launch, cut from a template: nearly all of a busy day's calls, answered without drawing anything.

A device that remembers nothing and names nobody gets the same answer as the next one, but for its new id and the
time. So the first such answer is told the usual way, with a mark in place of the id and the time; what lies between
the marks is kept, and later answers are put together from it. `tests/api/cmp/test_first_launch_template.py` holds
both ways to
the same bytes.
"""

from binascii import a2b_base64, b2a_base64
from typing import Final

from msgspec import Struct

from placet.consent.rules.published import Published
from placet.settings.regions import Place

MARK: Final = "5f0c1e77-ffff-4fff-bfff-0d15ea5ef00d"
"""An id nobody is given."""

DAY: Final = 86_400_000

NAMES: Final = (
    b"ot-app-id",
    b"ot-cdn-location",
    b"ot-device-type",
    b"ot-sdk-version",
    b"ot-language",
    b"ot-country-code",
    b"ot-region-code",
    b"ot-fetch-type",
    b"ot-force-fetch",
    b"ot-platform",
    b"ot-exclude-html-tags",
    b"ot-geolocation-skip-validation",
    b"sec-gpc",
)
"""Every header that a first launch's answer may depend on."""

PERSONAL: Final = (
    b"ot-consent-string",
    b"ot-identifier",
    b"ot-identifier-type",
    b"ot-sync-profile-auth",
    b"ot-tcf-eu2v2-consent-string",
    b"ot-addtl-consent-string",
    b"ot-gpp-string",
)
"""Headers that make a call more than a first launch, unless they are empty."""

MOST: Final = 512
"""Templates kept at once, about 20 KB each; the oldest makes room."""

MEMORY_KEY: Final = b'"otConsentString":"'
"""What stands before the memory in an answer; a quote inside a JSON text is escaped, so nothing else looks like it."""

Headers = dict[bytes, bytes]


class Template(Struct, frozen=True):
    """An answer with its holes: the id goes between `pieces`, the memory before `end`, and its own pieces take the id
    and, between the inner ones, the time. An answer that hands out no memory has no `memory` either.

    It is good on its day, for as long as `published` is what the app's clients get.
    """

    published: Published
    pieces: tuple[bytes, ...]
    end: bytes
    memory: tuple[tuple[bytes, ...], ...] | None
    reason: str

    def fill(self, id: str, now: int) -> tuple[bytes, ...]:
        """The answer for a new device, in pieces: nearly all of it is the same for everybody, and long."""
        name = id.encode()
        if self.memory is None:
            return (name.join(self.pieces),)
        time = b"%d" % now
        memory = b2a_base64(name.join([time.join(inner) for inner in self.memory]), newline=False)
        parts = [self.pieces[0]]
        for piece in self.pieces[1:]:
            parts += (name, piece)
        return (*parts, memory, self.end)


def is_fresh(headers: Headers) -> bool:
    """True when a call remembers nothing and names nobody."""
    return not any(map(headers.get, PERSONAL))


def mark_time(now: int) -> int:
    """The last millisecond of the day of `now`: consent strings carry the day, and the rest of it is cut away."""
    return now - now % DAY + DAY - 1


def key_of(path: str, headers: Headers, located: Place, now: int) -> tuple[object, ...]:
    """All that the answer depends on."""
    return (path, now // DAY, located.country, located.region, *map(headers.get, NAMES))


def cut(body: bytes, published: Published, reason: str, at: int) -> Template | None:
    """The template inside an answer that was told to `MARK` at this `mark_time`; None when it cannot be cut cleanly."""
    mark, time = MARK.encode(), str(at).encode()
    outside, key, rest = body.rpartition(MEMORY_KEY)
    if not key:
        return None if time in body else Template(published, tuple(body.split(mark)), b"", None, reason)
    sealed, quote, end = rest.partition(b'"')
    memory = a2b_base64(sealed)
    if memory.count(mark) != 1 or time not in memory or time in outside:
        return None
    inner = tuple(tuple(part.split(time)) for part in memory.split(mark))
    return Template(published, tuple((outside + key).split(mark)), quote + end, inner, reason)
