"""Sets a visitor's two consent cookies anew from the server: some browsers forget within days what scripts write.

Safari keeps a cookie that JavaScript wrote for seven days at most, one that a first-party server set for as long as it
says. Rules: nothing is set that the browser did not send just now · what cannot be read as our format is not set
· an answer that has run out is not set · only pages of the site's own origins may ask.
"""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from placet.api.http.request import Header, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.api.web.site_data import cookie_attributes, cookie_domain
from placet.consent.rules.banner import DAY as DAY_MS
from placet.consent.rules.banner import holds
from placet.consent.rules.published import Published
from placet.errors import Denied, Missing
from placet.formats.errors import Malformed
from placet.formats.onetrust.cookie_names import CLOSED, CONSENT
from placet.formats.onetrust.optanon_cookie import OptanonConsent, decode, encode, read_closed, write_closed
from placet.settings.regions import Place
from placet.settings.site import Stage

MOST: Final = 4096
"""Characters of a cookie; browsers keep no more."""

SAFE: Final = re.compile(r"[\w.~!*'()%+&=:-]+", re.ASCII)
"""What a cookie of ours is written with."""

DAY: Final = 86_400
FOREVER_DAYS: Final = 3650
NO_STORE: Final[Header] = (b"cache-control", b"no-store")


class FirstPartyServices(Struct, frozen=True):
    """What this dialect depends on: a publication by app id, where a request comes from, the time (epoch ms)."""

    published: Callable[[str], Published]
    locate: Callable[[Request], Place]
    now: Callable[[], int]


class FirstPartyDialect:
    """One path, which only helps where a site serves it under its own name."""

    def __init__(self, services: FirstPartyServices) -> None:
        self._services = services
        self.dialect = Dialect("first party", allows=self.allows, caller=lambda _: "", credentials=True)

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route("POST", "/consent/{site}/keep", self.keep, self.dialect)]

    def allows(self, request: Request, origin: str) -> bool:
        """Is this one of the site's own pages?"""
        try:
            return origin in self._find(request).publication.site.origins
        except Missing:
            return False

    async def keep(self, request: Request) -> Response:
        """Set both cookies again as they were sent. Raises Denied for a page of somebody else, Malformed."""
        if not self.allows(request, request.header(b"origin")):
            raise Denied("only pages of the site itself may keep its cookies")
        published = self._find(request)
        sent = cookies_of(request)
        if CONSENT not in sent or CLOSED not in sent:
            return Response(204, b"", (NO_STORE,))
        consent, closed = read_consent(sent[CONSENT]), read_closed(sent[CLOSED])
        now, at = self._services.now(), int(closed.timestamp() * 1000)
        days = self._days(published, consent, request)
        if not holds(now, at, days * DAY_MS or None):
            return Response(204, b"", (NO_STORE,))
        lasts = DAY * (days or FOREVER_DAYS)
        left = min(lasts, lasts - (now - at) // 1000)
        cookies = ((CONSENT, encode(consent), lasts), (CLOSED, write_closed(closed), left))
        where = attributes(published)
        return Response(204, b"", (NO_STORE, *(set_cookie(*cookie, where) for cookie in cookies)))

    def _days(self, published: Published, consent: OptanonConsent, request: Request) -> int:
        """How long a choice holds where the visitor was when they made it."""
        country, state = consent.place
        place = Place(country, state) if country else self._services.locate(request)
        return published.rule_for(place).rule.reconsent_days

    def _find(self, request: Request) -> Published:
        request.app_id = request.params["site"].lower()
        return self._services.published(request.app_id)


def cookies_of(request: Request) -> dict[str, str]:
    """The cookies of a request. A name sent twice with different texts is left out: nobody knows which is the newer."""
    pairs = (pair.strip().partition("=") for pair in request.header(b"cookie").split(";"))
    found: dict[str, set[str]] = {}
    for name, _, text in pairs:
        found.setdefault(name, set()).add(text)
    return {name: texts.pop() for name, texts in found.items() if len(texts) == 1}


def read_consent(text: str) -> OptanonConsent:
    """The consent cookie, fit to be sent back. Raises Malformed."""
    if len(text) > MOST or SAFE.fullmatch(text) is None:
        raise Malformed("characters that do not belong into this cookie", standard=CONSENT)
    consent = decode(text)
    if not consent.groups:
        raise Malformed("no categories", standard=CONSENT, field="groups")
    return consent


def attributes(published: Published) -> str:
    """Where the cookies hold: as our scripts set them."""
    site = published.publication.site
    domain = "" if published.publication.stage is Stage.TEST else cookie_domain(site.origins)
    return ";Path=/" + (f";Domain={domain}" if domain else "") + cookie_attributes(site)


def set_cookie(name: str, text: str, seconds: int, where: str) -> Header:
    """One cookie, which scripts may read: they must."""
    return (b"set-cookie", f"{name}={text};Max-Age={seconds}{where}".encode())
