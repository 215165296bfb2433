"""Addresses that would run a script are in no answer and on no page, even where an older version published them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import convert, json, to_builtins
from msgspec.structs import replace

from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from placet.formats.web_address import safe_address
from placet.settings.site import Publication
from tests.api.cmp.device import API, Device
from tests.api.node_context import MASTER, Clock, Server, northwind, stores_with_example

UNSAFE = "javascript:alert(document.domain)"
PROMPT = {name: {"en": name} for name in ("title", "description", "primary", "secondary")} | {"logo_url": UNSAFE}


def spoilt(value: Any) -> Any:
    """The same settings with this address wherever one may stand."""
    if isinstance(value, list):
        return [spoilt(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: spoilt(each) for name, each in value.items()}
    if "policy_url" in made:
        made["policy_url"] = dict.fromkeys(made["policy_url"] or {"en": ""}, UNSAFE) if "banner" in made else UNSAFE
    if "banner" in made and "layout" in made:
        made |= {"logo_url": UNSAFE, "policy_url": {"en": UNSAFE}, "age_gate": PROMPT, "att_before": PROMPT}
    return made


def published_earlier(publication: Publication) -> Publication:
    """What an older version, which did not check addresses, may have published."""
    settings = spoilt(to_builtins(publication))
    for vendor in settings["site"]["vendors"]:
        vendor["policy_url"] = UNSAFE
    return convert(settings, Publication)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The example as an older version may have published it."""
    stores, clock = await stores_with_example(), Clock()
    for spot, rows in stores.catalogue.published.items():
        stores.catalogue.published[spot] = [published_earlier(each) for each in rows]
    node = Node(replace(Config(), delivery_workers=0, refresh_ms=10_000), stores, secrets_of(MASTER), clock, ())
    await node.open()
    yield Server(node, northwind(), clock)
    await node.close()


def app_ids() -> list[str]:
    return [site.app_id for workspace in northwind().workspaces for site in workspace.sites]


async def test_no_page_and_no_answer_holds_an_unsafe_address(server: Server):
    seen = 0
    for app_id in app_ids():
        published = server.node.context.published_settings.published(app_id)
        rule = published.publication.site.rules[0].id
        paths = [f"/preferences/{app_id}", f"/policy/{app_id}", f"/policy/{app_id}/policy.json"]
        paths += [
            f"/policy/{app_id}/fragment.html",
            f"/consent/{app_id}/brief.json",
            f"/consent/{app_id}/{rule}/en.json",
        ]
        for path in [*paths, "/vendorlist/googleData.json"]:
            answer = await server.ask("GET", path)
            seen += answer.status == 200
            assert UNSAFE not in answer.body.decode(), path
    assert seen > len(app_ids())


@pytest.mark.parametrize("site", ["outfitter/shop-ios", "outfitter/shop-web"])
@pytest.mark.parametrize("path", ["banner", "preferences"])
async def test_no_app_is_told_an_unsafe_address(server: Server, site: str, path: str):
    device = Device(server, site)
    answer = await server.ask("GET", f"{API}/{path}", device.headers())
    said = json.decode(answer.body)
    assert answer.status == 200
    assert UNSAFE not in answer.body.decode()
    assert "policyLink" not in json.encode(said).decode()


@pytest.mark.parametrize("text, kept", [
    ("https://shop.example/privacy", True),
    ("http://shop.example", True),
    ("/privacy?x=1#y", True),
    ("", False),
    (None, False),
    ("//elsewhere.example/x", False),
    ("/\\elsewhere.example", False),
    ("JavaScript:alert(1)", False),
    ("java\tscript:alert(1)", False),
    (" javascript:alert(1)", False),
    ("data:text/html,x", False),
    ("vbscript:x", False),
    ("https://", False),
    ("https://host:port/", False),
])  # fmt: skip
def test_what_is_kept_of_an_address(text: str | None, kept: bool):
    assert safe_address(text) == (text if kept else "")
