"""Tells `<amp-consent>` whether its visitor must be asked: the answer to its `checkConsentHref`."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct, json

from placet.api.http.request import JSON, Header, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.consent.rules.published import Published
from placet.errors import Missing
from placet.settings.regions import Place

CACHES: Final = re.compile(r"https://[\w.-]+\.(cdn\.ampproject\.org|bing-amp\.com)", re.ASCII)
"""From where AMP's caches serve a publisher's pages."""

PRIVATE: Final[Header] = (b"cache-control", b"private, no-store")


class AmpServices(Struct, frozen=True):
    """What this dialect depends on: a publication by app id, and where a request comes from."""

    published: Callable[[str], Published]
    locate: Callable[[Request], Place]


class AmpDialect:
    """One path; AMP sends credentials along, and nothing of them is looked at."""

    def __init__(self, services: AmpServices) -> None:
        self._services = services
        self.dialect = Dialect("amp", allows=self.allows, caller=lambda _: "", credentials=True)

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route("POST", "/consent/{site}/amp", self.check, self.dialect)]

    def allows(self, request: Request, origin: str) -> bool:
        """A page of the site, or a copy of one in a cache."""
        try:
            own = self._find(request).publication.site.origins
        except Missing:
            return False
        return origin in own or CACHES.fullmatch(origin) is not None

    async def check(self, request: Request) -> Response:
        """Whether the rule of the visitor's place asks. What they answered the page itself keeps (web-sdk.md §9.3)."""
        published = self._find(request)
        rule = published.rule_for(self._services.locate(request)).rule
        metadata = {"gdprApplies": rule.iab}
        said = {"consentRequired": rule.show_banner, "consentMetadata": metadata, "expireCache": False}
        return Response(200, json.encode(said), (JSON, PRIVATE))

    def _find(self, request: Request) -> Published:
        request.app_id = request.params["site"].lower()
        return self._services.published(request.app_id)
