"""Suppression in the shapes of Segment's Public API (segment.md §7.2): ask for it, lift it, list.

Deleting what is stored is not carried out here; a call that asks for it is refused, so that nobody relies on it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec import Struct

from placet.consent.access import Bearer, Role
from placet.consent.errors import Invalid
from placet.faces.admin.bodies import key, number, read
from placet.faces.admin.doors import Admit, bearer
from placet.faces.admin.public import iso, said, worded
from placet.faces.http import Request, Response
from placet.faces.routes import Face, Route
from placet.services.regulate import Regulation

FINISHED: Final = "FINISHED"
MOST: Final = 1000


class RegulationStories(Struct, frozen=True):
    """What the routes need: who may ask, and the stories."""

    admit: Admit
    regulate: Callable[[Bearer, str, tuple[str, ...]], Awaitable[Regulation]]
    regulations: Callable[[Bearer, int], Awaitable[list[Regulation]]]
    one: Callable[[Bearer, str], Awaitable[Regulation]]
    suppressed: Callable[[Bearer, int, str], Awaitable[list[str]]]


class NewRegulation(Struct, frozen=True, rename="camel"):
    """What is asked for."""

    regulation_type: str
    subject_type: str
    subject_ids: tuple[str, ...]


class RegulationFace:
    """Handlers bound to their stories."""

    def __init__(self, stories: RegulationStories) -> None:
        """No web page may ask."""
        self._stories = stories
        self._face = Face("segment-public", worded, caller=lambda _: "")

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("POST", "/regulations", self.create, self._face),
            Route("GET", "/regulations", self.list, self._face),
            Route("GET", "/regulations/{id}", self.get, self._face),
            Route("GET", "/suppressions", self.suppressions, self._face),
        ]

    async def create(self, request: Request) -> Response:
        """Suppress users, or lift that."""
        who = await self._who(request, Role.WRITE)
        asked = await read(request, NewRegulation)
        if asked.subject_type != "USER_ID":
            raise Invalid("subjectType must be USER_ID: people are suppressed by their user ids")
        made = await self._stories.regulate(who, asked.regulation_type, asked.subject_ids)
        return said(request, {"regulateId": made.id.hex()})

    async def list(self, request: Request) -> Response:
        """What was asked for, newest first. Whom it was about is personal: that takes `unmasked`."""
        who = await self._who(request, Role.READ)
        found = await self._stories.regulations(who, number(request, "pagination[count]", 200, MOST))
        shown = [row(one, named=who.may(Role.UNMASKED)) for one in found]
        return said(request, {"regulations": shown, "pagination": {"current": "c0", "totalEntries": len(found)}})

    async def get(self, request: Request) -> Response:
        """How far one has come: a suppression is in force when it is answered."""
        who = await self._who(request, Role.READ)
        one = await self._stories.one(who, key(request.params["id"]))
        times = {"createdAt": iso(one.at), "finishedAt": iso(one.at)}
        told = {"id": one.id.hex(), "workspaceId": one.workspace, "overallStatus": FINISHED, **times}
        return said(request, {"regulation": {**told, "streamStatus": []}})

    async def suppressions(self, request: Request) -> Response:
        """Who is suppressed."""
        who = await self._who(request, Role.UNMASKED)
        count, after = number(request, "pagination[count]", 200, MOST), request.query().get("pagination[cursor]", "")
        found = await self._stories.suppressed(who, count, after)
        page = {"current": after or "c0"} | ({"next": found[-1]} if len(found) == count else {})
        return said(request, {"suppressed": [{"subjectType": "USER_ID", "subjectIds": found}], "pagination": page})

    async def _who(self, request: Request, role: Role) -> Bearer:
        return await bearer(request.header(b"authorization"), role, self._stories.admit)


def row(one: Regulation, *, named: bool) -> dict[str, Any]:
    """A regulation in a list."""
    return {
        "id": one.id.hex(),
        "subjectType": "USER_ID",
        "subjects": one.subjects if named else (),
        "status": FINISHED,
        "regulationType": one.kind,
        "createdAt": iso(one.at),
        "finishedAt": iso(one.at),
    }
