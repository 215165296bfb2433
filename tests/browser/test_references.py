"""The IAB's own libraries, unmodified, in the page: they read our strings, and answer as we do."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from on_node import installed, node_folder
from playwright.sync_api import BrowserContext, Page

from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies
from tests.browser.test_gpp import ask as ask_gpp
from tests.browser.test_gpp import ping as ping_gpp
from tests.browser.test_tcf import a_vendor, ask, heard

Visit = Callable[..., Page]
HERE = Path(__file__).parent / "node-iab"
ESBUILD = Path(__file__).parents[2] / "sdk" / "web" / "node_modules" / ".bin" / "esbuild"


@pytest.fixture(scope="session")
def vendor_lists(built: None) -> str:
    """`window.iab`: the libraries in one script."""
    modules = installed(HERE) / "node_modules"
    command = [str(ESBUILD), str(HERE / "reference.js"), "--bundle", "--format=iife", "--target=es2022"]
    environment = {"NODE_PATH": str(modules), "PATH": f"{node_folder()}:/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="session")
def stub() -> str:
    """The reference stub."""
    return (installed(HERE) / "node_modules" / "@iabtechlabtcf" / "stub" / "lib" / "stub.js").read_text()


@pytest.fixture
def reference(visitor: BrowserContext, shop: Shop, vendor_lists: str, stub: str) -> Page:
    """A page with the reference platforms in place of ours."""
    shop.pages["reference"] = f"<!doctype html><title>Reference</title><body><script>{stub}</script></body>"
    page = visitor.new_page()
    page.goto(shop.page("reference"))
    page.add_script_tag(content=vendor_lists)
    return page


ANSWERS = """commands => Promise.all(commands.map(([command, parameter]) => new Promise(done => {
    const heard = (answer, ok) => done([JSON.parse(JSON.stringify(answer ?? null)), ok]);
    __tcfapi(command, 2, heard, parameter ?? undefined) })))"""
COMMANDS = [["addEventListener", None], ["getTCData", [2, 755]], ["getInAppTCData", None], ["ping", None]]
OURS = {"addtlConsent", "disclosedVendors", "enableAdvertiserConsentMode", "listenerId"}
"""Google's additions, and the ids that each counts for itself."""


def plain(answer: Any) -> Any:
    """An answer without what one side has of its own; what is empty says nothing."""
    if not isinstance(answer, dict):
        return answer
    kept = {name: plain(value) for name, value in answer.items() if name not in OURS}
    return {name: value for name, value in kept.items() if value not in ({}, "")}


def pressed(page: Page) -> str:
    """The string of somebody who chose among purposes, vendors and interests."""
    heard(page, 1)
    page.evaluate("OneTrust.UpdateConsent('Category', 'IAB2V2_1:1,IAB2V2_2:1,IAB2V2_7:1,ISF2V2_1:1,C0002:1')")
    return str(heard(page, 2)[1]["tcString"])


def test_the_tcf_library_reads_our_string_over_our_list(visit: Visit, shop: Shop, vendor_lists: str) -> None:
    shop.country = "FR"
    page = a_vendor(visit)
    text = pressed(page)
    page.add_script_tag(content=vendor_lists)
    read = page.evaluate(
        """async ([text, base]) => {
            const { GVL, TCString } = iab.core;
            GVL.baseUrl = base;
            const list = new GVL();
            await list.readyPromise;
            await list.changeLanguage('FR');
            const model = TCString.decode(text);
            model.gvl = list;
            return { consents: [...model.purposeConsents].filter(([, on]) => on).map(([id]) => id),
                     list: [list.vendorListVersion, list.purposes[1].name, Object.keys(list.vendors).length],
                     versions: [model.vendorListVersion, model.cmpId, model.cmpVersion, model.consentLanguage],
                     vendors: [...model.vendorConsents].filter(([, on]) => on).map(([id]) => id),
                     disclosed: [...model.vendorsDisclosed].filter(([, on]) => on).map(([id]) => id) } }""",
        [text, f"{shop.consent}/vendorlist/"],
    )
    assert read["consents"] == [1, 2, 7] and read["versions"] == [45, 300, 7, "EN"]
    assert read["disclosed"] == read["vendors"] == [2, 8, 12, 25, 755]
    assert read["list"][0] == 45 and read["list"][1].startswith("Stocker") and read["list"][2] == 813


