"""The organisation that is measured: a shop whose banner is about 20 KB, and everything its people send.

It is the example organisation with more to ask: ten categories, thirty SDKs, five vendors, and the long texts that
lawyers write. `sample()` asks a server in this process, on stores in memory, so that the floor can be given the same
bytes and the same rows.
"""

from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct, json
from msgspec.structs import replace

from bench.loader import DIGITS
from placet.app.derived_secrets import secrets_of
from placet.app.node import Node, now
from placet.config import Config
from placet.consent.profile.profile import Profile
from placet.formats.onetrust import consent_string
from placet.formats.onetrust.consent_string import DeviceState
from placet.services.settings.publish_settings import ApplyResult, PublishResult, apply, publish
from placet.services.settings.published_sites import Author
from placet.settings.notices import Notice, Prompt
from placet.settings.organisation import CategorySetting, Organisation, Workspace
from placet.settings.purposes import GeneralVendor, Sdk
from placet.settings.site import Stage
from placet.settings_files.read import read
from placet.stores.memory.stores import MemoryStores
from placet.stores.ports.stores import Stores
from tests.api.node_context import MASTER, NORTHWIND, Answer, Server, ot_headers, secrets_for, token

SITE = "outfitter/shop-ios"
BANNER = "/cfw/cmp/v1/banner"
SAVE = "/cfw/cmp/v1/save-log-consent"
PROFILE = "/v1/preferences"
PEOPLE = 2000
SERIAL = "#" * DIGITS
"""Stands for a serial number of the loader."""

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
LEGAL = (
    "We and our partners store and/or access information on a device, such as unique identifiers in cookies, to "
    "process personal data. You may accept or manage your choices by clicking below, including your right to object "
    "where legitimate interest is used, or at any time in the privacy policy page. "
)


def texts(text: str) -> dict[str, str]:
    """The same in every language, told apart."""
    return {language: f"{text} ({language})" for language in LANGUAGES}


def guid(name: str) -> str:
    """A lasting id made from a name."""
    return str(uuid5(NAMESPACE_URL, name))


def shop() -> Organisation:
    """The example organisation, grown."""
    organisation = read(NORTHWIND).organisation
    assert organisation is not None
    grown = tuple(grow(one) if one.id == "outfitter" else one for one in organisation.workspaces)
    return replace(organisation, workspaces=grown)


def grow(workspace: Workspace) -> Workspace:
    """The workspace with ten categories of three SDKs, five vendors, and long texts."""
    more = tuple(
        CategorySetting(f"C01{n:02}", texts(f"Category {n}"), description=texts(LEGAL)) for n in range(len(LANGUAGES))
    )
    categories = (*workspace.categories, *more)[:10]
    taken = len(workspace.vendors)
    vendors = tuple(GeneralVendor(f"W{n}", guid(f"vendor {n}"), f"Vendor {n}") for n in range(5 - taken))
    return replace(
        workspace,
        categories=tuple(three_sdks(category) for category in categories),
        vendors=workspace.vendors + vendors,
        notices=tuple(lengthen(notice) for notice in workspace.notices),
    )


def three_sdks(category: CategorySetting) -> CategorySetting:
    """A category with three SDKs."""
    more = tuple(Sdk(guid(f"sdk {category.id} {n}"), f"SDK {n} of {category.id}") for n in range(3))
    return replace(category, sdks=(category.sdks + more)[:3])


def lengthen(notice: Notice) -> Notice:
    """A notice with a banner of three paragraphs, a paragraph for each partner, and the prompts around it."""
    long = {language: f"{text} {LEGAL * 12}" for language, text in notice.banner.description.items()}
    prompt = Prompt(texts("Before we go on"), texts(LEGAL * 2), texts("Continue"), texts("Later"))
    partners = {"partners": [{"name": f"Partner {n}", "description": LEGAL} for n in range(24)]}
    banner = replace(notice.banner, description=long)
    return replace(notice, banner=banner, att_before=prompt, att_after=prompt, extra={"banner": partners})


async def publish_shop(stores: Stores) -> Organisation:
    """Apply and publish."""
    organisation, author = shop(), Author("bench", now())
    applied = await apply(organisation, stores.catalogue, secrets_for(), author)
    assert isinstance(applied, ApplyResult), applied
    published = await publish(organisation.id, Stage.PRODUCTION, stores.catalogue, author)
    assert isinstance(published, PublishResult), published
    return organisation


