"""Tells `<amp-consent>` whether its visitor must be asked: the answer to its `checkConsentHref`."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct, json

from placet.consent.errors import Missing
from placet.consent.published import Published
from placet.consent.regions import Place
from placet.faces.http import JSON, Header, Request, Response
from placet.faces.routes import Face, Route

CACHES: Final = re.compile(r"https://[\w.-]+\.(cdn\.ampproject\.org|bing-amp\.com)", re.ASCII)
"""From where AMP's caches serve a publisher's pages."""

PRIVATE: Final[Header] = (b"cache-control", b"private, no-store")


class AmpStories(Struct, frozen=True):
    """What the roof hands this face: a publication by app id, and where a request comes from."""

    published: Callable[[str], Published]
    locate: Callable[[Request], Place]


class AmpFace:
    """One path; AMP sends credentials along, and nothing of them is looked at."""

    def __init__(self, stories: AmpStories) -> None:
        self._stories = stories
        self.face = Face("amp", allows=self.allows, caller=lambda _: "", credentials=True)

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route("POST", "/consent/{site}/amp", self.check, self.face)]

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
        rule = published.ruling(self._stories.locate(request)).rule
        metadata = {"gdprApplies": rule.iab}
        said = {"consentRequired": rule.show_banner, "consentMetadata": metadata, "expireCache": False}
        return Response(200, json.encode(said), (JSON, PRIVATE))

    def _find(self, request: Request) -> Published:
        request.app_id = request.params["site"].lower()
        return self._stories.published(request.app_id)
