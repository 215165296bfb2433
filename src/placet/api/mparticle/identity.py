"""IDSync: who is it, who logs in or out, and what are they called from now on (mparticle.md §2.4, §5)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from placet.api.http.request import JSON, Request, Response
from placet.api.http.routes import Dialect, Handler, Route
from placet.api.mparticle.authenticate import Caller, SecretOf, speaks_mparticle, who
from placet.api.mparticle.names import DEVICES, canonical, mpid_of
from placet.api.mparticle.routes import caller_key, worded
from placet.events.event import Identity, ours
from placet.events.identity.extract import as_text
from placet.events.identity.resolve import IdentityCall
from placet.events.policy.compile_source import Source
from placet.formats.errors import Malformed
from placet.services.events.change_identity import ChangedIdentity, ChangeNames, IdentifierChange
from placet.services.events.resolve_identity import IdentifyRequest, ResolvedIdentity
from placet.settings.forwarding_rules import IDENTITY_KINDS

KINDS: Final = frozenset({*IDENTITY_KINDS, *DEVICES.values(), "device_application_stamp"})
"""Names that may be given (mparticle.md §5.1), as `names.canonical` spells them."""

MAX_VALUE: Final = 256
"""Characters of a name (mparticle.md §12)."""

STARTS: Final = ("", "/identity")
"""Below the vendor's host, and below the one domain that clients may be given instead."""


class IdentityServices(Struct, frozen=True):
    """What the face needs: both stories, sources by public key, the secrets of inputs, and the clock."""

    resolve: Callable[[IdentifyRequest, int], Awaitable[ResolvedIdentity]]
    change: Callable[[ChangeNames, int], Awaitable[ChangedIdentity]]
    source: Callable[[str], Source | None]
    secret: SecretOf
    now: Callable[[], int]


class IdentityDialect:
    """Handlers bound to their stories."""

    def __init__(self, services: IdentityServices) -> None:
        """Any page may ask: web keys are public."""
        self._services = services
        self._dialect = Dialect("mparticle", worded, lambda *_: True, caller_key)

    def routes(self) -> list[Route]:
        """All of them. `/v1/identify` is Segment's path too: whoever says who they are in our way is ours."""
        posts: dict[str, Handler] = {call.value: self.asked(call) for call in IdentityCall} | {
            "{mpid}/modify": self.modify
        }
        paths = {f"{start}/v1/{path}": handler for start in STARTS for path, handler in posts.items()}
        shared = {"/v1/identify": speaks_mparticle}
        return [Route("POST", path, handler, self._dialect, claims=shared.get(path)) for path, handler in paths.items()]

    def asked(self, call: IdentityCall) -> Handler:
        """The handler of one call."""

        async def recognise(request: Request) -> Response:
            body = await request.body()
            caller = self._caller(request, body)
            said = opened(body)
            given = names_in(said.get("known_identities"))
            looks = call is IdentityCall.SEARCH or request.query().get("read_only") == "true"
            names = [Identity(canonical(kind), value) for kind, value in given.items()]
            ask = IdentifyRequest(caller.key, call, names, mpid_of(said.get("previous_mpid")), caller.proven, looks)
            return json(resolved_response(await self._services.resolve(ask, self._services.now()), given))

        return recognise

    async def modify(self, request: Request) -> Response:
        """Other names for somebody. Unlike the documents, the answer says who is logged in: clients look (§11.15)."""
        body = await request.body()
        caller = self._caller(request, body)
        changes = changes_in(opened(body).get("identity_changes"))
        ours = [IdentifierChange(canonical(kind), value) for kind, value in changes]
        ask = ChangeNames(caller.key, request.params["mpid"], ours, caller.proven)
        made = await self._services.change(ask, self._services.now())
        kinds = {one.kind for one in made.made}
        results = [
            {"identity_type": kind, "modified_mpid": made.mpid} for kind, _ in changes if canonical(kind) in kinds
        ]
        return json({"change_results": results, "is_logged_in": made.known})

    def _caller(self, request: Request, body: bytes) -> Caller:
        return who(request, body, self._services.secret, lambda key: self._services.source(key) is not None)


def resolved_response(one: ResolvedIdentity, given: dict[str, str]) -> dict[str, Any]:
    """The answer: names as the client spelled them."""
    matched = {kind: value for kind, value in given.items() if ours(Identity(canonical(kind), value)) in one.matched}
    return {
        "context": None,
        "mpid": one.mpid,
        "matched_identities": matched,
        "is_ephemeral": False,
        "is_logged_in": one.known,
    }


def opened(body: bytes) -> dict[str, Any]:
    """The request as an object. Raises Malformed."""
    try:
        body.decode()
        said = msgspec.json.decode(body)
    except (ValueError, RecursionError) as why:
        raise Malformed("this is not JSON", "send JSON in UTF-8") from why
    if not isinstance(said, dict):
        raise Malformed("this is not an object", "send one identity request")
    return said


def names_in(said: Any) -> dict[str, str]:
    """The known identities as the client spells them. What is empty counts as absent, what is unknown too.

    Raises Malformed.
    """
    if not isinstance(said, dict):
        raise Malformed("known_identities is missing", "give at least one known identity")
    return {kind: text for kind, value in said.items() if canonical(kind) in KINDS and (text := value_of(kind, value))}


def changes_in(said: Any) -> list[tuple[str, str | None]]:
    """Each kind with its new value, None to take it away. Raises Malformed."""
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Malformed("identity_changes is missing", "send a list of changes")
    found = [(one.get("identity_type"), one.get("new_value")) for one in said]
    for kind, _ in found:
        if not isinstance(kind, str) or canonical(kind) not in KINDS:
            raise Malformed("a change names no identity_type that is known", "see the documentation of IDSync")
    return [(str(kind), value_of(str(kind), value) or None) for kind, value in found]


def value_of(kind: str, value: Any) -> str:
    """A name as text, "" for none. Raises Malformed."""
    text = as_text(value)
    if len(text) > MAX_VALUE or (value is not None and not isinstance(value, str | int)):
        raise Malformed(f"{kind} is no text of at most {MAX_VALUE} characters", "send a shorter text")
    return text


def json(value: object) -> Response:
    """An answer that nobody may keep: it is about one person."""
    return Response(200, msgspec.json.encode(value), (JSON, (b"cache-control", b"no-store")))
