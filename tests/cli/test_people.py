"""`placet link` makes links that this server's pages open, for people of sites that keep profiles."""

import io
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import json

from placet.app.master_secret import master_secret
from placet.cli import run
from placet.config import load_config
from placet.formats.crypto.sealed_links import PreferenceLink, read
from placet.formats.crypto.secret_box import make
from tests.small_organisation import SMALL

NOW = 1_795_255_200_000
WEB, LONELY = "55555555-5555-4555-8555-555555555555", "77777777-7777-4777-8777-777777777777"
ALONE = f"""      - {{id: lonely, app_id: {LONELY}, name: Lonely, rules: world, origins: [https://lonely.example]}}
"""


@pytest.fixture
def said(capsys, monkeypatch, tmp_path):
    """Carries out a command line where the small organisation is published, with one site beyond its group."""
    settings = {"NO_COLOR": "1", "SECRET": "s" * 32, "PLACET_DATA_FOLDER": str(tmp_path / "var")}
    for name, value in (settings | {"PLACET_PUBLIC_URL": "https://consent.example"}).items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "shop.yaml"
    file.write_text(SMALL.replace("    sites:\n", "    sites:\n" + ALONE, 1))

    def carry_out(*tokens):
        code = run(list(tokens))
        return code, capsys.readouterr()

    assert carry_out("apply", str(file), "--publish", "production", "--create")[0] == 0
    return carry_out


def opened(url):
    """What the link in an address says, to this server, now."""
    text = parse_qs(urlsplit(url).query)["link"][0]
    app_id = urlsplit(url).path.rpartition("/")[2]
    return read(text, app_id, make(master_secret(load_config(None))), NOW)


def test_a_link_opens_for_its_person(said):
    code, out = said("link", WEB, "ada@example.com", "--type", "Email", "--language", "de", "--days", "3650")
    url = out.out.strip()
    assert code == 0 and url.startswith(f"https://consent.example/preferences/{WEB}?link=")
    assert parse_qs(urlsplit(url).query)["lang"] == ["de"] and "ada" not in url
    link = opened(url)
    assert isinstance(link, PreferenceLink) and (link.identifier, link.identifier_type) == ("ada@example.com", "Email")


def test_many_people_get_a_link_each(said, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("ada\n\n bob \n"))
    code, out = said("link", WEB, "-", "--json", "--days", "3650")
    made = json.decode(out.out)["links"]
    assert code == 0 and [opened(url).identifier for url in made] == ["ada", "bob"]


@pytest.mark.parametrize(("site", "why"), [("nowhere", "nothing is published"), (LONELY, "no consent group")])
def test_a_link_that_would_open_nothing_is_not_made(said, site, why):
    code, out = said("link", site, "ada")
    assert code == 2 and why in out.err


@pytest.mark.parametrize("who", ["undefined", "[object Object]", "0", "00000000-0000-0000-0000-000000000000"])
def test_nobody_gets_a_link_for_a_placeholder(said, who):
    code, out = said("link", WEB, who)
    assert code != 0
    assert "is a placeholder and no identifier" in out.err
    assert "link=" not in out.out
