"""Every method that other programs call on `window.OneTrust` (web-sdk.md §5)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies

Visit = Callable[..., Page]
EVERYTHING = ",C0001,C0002,C0003,BG1,C0004,C0005,"

MINIMUM = """AllowAll RejectAll Close ToggleInfoDisplay IsAlertBoxClosed IsAlertBoxClosedAndValid OnConsentChanged
GetDomainData getGeolocationData getDataSubjectId setDataSubjectId InsertScript InsertHtml InsertHTML UpdateConsent Init
LoadBanner changeLanguage initializeCookiePolicyHtml BlockGoogleAnalytics SetAlertBoxClosed ReconsentGroups
IsVendorServiceEnabled UpdateGCM getDSDefaultIdentifier SendReceipt getCSS getHTML testLog setGeoLocation
InitializeBanner FetchAndDownloadPC setConsentProfile TriggerGoogleAnalyticsEvent""".split()


@pytest.fixture
def page(visit: Visit) -> Page:
    """A page with all methods on it."""
    page = visit(body='<p id="here">Words.</p><div id="ot-sdk-cookie-policy"></div>')
    page.wait_for_function("!!window.OneTrust?.GetDomainData && !!document.querySelector('.ot-card')")
    return page


def test_every_method_is_there_on_one_object(page: Page) -> None:
    assert page.evaluate("OneTrust === Optanon")
    assert page.evaluate("names => names.filter(name => typeof OneTrust[name] !== 'function')", MINIMUM) == []
    assert page.evaluate("OneTrust.useGeoLocationService") is True


def test_a_method_called_is_done_when_it_returns(page: Page) -> None:
    assert page.evaluate("OneTrust.IsAlertBoxClosed()") is False
    assert page.evaluate("OneTrust.AllowAll(), [OnetrustActiveGroups, OneTrust.IsAlertBoxClosed()]") == [
        EVERYTHING,
        True,
    ]
    assert page.evaluate("OneTrust.RejectAll(), OnetrustActiveGroups") == ",C0001,"
    expect(page.locator("#onetrust-banner-sdk")).to_be_hidden()


def test_closing_applies_the_model_and_not_a_refusal(visit: Visit, shop: Shop) -> None:
    shop.country, shop.region = "US", "CA"
    page = visit()
    page.wait_for_function("!!window.OneTrust?.Close")
    assert page.evaluate("OneTrust.Close(), OnetrustActiveGroups") == EVERYTHING


def test_single_answers_ignore_what_cannot_be_switched(page: Page) -> None:
    ask = "OneTrust.UpdateConsent('Category', 'C0001:0,C0002:1,C0099:1').then(() => OnetrustActiveGroups)"
    assert page.evaluate(ask) == ",C0001,C0002,"


def test_settings_are_read_as_others_read_them(page: Page) -> None:
    data = page.evaluate("OneTrust.GetDomainData()")
    assert data["ConsentModel"] == {"Name": "opt-in"} and data["ShowAlertNotice"] is True
    assert [group["CustomGroupId"] for group in data["Groups"]] == ["C0001", "C0002", "C0003", "BG1", "C0004", "C0005"]
    assert data["Groups"][1]["Cookies"][0]["Name"] == "_tally*"
    assert data["Groups"][3]["SubGroups"][0]["CustomGroupId"] == "C0004"
    assert data["Language"] == {"Culture": "en"} and data["IsIABEnabled"] is False
    assert data["AlertNoticeText"].endswith("Read our cookie policy.")
    ads = data["Groups"][4]
    assert [(host["HostName"], host["HostId"]) for host in ads["Hosts"]] == [("ads.test", "H2"), ("video.test", "H3")]
    assert [cookie["Name"] for cookie in ads["Hosts"][0]["Cookies"]] == ["seen"] and ads["FirstPartyCookies"] == []
    assert data["Groups"][3]["SubGroups"][0]["Hosts"] == ads["Hosts"]
    spelled = "AboutCookiesText AddLinksToCookiepedia AlertLayout AlwaysInactiveText BSaveBtnTxt CategoriesText"
    assert set(spelled.split()) <= set(data) and len(data) > 65


def test_equal_listeners_are_one(page: Page) -> None:
    page.evaluate(
        """() => { window.calls = [];
        for (let n = 0; n < 3; n++) OneTrust.OnConsentChanged((event) => calls.push(event.detail));
        OneTrust.OnConsentChanged((event) => calls.push('another'));
        OneTrust.RejectAll(); }"""
    )
    page.wait_for_function("calls.length >= 2")
    assert page.evaluate("calls") == [["C0001"], "another"]


def test_the_last_callback_hears_every_state(page: Page) -> None:
    page.evaluate("window.n = 0; OneTrust.UpdateGCM(() => n += 10); OneTrust.UpdateGCM(() => n++); OneTrust.AllowAll()")
    assert page.evaluate("n") == 1


def test_scripts_and_markup_are_inserted_once_and_with_consent(page: Page) -> None:
    insert = """() => {
        OneTrust.InsertScript('/two.js', 'head', () => (window.called = true), null, 'C0002');
        OneTrust.InsertHtml('<b id="bold">x</b>', 'here', null, {deleteSelectorContent: true}, 'C0002');
        OneTrust.InsertScript('/unknown.js', 'body', null, null, 'nobody'); }"""
    page.evaluate(insert)
    page.wait_for_function("window.ran && ran.length === 1")
    assert page.evaluate("ran[0]") == "www.shop.test/unknown.js"
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1')")
    page.evaluate(insert)
    page.evaluate(insert)
    page.wait_for_function("window.called")
    assert page.evaluate("ran.filter(path => path.endsWith('two.js')).length") == 1
    expect(page.locator("#here")).to_have_text("x")


def test_analytics_are_switched_by_consent(page: Page) -> None:
    page.evaluate("OneTrust.BlockGoogleAnalytics('G-1', 'C0002')")
    assert page.evaluate("window['ga-disable-G-1']") is True
    page.evaluate("OneTrust.AllowAll(); OneTrust.BlockGoogleAnalytics('G-1', 'C0002')")
    assert page.evaluate("window['ga-disable-G-1']") is False
    page.evaluate("OneTrust.TriggerGoogleAnalyticsEvent('c', 'Own action', 'label', 1)")
    event = page.evaluate("dataLayer.filter(e => e.event === 'trackOptanonEvent').pop()")
    assert (event["optanonAction"], event["optanonLabel"]) == ("Own action", "label")


def test_the_preference_centre_opens_and_closes(page: Page) -> None:
    page.evaluate(
        "window.opened = 0; addEventListener('OneTrustPCLoaded', () => opened++); OneTrust.ToggleInfoDisplay()"
    )
    expect(page.locator("#onetrust-pc-sdk")).to_be_visible()
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    expect(page.locator("#onetrust-pc-sdk")).to_be_hidden()
    assert page.evaluate("opened") == 1


def test_the_box_may_be_closed_for_this_session_only(page: Page, visitor: BrowserContext) -> None:
    page.evaluate("OneTrust.SetAlertBoxClosed(false)")
    assert cookies(visitor)["OptanonAlertBoxClosed"]["expires"] == -1
    expect(page.locator("#onetrust-banner-sdk")).to_be_hidden()


def test_the_cookie_list_is_written_into_the_policy(page: Page) -> None:
    expect(page.locator("#ot-sdk-cookie-policy h3").nth(1)).to_have_text("Performance")
    expect(page.locator("#ot-sdk-cookie-policy td").first).to_have_text("basket")


def test_another_language_builds_everything_anew(page: Page) -> None:
    page.evaluate("OneTrust.changeLanguage('de')")
    expect(page.locator("#onetrust-accept-btn-handler")).to_have_text("Alle akzeptieren")
    expect(page.locator("#onetrust-consent-sdk")).to_have_count(1)
    page.evaluate("OneTrust.changeLanguage('ar')")
    expect(page.locator("#onetrust-consent-sdk")).to_have_attribute("dir", "rtl")


def test_a_single_page_app_starts_again(page: Page) -> None:
    page.evaluate(
        "window.n = 0; window.OptanonWrapper = () => n++;"
        "document.getElementById('onetrust-consent-sdk').remove(); OneTrust.Init(); OneTrust.LoadBanner()"
    )
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(1)
    page.wait_for_function("n >= 1")
    page.evaluate("OneTrust.AllowAll()")
    assert page.evaluate("OnetrustActiveGroups") == EVERYTHING


def test_a_person_may_be_named(page: Page, shop: Shop) -> None:
    page.evaluate("OneTrust.setDataSubjectId('user 42', false, 'Email')")
    assert page.evaluate("OneTrust.getDataSubjectId()") == "user42"
    page.evaluate(
        "OneTrust.setConsentProfile({identifier: 'user42', isAnonymous: false, customPayload: {Interaction: 7},"
        "purposes: OneTrust.GetDomainData().Groups.map((g, n) =>"
        "({Id: g.PurposeId, TransactionType: n === 1 ? 'CONFIRMED' : 'OPT_OUT'}))})"
    )
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,"
    assert "interactionCount=7" in page.evaluate("document.cookie")


def test_html_and_css_can_be_had(page: Page) -> None:
    assert 'id="onetrust-pc-sdk"' in page.evaluate("OneTrust.getHTML()")
    assert "#onetrust-pc-sdk" in page.evaluate("OneTrust.getCSS()")


def test_a_page_may_do_without_our_screens(visit: Visit) -> None:
    page = visit(attributes='data-ignore-html="true"')
    page.wait_for_function("!!window.OneTrust?.AllowAll")
    assert page.evaluate("OneTrust.AllowAll(), OnetrustActiveGroups") == EVERYTHING
    expect(page.locator("#onetrust-consent-sdk")).to_have_count(0)
