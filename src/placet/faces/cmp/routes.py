"""The paths of the headless CMP: banner, preferences, vendors, universal purposes, saves, opt-outs."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct

from placet.consent.approach import Approach
from placet.consent.errors import Missing
from placet.consent.global_opt_out import Refusal
from placet.consent.interactions import GLOBAL_OPT_OUT
from placet.consent.published import Published
from placet.consent.receipt import Receipt
from placet.consent.regions import Place
from placet.consent.settle import Call, Standpoint
from placet.faces.cmp import answers
from placet.faces.cmp.asks import LONGEST_SAVE, Headers, Wish, is_true, read_approach, read_wish, request_name
from placet.faces.cmp.bodies import read_press
from placet.faces.cmp.fresh import MARK, MOST, Template, cut, is_fresh, key_of, mark_time
from placet.faces.cmp.opt_out import mistake, read_opt_out
from placet.faces.cmp.problems import Code, Mistake, shape
from placet.faces.http import JSON, Request, Response
from placet.faces.metrics import Metrics
from placet.faces.routes import Face, Route
from placet.faces.storage_budget import Spend, unlimited
from placet.formats.own_tokens import sign_receipt
from placet.services.opt_out import AskOptOut, OptedOut
from placet.services.save_consent import Save, Saved
from placet.services.show_notice import Shown

PREFIX: Final = "/cfw/cmp/v1"
Draw: TypeAlias = Callable[[Call, Standpoint, Wish], bytes]

SCREENS: Final[dict[str, Draw]] = {
    "banner": answers.banner_answer,
    "preferences": answers.preferences_answer,
    "vendors": answers.vendors_answer,
    "uc-purposes": answers.universal_answer,
}
"""The paths that show something, below the prefix."""


class Stories(Struct, frozen=True):
    """What the roof hands this face: stories bound to the stores, and what it may ask of the node itself.

    `now` is epoch ms; `new_person` mints an id for a device; `locate` says where a request comes from;
    `published` raises Missing.
    """

    show: Callable[[Approach, int, str], Awaitable[Shown]]
    show_to_stranger: Callable[[Approach, int, str], Shown | None]
    save: Callable[[Save, int], Awaitable[Saved]]
    opt_out: Callable[[AskOptOut, int], Awaitable[OptedOut | Refusal]]
    published: Callable[[str], Published]
    allows_origin: Callable[[str], bool]
    locate: Callable[[Request], Place]
    now: Callable[[], int]
    new_person: Callable[[], str]
    receipt_secret: bytes
    receipt_key_id: str
    spend: Spend = unlimited


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
            *(self._screen(f"{PREFIX}/{name}", draw) for name, draw in SCREENS.items()),
            Route("POST", f"{PREFIX}/save-log-consent", self.save, self.face),
            Route("POST", f"{PREFIX}/dsar", self.opt_out, self.face),
        ]

    def _screen(self, path: str, draw: Draw) -> Route:
        """A screen's path: a stranger is answered at once, whoever has a profile when it is read."""
        return Route("GET", path, partial(self.show, draw), self.face, partial(self.show_at_once, draw))

    async def save(self, request: Request) -> Response:
        """A choice: kept, then answered with the new state."""
        wish, approach, body = await self._posted(request)
        self._stories.spend(request.app_id, request, len(body))
        press = read_press(body, explicit_only=is_true(request.headers, b"ot-explicit-consent"))
        once, once_for = request_name(request.headers, body)

        saved = await self._stories.save(Save(approach, press, body, once, once_for), self._stories.now())

        self._saves[press.interaction.name] += 1
        token = self._token(saved.receipt, saved.call) if saved.receipt else ""
        return Response(200, answers.saved_answer(saved.call, saved.standpoint, wish, token), (JSON,))

    async def opt_out(self, request: Request) -> Response:
        """An opt-out everywhere: kept, then answered with the device's new state. Raises Mistake: not taken."""
        wish, approach, body = await self._posted(request)
        self._stories.spend(request.app_id, request, len(body))
        wanted = read_opt_out(body)
        once, once_for = request_name(request.headers, body)

        done = await self._stories.opt_out(AskOptOut(approach, wanted, body, once, once_for), self._stories.now())

        if isinstance(done, Refusal):
            raise mistake(done)
        self._saves[GLOBAL_OPT_OUT.name] += 1
        token = self._token(done.receipt, done.call)
        told = answers.opted_out_answer(done.call, done.standpoint, wish, token, done.receipt.id)
        return Response(201, told, (JSON,))

    async def _posted(self, request: Request) -> tuple[Wish, Approach, bytes]:
        """What is posted, by whom; a post always brings the person's profile along."""
        headers = request.headers
        wish = read_wish(headers)
        request.app_id = app_of(request)
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise Mistake(Code.CONTENT_TYPE)
        approach = read_approach(headers, self._stories.locate(request), always_fetches=True)
        self._stories.published(request.app_id)
        body = await request.body()
        if len(body) > LONGEST_SAVE:
            raise Mistake(Code.BODY, f"(the body has {len(body)} bytes; at most {LONGEST_SAVE} are allowed)")
        return wish, approach, body

    def _token(self, receipt: Receipt, call: Call) -> str:
        """A receipt as the token that clients get."""
        site = call.publication.site
        claims = answers.receipt_claims(receipt, site.organisation, site.name)
        return sign_receipt(claims, self._stories.receipt_secret, self._stories.receipt_key_id)

    async def show(self, draw: Draw, request: Request) -> Response:
        """A screen for somebody who may have a profile."""
        request.app_id = app_of(request)
        wish, approach = self._asked(request.headers, self._stories.locate(request))
        shown = await self._stories.show(approach, self._stories.now(), self._stories.new_person())
        return self._told(draw(shown.call, shown.standpoint, wish), shown)

    def show_at_once(self, draw: Draw, request: Request) -> Response | None:
        """A screen for a stranger: cut from its template at a device's first launch, else drawn; None for others."""
        headers = request.headers
        if headers.get(b"ot-sync-profile-auth"):
            return None
        request.app_id = app_of(request)
        template = self._template(draw, request) if is_fresh(headers) else None
        if template is not None:
            self._decisions[template.reason] += 1
            pieces = template.fill(self._stories.new_person(), self._stories.now())
            return Response(200, headers=(JSON,), pieces=pieces)
        told = self._to_stranger(draw, request, self._stories.now(), self._stories.new_person())
        if told is None:
            return None
        return self._told(*told)

    def _template(self, draw: Draw, request: Request) -> Template | None:
        """What new devices of this kind are told, when it can be cut into a template.

        The first of its kind is drawn for the mark, so that the next ones can be cut from it.
        """
        located, now = self._stories.locate(request), self._stories.now()
        key, at = key_of(request.path, request.headers, located, now), mark_time(now)
        kept = self._templates.get(key)
        if kept is not None and kept.published is self._stories.published(request.app_id):
            return kept
        told = self._to_stranger(draw, request, at, MARK)
        template = cut(told[0], self._stories.published(request.app_id), reason_of(told[1]), at) if told else None
        if template is None:
            return None
        if len(self._templates) >= MOST:
            del self._templates[next(iter(self._templates))]
        self._templates[key] = template
        return template

    def _to_stranger(self, draw: Draw, request: Request, now: int, minted: str) -> tuple[bytes, Shown] | None:
        """The body for somebody without a profile, and the decision in it; None for others."""
        wish, approach = self._asked(request.headers, self._stories.locate(request))
        shown = self._stories.show_to_stranger(approach, now, minted)
        return (draw(shown.call, shown.standpoint, wish), shown) if shown else None

    def _asked(self, headers: Headers, located: Place) -> tuple[Wish, Approach]:
        """Who approaches, and for what."""
        wish = read_wish(headers)
        return wish, read_approach(headers, located)

    def _told(self, body: bytes, shown: Shown) -> Response:
        self._decisions[reason_of(shown)] += 1
        return Response(200, body, (JSON,))

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
    """The app id a request names, in the spelling we look it up by; noted on the request, for the log."""
    if not request.app_id:
        request.app_id = request.headers.get(b"ot-app-id", b"").decode("latin-1").lower()
    return request.app_id


def reason_of(shown: Shown) -> str:
    """The reason code of a decision, as metrics count it."""
    return str(int(shown.standpoint.ask.reason))