class Canned(Struct):
    """An answer as the floor gives it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Rows(Struct):
    """What one save writes: the receipt's organisation, site and body, the group, the profile, the note."""

    organisation: str
    site: str
    receipt: bytes
    group: bytes
    profile: Profile
    note: bytes


class Sample(Struct):
    """What is sent (pieces of each request, by row), and what comes back; enough to build a floor from."""

    requests: dict[str, list[list[bytes]]]
    answers: dict[str, Canned]
    rows: Rows
    first_saves: list[list[bytes]]
    """One save for each person, so that everybody is known before anything is measured."""


def canned(answer: Answer) -> Canned:
    """An answer, with nothing in it that the serving stack adds by itself."""
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    return Canned(answer.status, headers, answer.body)


def raw(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> list[bytes]:
    """A request as bytes, in pieces between which the loader puts its serial number."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines).encode() + b"\r\n\r\n" + body).split(SERIAL.encode())


async def sample() -> Sample:
    """Everything, from a server in this process."""
    stores = MemoryStores()
    organisation = await publish_shop(stores)
    node = Node(Config(), stores, secrets_of(MASTER))
    await node.open()
    server = Server(node, organisation)
    try:
        return await asked(server, stores)
    finally:
        await node.close()


async def asked(server: Server, stores: MemoryStores) -> Sample:
    """The story of one shopper: launches, refuses, launches again, logs in, refuses, accepts; then reads."""
    launch = ot_headers(server.app_id(SITE), OT_Country_Code="DE", OT_Language="de", OT_Platform="ios")
    fresh = await server.ask("GET", BANNER, launch)
    refused = await server.ask("POST", SAVE, launch, REJECT)
    returning = launch | {"OT-Consent-String": refused.json["otConsentString"]}
    again = await server.ask("GET", BANNER, returning)

    login = logged_in(launch, 0)
    await server.ask("POST", SAVE, login, REJECT)
    saved = await server.ask("POST", SAVE, login, ACCEPT)
    memory = consent_string.read(saved.json["otConsentString"])
    known, receipt = list(stores.profiles.rows.values())[-1], list(stores.ledger.rows.values())[-1]
    reader = reading(server.organisation.id, 0)
    reader["If-None-Match"] = (await server.ask("GET", PROFILE, reader)).headers["etag"]
    unchanged = await server.ask("GET", PROFILE, reader)
    return Sample(
        requests={
            "fresh": [raw("GET", BANNER, launch)],
            "returning": [raw("GET", BANNER, returning)],
            "profile": [raw("GET", PROFILE, reader)],
            "save": [save_of(launch, memory, n, body) for body in (ACCEPT, REJECT) for n in range(1, PEOPLE)],
        },
        answers={
            "fresh": canned(fresh),
            "returning": canned(again),
            "profile": canned(unchanged),
            "save": canned(saved),
        },
        rows=Rows(
            organisation=receipt.organisation,
            site=receipt.site,
            receipt=receipt.body,
            group=known.group,
            profile=known.profile,
            note=list(stores.outbox.messages.values())[-1].body,
        ),
        first_saves=[
            *(raw("POST", SAVE, logged_in(launch, 0), body) for body in (REJECT, ACCEPT)),
            *(raw("POST", SAVE, logged_in(launch, n), REJECT) for n in range(1, PEOPLE)),
        ],
    )


def save_of(launch: dict[str, str], memory: DeviceState, n: int, body: bytes) -> list[bytes]:
    """A save by a shopper whose device remembers the last one; no two are the same request."""
    remembered = consent_string.write(replace(memory, person=f"shopper-{n}"))
    return raw("POST", SAVE, logged_in(launch, n) | {"OT-Consent-String": remembered, "Idempotency-Key": SERIAL}, body)


def logged_in(launch: dict[str, str], n: int) -> dict[str, str]:
    """The headers of a shopper who is logged in."""
    person = f"shopper-{n}"
    proof = {"OT-Identifier": person, "OT-Sync-Profile-Auth": token(person)}
    return launch | proof | {"OT-Fetch-Type": "APP_DATA_AND_SYNC_PROFILE"}


def reading(tenant: str, n: int) -> dict[str, str]:
    """The headers with which a shopper's profile is read."""
    return {"tenantId": tenant, "identifier": f"shopper-{n}", "Authorization": token(f"shopper-{n}")}


def body_of(interaction: str) -> bytes:
    """The body that SDKs send with a press."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Shop/7.4.1"
    return json.encode({"interactionType": interaction, "userAgent": agent})


ACCEPT, REJECT = body_of("BANNER_ALLOW_ALL"), body_of("BANNER_REJECT_ALL")
