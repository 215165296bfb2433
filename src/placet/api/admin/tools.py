"""What tools and the console ask about deliveries: explain, preview, what if, dead letters, withdrawals, breakers."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from placet.api.admin.authenticate import Admit, bearer
from placet.api.admin.bodies import answer, event_in, key, number, read
from placet.api.http.request import Request, Response
from placet.api.http.routes import Dialect, Handler, Route
from placet.errors import Invalid
from placet.events.event import Event
from placet.events.simulate.draft import Proposal
from placet.events.simulate.preview import Previewed, WhatIf
from placet.services.events.explain_event import EventExplanation
from placet.services.events.list_events import EventPage
from placet.services.events.replay_dead_letters import DeadLetterEntry
from placet.services.events.simulate_draft import DraftTrial
from placet.services.privacy.list_withdrawals import WithdrawalStatus
from placet.settings.api_tokens import Bearer, Role

MOST = 1000


class ToolServices(Struct, frozen=True):
    """What the routes need: who may ask, the stories for a bearer, and the clock."""

    admit: Admit
    explain: Callable[[Bearer, str], Awaitable[tuple[EventExplanation, ...]]]
    events: Callable[[Bearer, str, int, str, bool], Awaitable[EventPage]]
    preview: Callable[[Bearer, str, str, Event, Proposal], Awaitable[Previewed]]
    what_if: Callable[[Bearer, DraftTrial], Awaitable[list[WhatIf]]]
    letters: Callable[[Bearer, str, str, int, str], Awaitable[list[DeadLetterEntry]]]
    replay: Callable[[Bearer, str, str, str], Awaitable[int]]
    withdrawals: Callable[[Bearer, str, int, str], Awaitable[list[WithdrawalStatus]]]
    acknowledge: Callable[[Bearer, str], Awaitable[WithdrawalStatus]]
    breakers: Callable[[Bearer], dict[str, str]]
    now: Callable[[], int]


class PreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """An event and the connection it is to be tried on, as it is or as proposed."""

    source: str
    connection: str
    event: dict[str, Any]
    draft: Proposal = Proposal()


class WhatIfRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft, and on how many of a source's newest events it is to be tried."""

    source: str
    draft: Proposal
    last: int = 1000
    samples: int = 10


class ReplayRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What to try again: one dead letter by its id, or all of a connection."""

    id: str = ""
    source: str = ""
    connection: str = ""


class ToolDialect:
    """Handlers bound to their stories."""

    def __init__(self, services: ToolServices) -> None:
        """No web page may ask; the rate limit counts networks."""
        self._services = services
        self._dialect = Dialect("admin", caller=lambda _: "")

    def routes(self) -> list[Route]:
        """All of them."""
        gets: dict[str, Handler] = {
            "/api/events": self.events,
            "/api/events/{id}": self.explain,
            "/api/dead-letters": self.letters,
            "/api/withdrawals": self.withdrawals,
            "/api/breakers": self.breakers,
        }
        posts: dict[str, Handler] = {
            "/api/preview": self.preview,
            "/api/what-if": self.what_if,
            "/api/dead-letters/replay": self.replay,
            "/api/withdrawals/{id}/acknowledge": self.acknowledge,
        }
        return [Route("GET", path, handler, self._dialect) for path, handler in gets.items()] + [
            Route("POST", path, handler, self._dialect) for path, handler in posts.items()
        ]

    async def explain(self, request: Request) -> Response:
        """What became of an event, and why: as `placet explain` says it."""
        who = await self._who(request, Role.READ)
        return answer(await self._services.explain(who, request.params["id"]))

    async def events(self, request: Request) -> Response:
        """A source's events, newest first; with `held=true` only those that a connection held."""
        who, query = await self._who(request, Role.READ), request.query()
        held = query.get("held", "false")
        if held not in ("true", "false"):
            raise Invalid("held must be true or false")
        limit = number(request, "limit", 100, MOST)
        page = await self._services.events(who, query.get("source", ""), limit, query.get("cursor", ""), held == "true")
        return answer(page)

    async def preview(self, request: Request) -> Response:
        """What a connection would make of an event: the verdict, and what would be sent."""
        who = await self._who(request, Role.READ)
        asked = await read(request, PreviewRequest)
        event = event_in(asked.event, self._services.now())
        made = await self._services.preview(who, asked.source, asked.connection, event, asked.draft)
        return answer({"verdict": made.verdict, "result": made.document})

    async def what_if(self, request: Request) -> Response:
        """What a draft would do to stored events, connection by connection."""
        who = await self._who(request, Role.READ)
        asked = await read(request, WhatIfRequest)
        trial = DraftTrial(asked.source, asked.draft, asked.last, min(max(asked.samples, 0), 100))
        return answer({"connections": await self._services.what_if(who, trial)})

    async def letters(self, request: Request) -> Response:
        """What was given up, oldest first."""
        who, query = await self._who(request, Role.READ), request.query()
        place = (query.get("source", ""), query.get("connection", ""))
        limit = number(request, "limit", 100, MOST)
        return answer({"dead_letters": await self._services.letters(who, *place, limit, key(query.get("after", "")))})

    async def replay(self, request: Request) -> Response:
        """Try one again, or all of a connection."""
        who = await self._who(request, Role.WRITE)
        asked = await read(request, ReplayRequest)
        return answer({"replayed": await self._services.replay(who, key(asked.id), asked.source, asked.connection)})

    async def withdrawals(self, request: Request) -> Response:
        """How far withdrawals have come, newest first."""
        who, query = await self._who(request, Role.READ), request.query()
        limit, before = number(request, "limit", 100, MOST), key(query.get("before", ""))
        return answer({"withdrawals": await self._services.withdrawals(who, query.get("state", ""), limit, before)})

    async def acknowledge(self, request: Request) -> Response:
        """A destination, or somebody for it, says that it is carried out."""
        who = await self._who(request, Role.WRITE)
        return answer(await self._services.acknowledge(who, key(request.params["id"])))

    async def breakers(self, request: Request) -> Response:
        """The workspace's destinations that this node does not simply speak to."""
        who = await self._who(request, Role.READ)
        return answer({"breakers": self._services.breakers(who)})

    async def _who(self, request: Request, role: Role) -> Bearer:
        return await bearer(request.header(b"authorization"), role, self._services.admit)
