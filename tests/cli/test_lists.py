"""`placet lists` says what is in force, and fetches newer lists over HTTP."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random

import pytest
import vendor_lists
from msgspec import json

from placet.app.vendor_lists import kept
from placet.cli import run
from placet.config import load_config
from placet.stores.open import migrate
from tests.clients.deployment import PATIENCE

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"
BODY = json.encode({**vendor_lists.document(Random(1), [1, 2, 3]), "vendorListVersion": 150})


@pytest.fixture
def site():
    """A server on loopback with a vendor list."""

    class Lists(BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.headers.get("If-None-Match") == '"150"'
            self.send_response(304 if known else 200 if self.path == "/gvl.json" else 404)
            self.send_header("ETag", '"150"')
            self.send_header("Content-Length", "0" if known else str(len(BODY)))
            self.end_headers()
            self.wfile.write(b"" if known else BODY)

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Lists)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def said(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path))

    def carry_out(*tokens):
        code = run(list(tokens))
        return code, capsys.readouterr().out

    return carry_out


def test_without_addresses_the_bundled_lists_are_used(said):
    code, out = said("lists", "status")
    assert code == 0
    assert out.startswith("europe      bundled  version 45, policy 4, date 2024-03-21, vendors 833\n")
    assert "days old; vendors expect a current one: give PLACET_GVL_URL" in out
    assert said("lists", "update")[1].startswith("no address is configured: the bundled lists are used")


def test_a_newer_list_is_fetched_and_told(said, site, monkeypatch):
    monkeypatch.setenv("PLACET_GVL_URL", f"{site}/gvl.json")
    monkeypatch.setenv("PLACET_FETCH_PRIVATE", "true")
    assert said("lists", "update") == (0, "europe: updated: v150\n")
    assert said("lists", "update") == (0, "europe: fresh\n")
    assert said("lists", "update", "--force") == (0, "europe: unchanged\n")
    row = json.decode(said("lists", "status", "--json")[1])["lists"][0]
    assert (row["from"], row["version"], row["vendors"]) == ("fetched", 150, 3)


def test_a_site_nobody_heeds_is_named(said, tmp_path, monkeypatch):
    monkeypatch.setenv("NORTHWIND_TOKEN_SECRET", "s" * 32)
    monkeypatch.setenv("NORTHWIND_WEBHOOK_SECRET", "s" * 32)
    asyncio.run(migrate(f"sqlite:///{tmp_path / 'placet.db'}"))
    assert said("apply", str(NORTHWIND), "--publish", "production", "--create")[0] == 0
    line = "news/news-app: cmp_id is 0: registered vendors will ignore every TC string written here"
    assert line in said("lists", "status")[1].splitlines()
    assert json.decode(said("lists", "status", "--json")[1])["unregistered"] == ["news/news-app", "news/news-web"]


@pytest.mark.parametrize("private, path, words", [
    ("false", "/gvl.json", "only https:// is"), ("true", "/none", "answered 404"),
])  # fmt: skip
def test_what_could_not_be_had_is_told(said, site, monkeypatch, private, path, words):
    monkeypatch.setenv("PLACET_GVL_URL", site + path)
    monkeypatch.setenv("PLACET_FETCH_PRIVATE", private)
    code, out = said("lists", "update")
    assert code == 1
    assert words in out


async def test_a_running_node_looks_for_itself(site, tmp_path):
    environ = {
        "PLACET_GVL_URL": f"{site}/gvl.json", "PLACET_FETCH_PRIVATE": "true", "PLACET_DATA_FOLDER": str(tmp_path),
    }  # fmt: skip
    config, taken = load_config(None, environ), []
    await kept(config, lambda: 1_780_000_000_000, taken.append)
    await asyncio.wait_for(kept(config, lambda: 1_780_000_000_001, taken.append), PATIENCE)
    assert [vendor_lists.vendors.version for vendor_lists in taken] == [150]
