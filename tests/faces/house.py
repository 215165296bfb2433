"""A server in this process: the example organisation, published into stores in memory, asked without a socket."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from placet.app import Node, secrets_of
from placet.config import Config
from placet.consent.organisation import Organisation
from placet.consent.site import Stage
from placet.faces.files.read import read
from placet.services.edit_catalogue import Applied, Author, Published, Secrets, apply, publish
from placet.stores.memory import MemoryStores
from placet.stores.ports import Stores

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"
SECRET = "a synthetic secret for tests, 64 bytes long so that HS512 has it!"
MASTER = b"a master secret for tests, long enough to be one"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Server:
    """A node to talk to."""

    node: Node
    organisation: Organisation
    sent: list[str] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | Any = b""
    ) -> Answer:
        """One request, one answer."""
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        if payload and not any(name == b"content-length" for name, _ in raw):
            raw.append((b"content-length", str(len(payload)).encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": raw,
            "client": ("127.0.0.1", 1),
        }
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": payload, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.node.app(scope, receive, send)
        answer_headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return Answer(messages[0]["status"], answer_headers, b"".join(m.get("body", b"") for m in messages[1:]))

    def app_id(self, site: str, *, test: bool = False) -> str:
        """The app id of `workspace/site`."""
        workspace, _, name = site.partition("/")
        for space in self.organisation.workspaces:
            for one in space.sites:
                if (space.id, one.id) == (workspace, name):
                    return one.app_id + ("-test" if test else "")
        raise LookupError(site)


def secrets_for(stores_secret: bytes = MASTER) -> Secrets:
    """Where the example's secrets come from in tests."""

    def look(place: str) -> str:
        return SECRET

    return Secrets(look, lambda n: bytes(range(n)), secrets_of(stores_secret).vault)


async def publish_example(
    stores: Stores, at: int, stages: tuple[Stage, ...] = (Stage.PRODUCTION, Stage.TEST)
) -> Organisation:
    """The example organisation, applied and published."""
    organisation = read(NORTHWIND).organisation
    assert organisation is not None
    author = Author("tests", at)
    applied = await apply(organisation, stores.catalogue, secrets_for(), author)
    assert isinstance(applied, Applied), applied
    for stage in stages:
        published = await publish(organisation.id, stage, stores.catalogue, author)
        assert isinstance(published, Published), published
    return organisation


async def start(stores: Stores | None = None, at: int = 1_772_000_000_000) -> Server:
    """A node with the example published; close it with `node.close()`."""
    stores = stores or MemoryStores()
    organisation = await publish_example(stores, at)
    node = Node(Config(), stores, secrets_of(MASTER))
    await node.open()
    return Server(node, organisation)


def token(subject: str, secret: str = SECRET, **claims: object) -> str:
    """An HS256 profile token."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    signed = f"{part({'alg': 'HS256'})}.{part({'sub': subject, **claims})}"
    mac = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def ot_headers(app_id: str, **more: str) -> dict[str, str]:
    """The headers every call of the CMP dialect carries."""
    return {
        "OT-CDN-Location": "cdn.cookielaw.org",
        "OT-App-Id": app_id,
        "OT-Device-Type": "mobile",
        "OT-SDK-Version": "202606.1.0",
        "Content-Type": "application/json",
    } | {name.replace("_", "-"): value for name, value in more.items()}
