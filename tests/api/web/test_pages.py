"""What the server's own pages save is a receipt like any other, once, and only of what could be decided."""

import re
from urllib.parse import urlencode

import pytest
from msgspec import json

from placet.api.web.pages.form import stated
from placet.api.web.pages.html import h, rich_html
from placet.api.web.pages.words import PAGES
from placet.api.web.rich_text import rich
from placet.api.web.words import table
from placet.app.derived_secrets import secrets_of
from placet.consent.receipt import Receipt, Transaction
from placet.formats.crypto.sealed_links import PreferenceLink, write
from placet.settings.regions import Place
from tests.api.node_context import MASTER, Server, start
from tests.api.web.test_site_data import published

NONCE = bytes(range(12))
PARTNERS = ("vendors", "legitimate", "iab_vendors", "iab_vendors_legitimate", "google_vendors")


@pytest.fixture
async def server():
    server = await start()
    yield server
    await server.node.close()


def link(server: Server, who: str = "ada@example.com", site: str = "outfitter/shop-web") -> str:
    """The path by which somebody reaches their preferences."""
    app_id = server.app_id(site)
    sealed = write(PreferenceLink(app_id, who, server.clock.at + 60_000, "Email"), secrets_of(MASTER).secret_box, NONCE)
    return f"/preferences/{app_id}?{urlencode({'link': sealed, 'lang': 'de'})}"


async def save(server: Server, path: str, **form: object):
    """Send the form."""
    return await server.ask("POST", path, {}, urlencode(form, doseq=True).encode())


def receipts(server: Server) -> list[Receipt]:
    """Everything in the ledger."""
    return [json.decode(row.body, type=Receipt) for row in server.node.context.stores.ledger.rows.values()]


async def test_a_page_says_whose_it_is_and_offers_its_buttons_in_one_order(server):
    html = (await server.ask("GET", link(server))).body.decode()
    assert re.search(r"<main[^>]*><header>(<img[^>]*>)?<bdi>[^<]+</bdi></header>", html)
    buttons = re.findall(r'<button name="press" value="(\w+)"([^>]*)>', html)
    assert [name for name, _ in buttons] == ["confirm", "reject", "accept", "confirm"]
    assert "aria-hidden" in buttons[0][1] and [looks for _, looks in buttons[1:]] == ["", "", ""]
    policy = (await server.ask("GET", f"/policy/{server.app_id('outfitter/shop-web')}?lang=de")).body.decode()
    assert "<header>" in policy and " d</bdi>" not in policy


async def test_a_saved_form_is_a_whole_receipt(server):
    answer = await save(server, link(server), press="confirm", on=["C0002"], form="1")
    assert answer.status == 303 and answer.headers["location"].startswith("?link=")
    (receipt,) = receipts(server)
    assert receipt.interaction == "Preference Center - Confirm"
    assert (receipt.language, receipt.identifier_type, receipt.anonymous) == ("de", "Email", False)
    assert receipt.rule and receipt.notice and len(receipt.content) == 64 and receipt.group
    assert receipt.data == {"page": "preferences"}
    assert receipt.choices.groups["C0002"] == 1
    said = {entry.transaction for entry in receipt.purposes}
    assert {Transaction.CONFIRMED, Transaction.OPT_OUT, Transaction.NO_CHOICE} <= said


async def test_a_form_sent_twice_counts_once_and_a_new_one_counts_again(server):
    path = link(server)
    for form in ("1", "1", "2"):
        assert (await save(server, path, press="reject", form=form)).status == 303
        server.clock.wait(1_000)
    assert len(receipts(server)) == 2


async def test_what_is_locked_stays_locked_whatever_a_form_says(server):
    await save(server, link(server), press="confirm", on=["C0001", "C9999", "<b>"], form="1")
    (receipt,) = receipts(server)
    assert receipt.choices.groups["C0001"] == 1 and "C9999" not in receipt.choices.groups


async def test_a_signal_of_the_browser_is_shown_and_heard(server):
    page = await server.ask("GET", link(server), {"sec-gpc": "1"})
    assert "GPC" in page.body.decode()


@pytest.mark.parametrize("change", ["link=", "nobody"])
async def test_a_page_without_a_believed_name_saves_nothing(server, change):
    path = link(server)
    wrong = path.replace("link=", "link=x") if change == "link=" else path.partition("?")[0]
    assert (await save(server, wrong, press="accept", form="1")).status == 403
    assert receipts(server) == []


async def test_a_link_opens_one_site_only(server):
    query = link(server).partition("?")[2]
    other = server.app_id("outfitter/shop-ios")
    assert (await server.ask("GET", f"/preferences/{other}?{query}")).status == 403


async def test_an_unknown_site_has_no_page(server):
    for path in ("/preferences/nobody", "/policy/nobody", "/policy/nobody/policy.json"):
        assert (await server.ask("GET", path)).status == 404


async def test_nothing_foreign_gets_into_a_page(server):
    hostile = '"><script>alert(1)</script>'
    path = f"/preferences/{server.app_id('outfitter/shop-web')}?{urlencode({'lang': hostile})}"
    text = (await server.ask("GET", path, {"accept-language": hostile})).body.decode()
    assert "<script" not in text and re.search(r'<html lang="\w+"', text)


RULING = published(name="partners").rule_for(Place("FR"))
WAS = "cC0002 ktally v8 v755 o25 g89 lIAB2V2_9"


@pytest.mark.parametrize(
    ("on", "box", "said"),
    [
        (["C0002"], WAS, {"vendors": {"tally": True}}),
        (["C0002"], WAS.replace("ktally", ""), {"vendors": {"tally": False}}),
        ([], WAS, {}),
        ([], WAS.replace("ktally", ""), {"vendors": {"tally": False}}),
        (["C0002"], WAS.replace("v8", "v2"), {"vendors": {"tally": True}, "iab_vendors": {"8": False, "2": True}}),
        (["C0002"], f"{WAS} o8", {"vendors": {"tally": True}, "iab_vendors_legitimate": {"8": False}}),
        (["C0002"], WAS.replace("g89", "g1"), {"vendors": {"tally": True}, "google_vendors": {"89": False, "1": True}}),
        (["C0002"], WAS.replace("lIAB2V2_9", ""), {"vendors": {"tally": True}, "legitimate": {"IAB2V2_9": True}}),
        (["C0002"], f"{WAS} x c <b>", {"vendors": {"tally": True}}),
    ],
)
def test_of_partners_only_what_was_changed_is_said(on, box, said):
    heard = stated(RULING, {"on": on, "was": [WAS], "box": box.split()})
    assert heard.groups["C0002"] is ("C0002" in on)
    assert {name: value for name in PARTNERS if (value := getattr(heard, name))} == said


def test_text_is_escaped_and_markup_is_not():
    assert h("p", {"title": 'a"b', "hidden": True, "id": None}, "<i>", h("b", {}, "&")) == (
        '<p title="a&quot;b" hidden>&lt;i&gt;<b>&amp;</b></p>'
    )
    assert rich_html(rich('<a href="javascript:alert(1)">x</a> <b>y</b>'), "") == "<a>x</a> <b>y</b>"


@pytest.mark.parametrize("language", sorted(table()))
def test_the_pages_speak_every_language(language):
    words = PAGES[language]
    assert set(words) == {"saved", "ended", "there", "language"}
    assert all(text and text.strip() == text for text in words.values())
    assert language == "en" or words != PAGES["en"]