@pytest.mark.parametrize("moment", ["cmpuishown", "useractioncomplete", "tcloaded"])
def test_we_answer_as_the_reference_platform_does(visit: Visit, shop: Shop, reference: Page, moment: str) -> None:
    shop.country = "FR"
    page = a_vendor(visit)
    first = heard(page, 1)[0]["tcString"]
    text = first if moment == "cmpuishown" else pressed(page)
    if moment == "tcloaded":
        page = a_vendor(visit, page=page)
        heard(page, 1)
    ours = page.evaluate(ANSWERS, COMMANDS)
    steps = {"cmpuishown": [[first, True]], "useractioncomplete": [[first, True], [text, False]]}
    reference.evaluate(
        """steps => { const api = new iab.CmpApi(300, 7, true);
        for (const [text, visible] of steps) api.update(text, visible) }""",
        steps.get(moment, [[text, False]]),
    )
    theirs = reference.evaluate(ANSWERS, COMMANDS)
    assert ours[0][0]["eventStatus"] == moment
    for (mine, my_success), (other, success), (command, _) in zip(ours, theirs, COMMANDS, strict=True):
        assert my_success == success, command
        if command == "ping":
            mine, other = mine | {"apiVersion": ""}, other | {"apiVersion": ""}
        assert plain(mine) == plain(other), command


def test_the_reference_stub_hands_its_calls_over(visit: Visit, shop: Shop, stub: str) -> None:
    shop.country = "FR"
    early = "<script>window.heard = []; __tcfapi('addEventListener', 2, data => heard.push(data))</script>"
    page = visit(head=f"<script>{stub}</script>{early}")
    assert heard(page, 1)[0]["eventStatus"] == "cmpuishown"
    assert ask(page, "ping")[0]["cmpId"] == 300
    assert page.evaluate("document.querySelectorAll('[name=__tcfapiLocator]').length") == 1


@pytest.mark.parametrize("opted_out", [False, True])
def test_we_answer_for_america_as_the_gpp_library_does(
    visit: Visit, shop: Shop, reference: Page, opted_out: bool
) -> None:
    shop.country, shop.region = "US", "CO"
    page = visit()
    page.wait_for_function("!!window.OneTrust?.GetDomainData && document.cookie.includes('OTGPPConsent')")
    if opted_out:
        page.evaluate("OneTrust.RejectAll()")
    said = ping_gpp(page)
    theirs = reference.evaluate(
        """([text, supported]) => { const api = new iab.GppApi(1, 7);
        api.setGppString(text); api.setSupportedAPIs(supported); api.setApplicableSections([7, 10]);
        api.setCmpStatus('loaded'); api.setCmpDisplayStatus('hidden'); api.setSignalStatus('ready');
        return new Promise(done => __gpp('ping', done)) }""",
        [said["gppString"], said["supportedAPIs"]],
    )
    assert said | {"cmpDisplayStatus": ""} == theirs | {"cmpDisplayStatus": ""}
    for command, parameter in (
        ("getSection", "usnat"), ("getSection", "usca"), ("getField", "usco.SaleOptOut"), ("getField", "usco.None"),
        ("hasSection", "uspv1"), ("hasSection", "usva"), ("nonsense", ""),
    ):  # fmt: skip
        assert ask_gpp(page, command, parameter) == ask_gpp(reference, command, parameter), (command, parameter)


def test_we_answer_for_europe_as_the_gpp_library_does(visit: Visit, shop: Shop, vendor_lists: str) -> None:
    shop.country = "FR"
    page = a_vendor(visit)
    pressed(page)
    page.add_script_tag(content=vendor_lists)
    ours, theirs = page.evaluate(
        """new Promise(done => __gpp('ping', ping =>
            done([ping.parsedSections.tcfeuv2, new iab.GppModel(ping.gppString).toObject().tcfeuv2].map(each =>
                JSON.parse(JSON.stringify(each))))))"""
    )
    retired = {"VendorsAllowed", "VendorsAllowedSegmentType"}
    assert ours == {name: value for name, value in theirs.items() if name not in retired}
    assert cookies(page.context)["OTGPPConsent"]["value"].startswith("DBABMA~C")
