"""A known person's profile, as `/v1/preferences` and `/v2/preferences` give it (cmp-api.md §15.3, §15.4)."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

from msgspec import Struct, json

from placet.api.cmp.errors import shape
from placet.api.cmp.style_parts import Json
from placet.api.http.request import JSON, Header, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.consent.profile.preferences import Preference, preferences
from placet.consent.storage_keys import iso
from placet.errors import Missing
from placet.services.consent.read_profile import ProfilePage, ReadProfile
from placet.settings.regions import Place

PATH: Final = "/v1/preferences"

NOBODY: Final = json.encode({"preferences": [], "syncGroups": {}})
"""No profile yet: the web SDK reads `preferences.length` of whatever comes back (cmp-api.md §15.6)."""

PRIVATE: Final[Header] = (b"cache-control", b"private, no-cache")


class ProfileServices(Struct, frozen=True):
    """What the roof hands this face. `now` is epoch ms."""

    read: Callable[[ReadProfile, int], Awaitable[tuple[ProfilePage, ...]]]
    allows_origin: Callable[[str], bool]
    now: Callable[[], int]
    locate: Callable[[Request], Place]


class ProfileDialect:
    """Reads of profiles by identifier and token."""

    def __init__(self, services: ProfileServices) -> None:
        self._services = services
        self.dialect = Dialect("profiles", shape, lambda _, origin: services.allows_origin(origin), caller=tenant_of)

    def routes(self) -> list[Route]:
        """Both generations of the route."""
        return [
            Route("GET", PATH, self.first, self.dialect),
            Route("GET", "/v2/preferences", self.second, self.dialect),
        ]

    async def first(self, request: Request) -> Response:
        """Version 1: an object; `syncGroup` limits it to one consent group, in any letter case."""
        query = {name.lower(): value for name, value in request.query().items()}
        return await self._read(request, query.get("syncgroup", "").lower(), first_body)

    async def second(self, request: Request) -> Response:
        """Version 2: an array, of all groups."""
        return await self._read(request, "", second_body)

    async def _read(
        self, request: Request, group: str, draw: Callable[[ReadProfile, tuple[ProfilePage, ...], int], bytes]
    ) -> Response:
        ask = ReadProfile(
            tenant_of(request),
            identifier_of(request),
            request.header(b"authorization"),
            group,
            request.headers.get(b"sec-gpc") == b"1",
            request.header(b"origin"),
            self._services.locate(request),
        )
        now = self._services.now()
        try:
            pages = await self._services.read(ask, now)
        except Missing:
            return Response(204)
        tag = etag(ask, pages, now)
        if is_known(tag, request.headers.get(b"if-none-match", b"")):
            return Response(304, b"", ((b"etag", tag), PRIVATE))
        return Response(200, draw(ask, pages, now), (JSON, (b"etag", tag), PRIVATE))


def tenant_of(request: Request) -> str:
    """The tenant a request names."""
    return request.header(b"tenantid").lower()


def identifier_of(request: Request) -> str:
    """Whom a request is about; identifiers beyond Latin letters come as UTF-8."""
    raw = request.headers.get(b"identifier", b"")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def etag(ask: ReadProfile, pages: tuple[ProfilePage, ...], now: int) -> bytes:
    """What changes whenever the answer does: the profiles' versions, the publications they are read through, and how
    many answers have run out.
    """
    parts = [ask.organisation, ask.identifier, ask.group]
    for page in pages:
        expired = sum(0 < item.expires <= now for item in page.profile.items.values())
        parts += [page.group, str(page.version), str(expired), *(one.publication.content_hash for one in page.sites)]
    return b'"%b"' % blake2b("\0".join(parts).encode(), digest_size=12).hexdigest().encode()


def is_known(tag: bytes, known: bytes) -> bool:
    """Does the client hold this answer? Tags are compared weakly, and `*` means any (RFC 9110 §13.1.2)."""
    return any(one.strip().removeprefix(b"W/") in (tag, b"*") for one in known.split(b","))


def first_body(ask: ReadProfile, pages: tuple[ProfilePage, ...], now: int) -> bytes:
    """Version 1's body."""
    del ask
    kept = [page for page in pages if page.version]
    if not kept:
        return NOBODY
    newest = max(kept, key=lambda page: page.profile.last_interaction).profile
    return json.encode(
        {
            "preferences": [first_row(one) for page in kept for one in preferences(page.profile, page.sites, now)],
            "syncGroups": {page.group: strings(page) for page in kept if strings(page)},
            "latestGeoLocation": {
                "receiptGuid": newest.receipt,
                "country": newest.country,
                "state": newest.region,
                "stateName": "",
            },
            "dataElements": {},
        }
    )


def first_row(one: Preference) -> Json:
    """One purpose in version 1; ids are lower case, as the web SDK looks them up."""
    row: Json = {"id": one.id.lower(), "purposeVersion": one.version, "status": one.status.value, "topics": []}
    if one.answered_at:
        at = iso(one.answered_at)
        row |= {"consentDate": at, "lastInteractionDate": at, "purposeLastUpdatedDate": at}
    if one.expires:
        row["expiryDate"] = iso(one.expires)
    return row | {"customPreferences": one.options}


def strings(page: ProfilePage) -> Json:
    """The consent strings a group keeps."""
    names = {"tcStringV2": "x:tc", "gacString": "x:ac", "gppString": "x:gpp"}
    items = page.profile.items
    return {name: items[key].detail[0] for name, key in names.items() if key in items}


def second_body(ask: ReadProfile, pages: tuple[ProfilePage, ...], now: int) -> bytes:
    """Version 2's body: an array with one subject, or empty."""
    kept = [page for page in pages if page.version]
    if not kept:
        return b"[]"
    newest = max(kept, key=lambda page: page.profile.last_interaction).profile
    subject = {
        "identifier": ask.identifier,
        "identifierType": "",
        "dataElements": {},
        "additionalIdentifiers": {},
        "purposes": [second_row(one) for page in kept for one in preferences(page.profile, page.sites, now)],
        "latestGeolocation": {"country": newest.country, "state": newest.region},
        "language": "",
        "metadata": {"lastReceiptDate": iso(newest.last_interaction), "isFullyProcessed": True},
    }
    return json.encode([subject])


def second_row(one: Preference) -> Json:
    """One purpose in version 2."""
    row: Json = {"id": one.id.lower(), "version": one.version, "status": one.status.value}
    if one.answered_at:
        row |= {"consentDate": iso(one.answered_at), "lastInteractionDate": iso(one.answered_at)}
    options = [{"id": id, "options": [{"id": option} for option in chosen]} for id, chosen in one.options.items()]
    return row | {"customPreferences": options}
