"""`placet link` makes links that this server's pages open, for people of sites that keep profiles."""

import asyncio
import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import json

from placet.cli import run
from placet.config import load_config
from placet.formats.links import Link, read
from placet.formats.vault import make
from placet.master import master_secret
from placet.stores.open import open_stores

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"
NOW = 1_795_255_200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory, request):
    """A data folder with the example published."""
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    folder = tmp_path_factory.mktemp("northwind")
    patch.setenv("PLACET_DATA_FOLDER", str(folder))
    patch.setenv("PLACET_PUBLIC_URL", "https://consent.example")
    assert run(["apply", str(NORTHWIND), "--publish", "production", "--quiet"]) == 0
    return folder


@pytest.fixture
def said(folder, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(folder))
    monkeypatch.setenv("PLACET_PUBLIC_URL", "https://consent.example")

    def carry_out(*tokens):
        code = run(list(tokens))
        return code, capsys.readouterr()

    return carry_out


@pytest.fixture(scope="module")
def sites(folder):
    """App ids of a site with profiles and, if there is one, of a site without."""

    async def load():
        stores = await open_stores(f"sqlite:///{folder}/placet.db")
        try:
            return (await stores.catalogue.shelf()).publications
        finally:
            await stores.close()

    return {one.site.group is not None: one.app_id for one in asyncio.run(load())}


def opened(url):
    """What the link in an address says, to this server, now."""
    text = parse_qs(urlsplit(url).query)["link"][0]
    app_id = urlsplit(url).path.rpartition("/")[2]
    return read(text, app_id, make(master_secret(load_config(None))), NOW)


def test_a_link_opens_for_its_person(said, sites):
    code, out = said("link", sites[True], "ada@example.com", "--type", "Email", "--language", "de", "--days", "3650")
    url = out.out.strip()
    assert code == 0 and url.startswith(f"https://consent.example/preferences/{sites[True]}?link=")
    assert parse_qs(urlsplit(url).query)["lang"] == ["de"] and "ada" not in url
    link = opened(url)
    assert isinstance(link, Link) and (link.identifier, link.identifier_type) == ("ada@example.com", "Email")


def test_many_people_get_a_link_each(said, sites, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("ada\n\n bob \n"))
    code, out = said("link", sites[True], "-", "--json", "--days", "3650")
    made = json.decode(out.out)["links"]
    assert code == 0 and [opened(url).identifier for url in made] == ["ada", "bob"]


@pytest.mark.parametrize(("site", "why"), [("nowhere", "nothing is published"), (False, "no consent group")])
def test_a_link_that_would_open_nothing_is_not_made(said, sites, site, why):
    if site is False and False not in sites:
        pytest.fail("the example has no site without a consent group")
    code, out = said("link", sites[False] if site is False else site, "ada")
    assert code == 2 and why in out.err
