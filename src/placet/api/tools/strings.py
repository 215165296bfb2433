"""Explains any consent string to whoever asks, for the console and for scripts.

House rules: no web page may ask (no CORS) · the string travels in the body, never in an address that logs keep ·
nothing of it is remembered.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from placet.api.http.request import JSON, Header, HttpRefusal, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.errors import Invalid
from placet.formats.explain.explain import MAX_TEXT
from placet.formats.explain.explanation import Explanation
from placet.formats.tcf.validity import is_void

PATH: Final = "/api/strings/explain"
MAX_BYTES: Final = MAX_TEXT + 1024
"""The longest string, and the JSON around it."""

NOT_KEPT: Final[Header] = (b"cache-control", b"no-store")


class ExplainRequest(Struct, frozen=True):
    """The string to explain."""

    text: str


class StringsDialect:
    """Translates a request, explains, translates back. `explained` raises Malformed for what nobody can read."""

    def __init__(self, explained: Callable[[str], Explanation]) -> None:
        self._explained = explained
        self.dialect = Dialect("tools", caller=lambda _: "")

    def routes(self) -> list[Route]:
        """The one path."""
        return [Route("POST", PATH, self.explain, self.dialect)]

    async def explain(self, request: Request) -> Response:
        """What the string is, what it says, and what is wrong with it."""
        body = await request.body()
        if len(body) > MAX_BYTES:
            raise HttpRefusal(413, f"the body has {len(body)} bytes, more than {MAX_BYTES}")
        try:
            question = msgspec.json.decode(body, type=ExplainRequest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
            raise Invalid(f'send {{"text": "…"}} as JSON ({why})') from why
        explanation = self._explained(question.text)
        answer = {**msgspec.structs.asdict(explanation), "void": is_void(explanation.problems)}
        return Response(200, msgspec.json.encode(answer), (JSON, NOT_KEPT))
