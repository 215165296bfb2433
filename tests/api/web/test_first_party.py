"""The server sets again what a browser would forget: exactly that, for exactly those pages."""

import pytest

from placet.api.http.dispatch import Dispatcher
from placet.api.http.metrics import Metrics
from placet.api.web.first_party import DAY, FirstPartyDialect, FirstPartyServices
from placet.consent.rules.published import Published
from placet.errors import Missing
from placet.settings.regions import Place
from tests.api.asgi import Answer, ask
from tests.api.web.test_site_data import published
from tests.browser.sample_shop import APP

SHOP = published()
NOW = 1_795_255_200_000  # 2026-11-21T10:00:00Z
ORIGIN = SHOP.publication.site.origins[0]
CONSENT = "groups=C0001%3A1%2CC0002%3A0&intType=6&datestamp=Sat+Nov+21+2026+10%3A00%3A00+GMT%2B0000+(UTC)"
CLOSED = "2026-11-20T10:00:00.000Z"
BOTH = f"other=1; OptanonConsent={CONSENT}; OptanonAlertBoxClosed={CLOSED}"
PATH = f"/consent/{APP['bottom']}/keep"


def find(app_id: str) -> Published:
    """The one site there is."""
    if app_id != APP["bottom"]:
        raise Missing("nobody")
    return SHOP


@pytest.fixture
def app() -> Dispatcher:
    services = FirstPartyServices(find, lambda request: Place("DE"), lambda: NOW)
    return Dispatcher(FirstPartyDialect(services).routes(), Metrics("test"))


@pytest.fixture
def cookies(app):
    """Sends these cookies from a page of this origin; answers what is set, and the answer itself."""

    async def send(text: str, origin: str = ORIGIN, path: str = PATH) -> Answer:
        return await ask(app, "POST", path, (("Cookie", text), ("Origin", origin)) if origin else (("Cookie", text),))

    return send


async def test_both_cookies_come_back_as_they_were_and_last(cookies):
    answer = await cookies(BOTH)
    assert answer.status == 204
    days = SHOP.rule_for(Place("DE")).rule.reconsent_days
    consent, closed = answer.cookies
    assert consent.startswith(f"OptanonConsent={CONSENT};Max-Age={days * DAY};Path=/")
    assert closed.startswith(f"OptanonAlertBoxClosed={CLOSED};Max-Age={(days - 1) * DAY};Path=/")
    assert "HttpOnly" not in consent and consent.endswith("SameSite=Lax")
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("sent", ["", "other=1", f"OptanonConsent={CONSENT}", f"OptanonAlertBoxClosed={CLOSED}"])
async def test_nothing_is_set_that_was_not_sent(cookies, sent):
    answer = await cookies(sent)
    assert (answer.status, answer.cookies) == (204, ())


@pytest.mark.parametrize(
    "consent",
    ["nonsense", "groups=", "groups=C0001%3Amaybe", "groups=C0001%3A1&<b>=1", "groups=C0001%3A1&a=" + "x" * 5000],
)
async def test_what_is_not_our_format_is_not_set(cookies, consent):
    answer = await cookies(f"OptanonConsent={consent}; OptanonAlertBoxClosed={CLOSED}")
    assert (answer.status, answer.cookies) == (400, ())


async def test_a_date_that_is_none_is_not_set(cookies):
    answer = await cookies(f"OptanonConsent={CONSENT}; OptanonAlertBoxClosed=soon")
    assert (answer.status, answer.cookies) == (400, ())


async def test_an_answer_from_tomorrow_lasts_no_longer(cookies):
    answer = await cookies(BOTH.replace("2026-11-20T10", "2026-11-22T09"))
    assert f"Max-Age={SHOP.rule_for(Place('DE')).rule.reconsent_days * DAY};" in answer.cookies[1]


@pytest.mark.parametrize("closed", ["2027-11-20T10:00:00.000Z", "2026-11-22T10:00:00.001Z", "2024-11-20T10:00:00.000Z"])
async def test_an_answer_that_does_not_count_any_more_is_not_set(cookies, closed):
    answer = await cookies(BOTH.replace(CLOSED, closed))
    assert (answer.status, answer.cookies) == (204, ())


async def test_of_two_cookies_of_one_name_none_is_set(cookies):
    other = CONSENT.replace("C0002%3A0", "C0002%3A1")
    assert (await cookies(f"{BOTH}; OptanonConsent={other}")).cookies == ()
    assert len((await cookies(f"{BOTH}; OptanonConsent={CONSENT}")).cookies) == 2


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.test", ORIGIN + ".evil.test"])
async def test_no_other_page_may_ask(cookies, origin):
    answer = await cookies(BOTH, origin)
    assert (answer.status, answer.cookies) == (403, ())
    assert "access-control-allow-origin" not in answer.headers


async def test_an_unknown_site_has_no_pages(cookies):
    assert (await cookies(BOTH, path="/consent/nobody/keep")).status == 403
