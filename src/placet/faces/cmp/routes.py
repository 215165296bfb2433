"""The paths of the headless CMP: banner, preferences, vendors, universal purposes, saves."""

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from placet.consent.approach import Approach
from placet.consent.errors import Missing
from placet.consent.published import Published
from placet.consent.regions import Place
from placet.consent.settle import Call, Standpoint
from placet.faces.cmp import answers
from placet.faces.cmp.asks import Headers, Wish, is_true, read_approach, read_wish, request_name
from placet.faces.cmp.bodies import read_press
from placet.faces.cmp.fresh import MARK, MOST, Template, cut, is_fresh, key_of, mark_time
from placet.faces.cmp.problems import Code, Mistake, shape
from placet.faces.http import JSON, Request, Response
from placet.faces.metrics import Metrics
from placet.faces.routes import Face, Route
from placet.formats.own_tokens import sign_receipt
from placet.services.save_consent import Save, Saved
from placet.services.show_notice import Shown

PREFIX: Final = "/cfw/cmp/v1"
Draw = Callable[[Call, Standpoint, Wish], bytes]


class Stories(Struct, frozen=True):
    """What the roof hands this face: stories bound to the stores, and what it may ask of the node itself.

    `now` is epoch ms; `new_person` mints an id for a device; `locate` says where a request comes from;
    `published` raises Missing.
    """

    show: Callable[[Approach, int, str], Awaitable[Shown]]
    save: Callable[[Save, int], Awaitable[Saved]]
    published: Callable[[str], Published]
    allows_origin: Callable[[str], bool]
    locate: Callable[[Request], Place]
    now: Callable[[], int]
    new_person: Callable[[], str]
    receipt_secret: bytes
    receipt_key_id: str


class CmpFace:
    """Translates a request, tells one story, translates back."""

    def __init__(self, stories: Stories, metrics: Metrics) -> None:
        self._stories = stories
        self._decisions = metrics.decisions
        self._saves = metrics.saves
        self._templates: dict[tuple[object, ...], Template] = {}
        self.face = Face("cmp", shape, self._allows, caller=app_of)

    def routes(self) -> list[Route]:
        """Every path of this face."""
        return [
            Route("GET", f"{PREFIX}/banner", self.banner, self.face),
            Route("GET", f"{PREFIX}/preferences", self.preferences, self.face),
            Route("GET", f"{PREFIX}/vendors", self.vendors, self.face),
            Route("GET", f"{PREFIX}/uc-purposes", self.universal, self.face),
            Route("POST", f"{PREFIX}/save-log-consent", self.save, self.face),
        ]

    async def banner(self, request: Request) -> Response:
        """Must we ask, and with what screen?"""
        return await self._shown(request, answers.banner_answer)

    async def preferences(self, request: Request) -> Response:
        """The preference centre."""
        return await self._shown(request, answers.preferences_answer)

    async def vendors(self, request: Request) -> Response:
        """The vendor lists."""
        return await self._shown(request, answers.vendors_answer)

    async def universal(self, request: Request) -> Response:
        """The universal-consent purposes."""
        return await self._shown(request, answers.universal_answer)

    async def save(self, request: Request) -> Response:
        """A choice: kept, then answered with the new state."""
        headers = request.headers
        wish = read_wish(headers)
        request.app_id = app_of(request)
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise Mistake(Code.CONTENT_TYPE)
        approach = read_approach(headers, self._stories.locate(request), always_fetches=True)
        body = await request.body()
        press = read_press(body, explicit_only=is_true(headers, b"ot-explicit-consent"))
        once, once_for = request_name(headers, body)

        saved = await self._stories.save(Save(approach, press, body, once, once_for), self._stories.now())

        self._saves[press.interaction.name] += 1
        return Response(200, answers.saved_answer(saved.call, saved.standpoint, wish, self._receipt(saved)), (JSON,))

    def _receipt(self, saved: Saved) -> str:
        if saved.receipt is None:
            return ""
        site = saved.call.publication.site
        claims = answers.receipt_claims(saved.receipt, site.organisation, site.name)
        return sign_receipt(claims, self._stories.receipt_secret, self._stories.receipt_key_id)

    async def _shown(self, request: Request, draw: Draw) -> Response:
        """A screen: from its template when this is a device's first launch, else told anew."""
        headers = request.headers
        request.app_id = app_of(request)
        located = self._stories.locate(request)
        if not is_fresh(headers):
            body, reason = await self._told(headers, located, draw, self._stories.now(), self._stories.new_person())
            self._decisions[reason] += 1
            return Response(200, body, (JSON,))
        key = key_of(request.path, headers, located, self._stories.now())
        template = self._templates.get(key)
        if template is None or template.published is not self._stories.published(request.app_id):
            return await self._first(key, headers, located, draw)
        self._decisions[template.reason] += 1
        return Response(200, template.fill(self._stories.new_person(), self._stories.now()), (JSON,))

    async def _first(self, key: tuple[object, ...], headers: Headers, located: Place, draw: Draw) -> Response:
        """The first launch of its kind: told to the mark, so that the next ones can be cut from it."""
        now, person = self._stories.now(), self._stories.new_person()
        at = mark_time(now)
        body, reason = await self._told(headers, located, draw, at, MARK)
        template = cut(body, self._stories.published(headers[b"ot-app-id"].decode("latin-1").lower()), reason, at)
        if template is None:
            body, reason = await self._told(headers, located, draw, now, person)
            self._decisions[reason] += 1
            return Response(200, body, (JSON,))
        if len(self._templates) >= MOST:
            del self._templates[next(iter(self._templates))]
        self._templates[key] = template
        self._decisions[reason] += 1
        return Response(200, template.fill(person, now), (JSON,))

    async def _told(self, headers: Headers, located: Place, draw: Draw, now: int, minted: str) -> tuple[bytes, str]:
        """The answer told the usual way, and the reason code in it."""
        wish = read_wish(headers)
        shown = await self._stories.show(read_approach(headers, located), now, minted)
        return draw(shown.call, shown.standpoint, wish), str(int(shown.standpoint.ask.reason))

    def _allows(self, request: Request, origin: str) -> bool:
        """A page may read what is published for its own origin; a preflight may come from any registered one."""
        app_id = app_of(request)
        if not app_id:
            return self._stories.allows_origin(origin)
        try:
            return origin in self._stories.published(app_id).publication.site.origins
        except Missing:
            return False


def app_of(request: Request) -> str:
    """The app id a request names, in the spelling we look it up by."""
    return request.app_id or request.headers.get(b"ot-app-id", b"").decode("latin-1").lower()
