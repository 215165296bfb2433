"""The addresses of the pages for people: `/preferences/<site>` and `/policy/<site>`."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final
from urllib.parse import parse_qs, urlencode

from msgspec import Struct, json

from placet.api.http.request import JSON, Header, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.api.http.storage_budget import Spend, unlimited
from placet.api.web.pages.form import interaction_of, ticked_boxes
from placet.api.web.pages.html import Html, h
from placet.api.web.pages.page import HTML, fixed_words, page, shown, wanted_language
from placet.api.web.pages.policy import policy_html, policy_json
from placet.api.web.pages.preferences import FormState, preferences_html
from placet.api.web.site_data import NoticeView, view_of
from placet.consent.receipt import ReceiptSignals
from placet.consent.request import ConsentRequest
from placet.consent.rules.published import Published
from placet.formats.crypto.jwt_verify import TokenRefused
from placet.formats.crypto.sealed_links import PreferenceLink
from placet.services.consent.save_consent import SaveConsent, Saved
from placet.services.consent.show_notice import ShownNotice
from placet.settings.regions import Place

PRIVATE: Final[Header] = (b"cache-control", b"private, no-store")
PUBLIC: Final[Header] = (b"cache-control", b"public, max-age=300, stale-while-revalidate=86400")


class PageServices(Struct, frozen=True):
    """What this dialect depends on. `read_link` says whose link it is, or why it is not believed; times: epoch ms."""

    published: Callable[[str], Published]
    locate: Callable[[Request], Place]
    show: Callable[[ConsentRequest, int, str], Awaitable[ShownNotice]]
    save: Callable[[SaveConsent, int], Awaitable[Saved]]
    read_link: Callable[[str, str, int], PreferenceLink | TokenRefused]
    now: Callable[[], int]
    new_person: Callable[[], str]
    spend: Spend = unlimited


class PageDialect:
    """Preferences behind a link are private; what every visitor may read may be read, and shown, by any page."""

    def __init__(self, services: PageServices) -> None:
        self._services = services
        self.private = Dialect("pages", caller=lambda _: "")
        self.public = Dialect("policy", allows=lambda *_: True, caller=lambda _: "")

    def routes(self) -> list[Route]:
        """Every path of this dialect."""
        return [
            Route("GET", "/preferences/{site}", self.preferences, self.private),
            Route("POST", "/preferences/{site}", self.save, self.private),
            Route("GET", "/policy/{site}", self.policy, self.public),
            Route("GET", "/policy/{site}/fragment.html", self.fragment, self.public),
            Route("GET", "/policy/{site}/policy.json", self.data, self.public),
        ]

    async def preferences(self, request: Request) -> Response:
        """The preference centre: with a link the person's own, without one for reading."""
        view, query = self._view(request), request.query()
        link = self._link(request, query)
        if isinstance(link, TokenRefused):
            return ended(view)
        if link is None or not can_save(view):
            return shown(view, preferences_page(view, FormState(frozenset(), sends_gpc(request)), {}), False, PRIVATE)
        seen = await self._services.show(consent_request_of(request, view, link), self._services.now(), link.identifier)
        form_state = FormState(
            ticked_boxes(view, seen.status),
            sends_gpc(request),
            self._services.new_person(),
            saved="saved" in query,
        )
        kept = {"link": query["link"]}
        return shown(view, preferences_page(view, form_state, kept), False, PRIVATE)

    async def save(self, request: Request) -> Response:
        """The form: the choice is on disk before the person is told so."""
        view, query = self._view(request), request.query()
        link = self._link(request, query)
        if link is None or isinstance(link, TokenRefused) or not can_save(view):
            return ended(view)
        body = await request.body()
        self._services.spend(view.publication.app_id, request, len(body))
        form = parse_qs(body.decode("latin-1"))
        ask = SaveConsent(
            consent_request_of(request, view, link),
            interaction_of(view, form),
            evidence=body,
            idempotency_key=blake2b(body + query["link"].encode(), digest_size=16).digest(),
        )
        await self._services.save(ask, self._services.now())
        carried = {"link": query["link"], "lang": view.language, "saved": "1"}
        # Relative, so that it also holds where a site serves us below a path of its own.
        return Response(303, b"", ((b"location", f"?{urlencode(carried)}".encode()), PRIVATE))

    async def policy(self, request: Request) -> Response:
        """The cookie policy as a page, which other pages may frame."""
        view = self._view(request)
        fixed = fixed_words(view)
        return shown(view, page(view, fixed["cookies"], h("h1", {}, fixed["cookies"]), policy_html(view)), True, PUBLIC)

    async def fragment(self, request: Request) -> Response:
        """The cookie policy as a piece of HTML, to be put into a page."""
        return Response(200, policy_html(self._view(request)).encode(), (HTML, PUBLIC, *SNIFF))

    async def data(self, request: Request) -> Response:
        """The cookie policy as data."""
        return Response(200, json.encode(policy_json(self._view(request))), (JSON, PUBLIC, *SNIFF))

    def _view(self, request: Request) -> NoticeView:
        """The site as this visitor meets it. Raises Missing."""
        request.app_id = request.params["site"].lower()
        published = self._services.published(request.app_id)
        place = self._services.locate(request)
        wanted = wanted_language(request.query(), request.header(b"accept-language"))
        return view_of(published, place, wanted, self._services.now())

    def _link(self, request: Request, query: dict[str, str]) -> PreferenceLink | TokenRefused | None:
        """Whose link brought the person here; None without one."""
        text = query.get("link", "")
        return self._services.read_link(text, request.app_id, self._services.now()) if text else None


SNIFF: Final[tuple[Header, ...]] = ((b"x-content-type-options", b"nosniff"), (b"vary", b"accept-language"))


def preferences_page(view: NoticeView, form_state: FormState, query: dict[str, str]) -> tuple[Html, str]:
    """The preference centre with a page around it."""
    return page(view, view.text(view.notice.preferences.title), preferences_html(view, form_state), query=query)


def ended(view: NoticeView) -> Response:
    """What a person reads whose link is over, or was not made by us."""
    said = fixed_words(view)
    content = h("h1", {}, view.text(view.notice.preferences.title)), h("p", {"class": "note"}, said["ended"])
    return shown(view, page(view, said["region"], *content), False, PRIVATE, status=403)


def can_save(view: NoticeView) -> bool:
    """Is there a profile to save into? Only a site of a consent group keeps one, where the rule keeps records."""
    return view.publication.site.group is not None and view.ruling.rule.records


def sends_gpc(request: Request) -> bool:
    """Does the browser send the opt-out signal?"""
    return request.headers.get(b"sec-gpc") == b"1"


def consent_request_of(request: Request, view: NoticeView, link: PreferenceLink) -> ConsentRequest:
    """Who approaches: whom the link was made for."""
    return ConsentRequest(
        view.publication.app_id,
        identifier=link.identifier,
        identifier_type=link.identifier_type,
        proven=True,
        fetches=True,
        language=view.language,
        place=view.place,
        signals=ReceiptSignals(gpc=sends_gpc(request)),
    )
