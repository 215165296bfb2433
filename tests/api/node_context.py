"""A server in this process: the example organisation, published into stores in memory, asked without a socket."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from placet.consent.profile.person import Person, pseudonym
from placet.consent.profile.profile import Profile
from placet.consent.profile.stored_profile import VersionedProfile
from placet.outputs.plugins.plugin import Plugin
from placet.runtime.context import NodeContext
from placet.services.settings.publish_settings import ApplyResult, PublishResult, Secrets, apply, publish
from placet.services.settings.published_sites import Author
from placet.services.settings.refresh_published import KeyRules, refresh_published
from placet.settings.organisation import Organisation
from placet.settings.site import Stage
from placet.settings_files.read import read
from placet.stores.memory.stores import MemoryStores
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.stores import Stores

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"
SECRET = "a synthetic secret for tests, 64 bytes long so that HS512 has it!"
MASTER = b"a master secret for tests, long enough to be one"


@dataclass
class Clock:
    """The time as a test tells it, epoch ms."""

    at: int = 1_772_600_000_000

    def __call__(self) -> int:
        return self.at

    def wait(self, ms: int) -> int:
        """Let time pass."""
        self.at += ms
        return self.at


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
    clock: Clock = field(default_factory=Clock)

    async def refresh(self) -> bool:
        """Bring the shelf up to date now, without waiting for the task that does it four times a second."""
        rules = KeyRules(secrets_of(MASTER).secret_box, 60_000, 4096)
        return await refresh_published(self.node.context, rules, lambda _: None)

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Any = b"",
        raw_headers: list[tuple[bytes, bytes]] | None = None,
    ) -> Answer:
        """One request, one answer; `raw_headers` are sent as they are, for what no text could say."""
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        raw += raw_headers or []
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


def secrets_for(secret: str = SECRET) -> Secrets:
    """Where an organisation's secrets come from in tests: each of them is `secret`."""
    return Secrets(lambda _: secret, lambda n: bytes(range(n)), secrets_of(MASTER).secret_box)


@cache
def northwind() -> Organisation:
    """The example organisation, read once."""
    organisation = read(NORTHWIND).organisation
    assert organisation is not None
    return organisation


async def put_live(
    organisation: Organisation,
    stores: Stores,
    at: int,
    stages: tuple[Stage, ...] = (Stage.PRODUCTION, Stage.TEST),
    secret: str = SECRET,
    reconsent: bool = False,
) -> None:
    """Apply an organisation's settings and publish all its sites."""
    author = Author("tests", at)
    applied = await apply(organisation, stores.catalogue, secrets_for(secret), author)
    assert isinstance(applied, ApplyResult), applied
    for stage in stages:
        published = await publish(organisation.id, stage, stores.catalogue, author, reconsent=reconsent)
        assert isinstance(published, PublishResult), published


async def publish_example(
    stores: Stores, at: int, stages: tuple[Stage, ...] = (Stage.PRODUCTION, Stage.TEST)
) -> Organisation:
    """The example organisation, applied and published."""
    await put_live(northwind(), stores, at, stages)
    return northwind()


_LIVE: list[MemoryStores] = []
"""The example, published once for each test process, at `PUBLISHED_AT`."""

PUBLISHED_AT = 1_772_000_000_000


async def stores_with_example() -> MemoryStores:
    """Stores of one's own in which the example is live; only the first call does the work of publishing."""
    if not _LIVE:
        _LIVE.append(MemoryStores())
        await publish_example(_LIVE[0], PUBLISHED_AT)
    original, stores = _LIVE[0].catalogue, MemoryStores()
    mine = stores.catalogue
    mine.number = original.number
    mine.drafts, mine.current = dict(original.drafts), dict(original.current)
    mine.published.update({spot: list(rows) for spot, rows in original.published.items()})
    mine.entries.update({name: list(rows) for name, rows in original.entries.items()})
    return stores


async def start(stores: Stores | None = None, config: Config | None = None, plugins: tuple[Plugin, ...] = ()) -> Server:
    """A node with the example published, and a clock that stands still; close it with `node.close()`."""
    if stores is None:
        stores = await stores_with_example()
    else:
        await publish_example(stores, PUBLISHED_AT)
    clock = Clock()
    # Nothing leaves this process, and nobody looks for publications behind a test's back: tests do both themselves.
    alone = replace(config or Config(), delivery_workers=0, refresh_ms=10_000)
    node = Node(alone, stores, secrets_of(MASTER), clock, plugins)
    await node.open()
    return Server(node, northwind(), clock)


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


async def say_proven(context: NodeContext, key: str, user: str, profile: Profile) -> None:
    """Somebody chooses this at a banner, having proven who they are; `key` opens a source of the same consent group."""
    opened = context.published_settings.source(key)
    assert opened is not None
    assert opened.source.group is not None
    person = pseudonym(context.pepper, opened.source.organisation, Person(user, known=True), test=False)
    known = await context.stores.profiles.find(opened.source.group, person) or VersionedProfile(
        opened.source.group, person, profile
    )
    await context.write(WriteDecision(profile=replace(known, profile=profile)))
