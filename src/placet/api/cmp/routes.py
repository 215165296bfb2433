"""The paths of the headless CMP: banner, preferences, vendors, universal purposes, saves, opt-outs."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct

from placet.api.cmp import write_response
from placet.api.cmp.errors import ErrorCode, Mistake, shape
from placet.api.cmp.first_launch_template import MARK, MOST, Template, cut, is_fresh, key_of, mark_time
from placet.api.cmp.opt_out import mistake, read_opt_out
from placet.api.cmp.read_body import read_interaction
from placet.api.cmp.read_request import (
    LONGEST_SAVE,
    Headers,
    ResponseOptions,
    is_true,
    read_consent_request,
    read_options,
    request_name,
)
from placet.api.http.metrics import Metrics
from placet.api.http.request import JSON, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.api.http.storage_budget import Spend, unlimited
from placet.consent.context import ConsentStatus, RequestContext
from placet.consent.global_opt_out import OptOutRefusal
from placet.consent.receipt import Receipt
from placet.consent.request import ConsentRequest
from placet.consent.rules.published import Published
from placet.errors import Missing
from placet.formats.crypto.jwt_sign import sign_receipt
from placet.services.consent.global_opt_out import AskOptOut, OptOutResult
from placet.services.consent.save_consent import SaveConsent, Saved
from placet.services.consent.show_notice import ShownNotice
from placet.settings.interactions import GLOBAL_OPT_OUT
from placet.settings.regions import Place

PREFIX: Final = "/cfw/cmp/v1"
Draw: TypeAlias = Callable[[RequestContext, ConsentStatus, ResponseOptions], bytes]

SCREENS: Final[dict[str, Draw]] = {
    "banner": write_response.banner_answer,
    "preferences": write_response.preferences_answer,
    "vendors": write_response.vendors_answer,
    "uc-purposes": write_response.universal_answer,
}
"""The paths that show something, below the prefix."""


class CmpServices(Struct, frozen=True):
    """What the roof hands this face: stories bound to the stores, and what it may ask of the node itself.

    `now` is epoch ms; `new_person` mints an id for a device; `locate` says where a request comes from;
    `published` raises Missing.
    """

    show: Callable[[ConsentRequest, int, str], Awaitable[ShownNotice]]
    show_to_stranger: Callable[[ConsentRequest, int, str], ShownNotice | None]
    save: Callable[[SaveConsent, int], Awaitable[Saved]]
    opt_out: Callable[[AskOptOut, int], Awaitable[OptOutResult | OptOutRefusal]]
    published: Callable[[str], Published]
    allows_origin: Callable[[str], bool]
    locate: Callable[[Request], Place]
    now: Callable[[], int]
    new_person: Callable[[], str]
    receipt_secret: bytes
    receipt_key_id: str
    spend: Spend = unlimited


class CmpDialect:
    """Translates a request, tells one story, translates back."""

    def __init__(self, services: CmpServices, metrics: Metrics) -> None:
        self._services = services
        self._decisions = metrics.decisions
        self._saves = metrics.saves
        self._templates: dict[tuple[object, ...], Template] = {}
        self.dialect = Dialect("cmp", shape, self._allows, caller=app_of)

    def routes(self) -> list[Route]:
        """Every path of this face."""
        return [
            *(self._screen(f"{PREFIX}/{name}", draw) for name, draw in SCREENS.items()),
            Route("POST", f"{PREFIX}/save-log-consent", self.save, self.dialect),
            Route("POST", f"{PREFIX}/dsar", self.opt_out, self.dialect),
        ]

    def _screen(self, path: str, draw: Draw) -> Route:
        """A screen's path: a stranger is answered at once, whoever has a profile when it is read."""
        return Route("GET", path, partial(self.show, draw), self.dialect, partial(self.show_at_once, draw))

    async def save(self, request: Request) -> Response:
        """A choice: kept, then answered with the new state."""
        options, consent_request, body = await self._posted(request)
        self._services.spend(request.app_id, request, len(body))
        interaction = read_interaction(body, explicit_only=is_true(request.headers, b"ot-explicit-consent"))
        once, once_for = request_name(request.headers, body)

        saved = await self._services.save(
            SaveConsent(consent_request, interaction, body, once, once_for), self._services.now()
        )

        self._saves[interaction.interaction.name] += 1
        token = self._token(saved.receipt, saved.context) if saved.receipt else ""
        return Response(200, write_response.saved_answer(saved.context, saved.status, options, token), (JSON,))

    async def opt_out(self, request: Request) -> Response:
        """An opt-out everywhere: kept, then answered with the device's new state. Raises Mistake: not taken."""
        options, consent_request, body = await self._posted(request)
        self._services.spend(request.app_id, request, len(body))
        wanted = read_opt_out(body)
        once, once_for = request_name(request.headers, body)

        done = await self._services.opt_out(
            AskOptOut(consent_request, wanted, body, once, once_for), self._services.now()
        )

        if isinstance(done, OptOutRefusal):
            raise mistake(done)
        self._saves[GLOBAL_OPT_OUT.name] += 1
        token = self._token(done.receipt, done.context)
        told = write_response.opted_out_answer(done.context, done.status, options, token, done.receipt.id)
        return Response(201, told, (JSON,))

    async def _posted(self, request: Request) -> tuple[ResponseOptions, ConsentRequest, bytes]:
        """What is posted, by whom; a post always brings the person's profile along."""
        headers = request.headers
        options = read_options(headers)
        request.app_id = app_of(request)
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise Mistake(ErrorCode.CONTENT_TYPE)
        consent_request = read_consent_request(headers, self._services.locate(request), always_fetches=True)
        self._services.published(request.app_id)
        body = await request.body()
        if len(body) > LONGEST_SAVE:
            raise Mistake(ErrorCode.BODY, f"(the body has {len(body)} bytes; at most {LONGEST_SAVE} are allowed)")
        return options, consent_request, body

    def _token(self, receipt: Receipt, context: RequestContext) -> str:
        """A receipt as the token that clients get."""
        site = context.publication.site
        claims = write_response.receipt_claims(receipt, site.organisation, site.name)
        return sign_receipt(claims, self._services.receipt_secret, self._services.receipt_key_id)

    async def show(self, draw: Draw, request: Request) -> Response:
        """A screen for somebody who may have a profile."""
        request.app_id = app_of(request)
        options, consent_request = self._asked(request.headers, self._services.locate(request))
        shown = await self._services.show(consent_request, self._services.now(), self._services.new_person())
        return self._told(draw(shown.context, shown.status, options), shown)

    def show_at_once(self, draw: Draw, request: Request) -> Response | None:
        """A screen for a stranger: cut from its template at a device's first launch, else drawn; None for others."""
        headers = request.headers
        if headers.get(b"ot-sync-profile-auth"):
            return None
        request.app_id = app_of(request)
        template = self._template(draw, request) if is_fresh(headers) else None
        if template is not None:
            self._decisions[template.reason] += 1
            pieces = template.fill(self._services.new_person(), self._services.now())
            return Response(200, headers=(JSON,), pieces=pieces)
        told = self._to_stranger(draw, request, self._services.now(), self._services.new_person())
        if told is None:
            return None
        return self._told(*told)

    def _template(self, draw: Draw, request: Request) -> Template | None:
        """What new devices of this kind are told, when it can be cut into a template.

        The first of its kind is drawn for the mark, so that the next ones can be cut from it.
        """
        located, now = self._services.locate(request), self._services.now()
        key, at = key_of(request.path, request.headers, located, now), mark_time(now)
        kept = self._templates.get(key)
        if kept is not None and kept.published is self._services.published(request.app_id):
            return kept
        told = self._to_stranger(draw, request, at, MARK)
        template = cut(told[0], self._services.published(request.app_id), reason_of(told[1]), at) if told else None
        if template is None:
            return None
        if len(self._templates) >= MOST:
            del self._templates[next(iter(self._templates))]
        self._templates[key] = template
        return template

    def _to_stranger(self, draw: Draw, request: Request, now: int, minted: str) -> tuple[bytes, ShownNotice] | None:
        """The body for somebody without a profile, and the decision in it; None for others."""
        options, consent_request = self._asked(request.headers, self._services.locate(request))
        shown = self._services.show_to_stranger(consent_request, now, minted)
        return (draw(shown.context, shown.status, options), shown) if shown else None

    def _asked(self, headers: Headers, located: Place) -> tuple[ResponseOptions, ConsentRequest]:
        """Who approaches, and for what."""
        options = read_options(headers)
        return options, read_consent_request(headers, located)

    def _told(self, body: bytes, shown: ShownNotice) -> Response:
        self._decisions[reason_of(shown)] += 1
        return Response(200, body, (JSON,))

    def _allows(self, request: Request, origin: str) -> bool:
        """A page may read what is published for its own origin; a preflight may come from any registered one."""
        app_id = app_of(request)
        if not app_id:
            return self._services.allows_origin(origin)
        try:
            return origin in self._services.published(app_id).publication.site.origins
        except Missing:
            return False


def app_of(request: Request) -> str:
    """The app id a request names, in the spelling we look it up by; noted on the request, for the log."""
    if not request.app_id:
        request.app_id = request.headers.get(b"ot-app-id", b"").decode("latin-1").lower()
    return request.app_id


def reason_of(shown: ShownNotice) -> str:
    """The reason code of a decision, as metrics count it."""
    return str(int(shown.status.ask.reason))
