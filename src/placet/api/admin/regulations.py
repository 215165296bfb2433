"""Suppression and deletion in the shapes of Segment's Public API (segment.md §7.2): ask, lift, list, follow."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct

from placet.api.admin.authenticate import Admit, bearer
from placet.api.admin.bodies import key, number, read
from placet.api.admin.public import cursor, iso, said, worded
from placet.api.http.request import Request, Response
from placet.api.http.routes import Dialect, Route
from placet.errors import Invalid
from placet.privacy.regulation import Regulation, RegulationType
from placet.privacy.withdrawal_state import WithdrawalState
from placet.services.privacy.suppressions_and_deletions import (
    DEVICES,
    DestinationStatus,
    RegulationRequest,
    RegulationStatus,
)
from placet.settings.api_tokens import Bearer, Role

RUNNING: Final = "RUNNING"
FINISHED: Final = "FINISHED"
FAILED: Final = "FAILED"
INITIALIZED: Final = "INITIALIZED"
MOST: Final = 1000
START: Final = cursor(0)

SUBJECTS: Final = {"USER_ID": "user_id", "ANONYMOUS_ID": DEVICES}
"""The kinds of names that people are known by here. Objects of cloud sources are nobody: there are no such sources."""

EVERY: Final = frozenset(map(str, RegulationType))

STATES: Final = {
    WithdrawalState.PENDING: INITIALIZED,
    WithdrawalState.SENT: RUNNING,
    WithdrawalState.ACKNOWLEDGED: FINISHED,
    WithdrawalState.UNSUPPORTED: "NOT_SUPPORTED",
    WithdrawalState.FAILED: FAILED,
}


class RegulationServices(Struct, frozen=True):
    """What the routes need: who may ask, and the stories."""

    admit: Admit
    regulate: Callable[[Bearer, RegulationRequest], Awaitable[Regulation]]
    regulations: Callable[[Bearer, int, str, str], Awaitable[list[RegulationStatus]]]
    one: Callable[[Bearer, str], Awaitable[RegulationStatus]]
    suppressed: Callable[[Bearer, int, str], Awaitable[list[str]]]


class NewRegulation(Struct, frozen=True, rename="camel"):
    """What is asked for."""

    regulation_type: str
    subject_type: str
    subject_ids: tuple[str, ...]


class RegulationDialect:
    """Handlers bound to their stories."""

    def __init__(self, services: RegulationServices) -> None:
        """No web page may ask."""
        self._services = services
        self._dialect = Dialect("segment-public", worded, caller=lambda _: "")

    def routes(self) -> list[Route]:
        """All of them."""
        of_source = "/regulations/sources/{source}"
        return [
            Route("POST", "/regulations", self.create, self._dialect),
            Route("GET", "/regulations", self.list, self._dialect),
            Route("POST", of_source, self.create, self._dialect),
            Route("GET", of_source, self.list, self._dialect),
            Route("POST", "/regulations/cloudsources/{source}", self.create_of_objects, self._dialect),
            Route("GET", "/regulations/{id}", self.get, self._dialect),
            Route("GET", "/suppressions", self.suppressions, self._dialect),
        ]

    async def create(self, request: Request) -> Response:
        """Suppress people, lift that, delete what is stored about them: of the workspace, or of one source."""
        who = await self._who(request, Role.WRITE)
        asked = await read(request, NewRegulation)
        named, source = SUBJECTS.get(asked.subject_type), request.params.get("source", "")
        if named is None:
            raise Invalid(f"subjectType must be one of {', '.join(SUBJECTS)}: people are known by such names here")
        made = await self._services.regulate(
            who, RegulationRequest(asked.regulation_type, asked.subject_ids, source, named)
        )
        return said(request, {"regulateId": made.id.hex()})

    async def create_of_objects(self, request: Request) -> Response:
        """Refused: an answer would be taken for a promise."""
        await self._who(request, Role.WRITE)
        raise Invalid("no source here is a cloud source: what they keep are events, and no objects with ids")

    async def list(self, request: Request) -> Response:
        """What was asked for, newest first. Whom it was about is personal: that takes `unmasked`.

        A page that is cut to a status or to types has fewer than `count`, though others may follow.
        """
        who, limit = await self._who(request, Role.READ), number(request, "pagination[count]", 200, MOST)
        at = request.query().get("pagination[cursor]", "") or START
        before = key("" if at == START else at)
        every = await self._services.regulations(who, limit + 1, request.params.get("source", ""), before)
        status, kinds, page = request.query().get("status", ""), kinds_in(request), every[:limit]
        found = [one for one in page if status in ("", overall(one)) and kinds >= {one.regulation.kind.value}]
        shown = [row(one, named=who.may(Role.UNMASKED)) for one in found]
        more = {"next": page[-1].regulation.id.hex()} if len(every) > limit else {}
        return said(request, {"regulations": shown, "pagination": {"current": at, **more}})

    async def get(self, request: Request) -> Response:
        """How far one has come, destination by destination."""
        who = await self._who(request, Role.READ)
        one = await self._services.one(who, key(request.params["id"]))
        told = {"id": one.regulation.id.hex(), "workspaceId": one.regulation.workspace, "overallStatus": overall(one)}
        streams = [stream(source, one.destinations) for source in sorted({each.source for each in one.destinations})]
        return said(request, {"regulation": {**told, **times(one), "streamStatus": streams}})

    async def suppressions(self, request: Request) -> Response:
        """Who is suppressed."""
        who = await self._who(request, Role.UNMASKED)
        count, at = (
            number(request, "pagination[count]", 200, MOST),
            request.query().get("pagination[cursor]", "") or START,
        )
        every = await self._services.suppressed(who, count + 1, "" if at == START else user_in(at))
        found = every[:count]
        page = {"current": at} | ({"next": behind(found[-1])} if len(every) > count else {})
        return said(request, {"suppressed": [{"subjectType": "USER_ID", "subjectIds": found}], "pagination": page})

    async def _who(self, request: Request, role: Role) -> Bearer:
        return await bearer(request.header(b"authorization"), role, self._services.admit)


def behind(user: str) -> str:
    """A cursor that stands behind a user id, whatever that looks like."""
    return f"u{user.encode().hex()}"


def user_in(cursor: str) -> str:
    """The user id a cursor stands behind. Raises Invalid."""
    try:
        if cursor[0] == "u":
            return bytes.fromhex(cursor[1:]).decode()
    except ValueError:
        pass
    raise Invalid("pagination[cursor] is none of ours")


def kinds_in(request: Request) -> frozenset[str]:
    """The kinds a list is asked for, however clients spell a list in a query; all of them where none is named."""
    query = parse_qsl(request.raw_query.decode("latin-1"))
    return frozenset(value for name, value in query if name.partition("[")[0] == "regulationTypes") or EVERY


def overall(one: RegulationStatus) -> str:
    """How far a regulation has come as a whole: failed as soon as somebody must see to a destination by hand."""
    states = {STATES[each.state] for each in one.destinations}
    if not one.regulation.done or states & {INITIALIZED, RUNNING}:
        return RUNNING
    return FAILED if states - {FINISHED} else FINISHED


def row(one: RegulationStatus, *, named: bool) -> dict[str, Any]:
    """A regulation in a list."""
    return {
        "id": one.regulation.id.hex(),
        "subjectType": next(type for type, kind in SUBJECTS.items() if kind == one.regulation.named),
        "subjects": one.regulation.subjects if named else (),
        "status": overall(one),
        "regulationType": one.regulation.kind,
        **times(one),
    }


def times(one: RegulationStatus) -> dict[str, str]:
    """When it was asked for, and when it came to its end, if it has."""
    ended = max([one.regulation.done, *(each.changed for each in one.destinations)])
    begun = {"createdAt": iso(one.regulation.at)}
    return begun if overall(one) == RUNNING else {**begun, "finishedAt": iso(ended)}


def stream(source: str, told: Iterable[DestinationStatus]) -> dict[str, Any]:
    """What the destinations of a source have said."""
    return {"id": source, "destinationStatus": [destination(one) for one in told if one.source == source]}


def destination(one: DestinationStatus) -> dict[str, Any]:
    """How far a destination has come. `RUNNING` also where it did not answer and is asked again."""
    state = RUNNING if one.state is WithdrawalState.PENDING and one.tries else STATES[one.state]
    shown = {"name": one.destination or one.connection, "id": one.connection, "status": state, "errString": one.why}
    return shown if state in (INITIALIZED, RUNNING) else {**shown, "finishedAt": iso(one.changed)}
