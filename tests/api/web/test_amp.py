"""AMP's runtime is told whether its visitor must be asked."""

import json

import pytest

from placet.api.http.dispatch import Dispatcher
from placet.api.http.metrics import Metrics
from placet.api.web.amp import AmpDialect, AmpServices
from placet.settings.regions import Place
from tests.api.asgi import ask
from tests.api.web.test_first_party import ORIGIN, find
from tests.browser.sample_shop import APP

PATH = f"/consent/{APP['bottom']}/amp"


def app(country: str = "DE") -> Dispatcher:
    """The face, for visitors from there."""
    return Dispatcher(AmpDialect(AmpServices(find, lambda request: Place(country))).routes(), Metrics("test"))


@pytest.mark.parametrize(("country", "required"), [("DE", True), ("JP", False)])
async def test_the_rule_of_the_place_decides(country, required):
    answer = await ask(app(country), "POST", PATH, (("Origin", ORIGIN),), b'{"consentInstanceId":"shop"}')
    said = json.loads(answer.body)
    assert (said["consentRequired"], said["consentMetadata"]) == (required, {"gdprApplies": False})


@pytest.mark.parametrize(
    ("origin", "reads"),
    [
        (ORIGIN, True),
        ("https://www-shop-test.cdn.ampproject.org", True),
        ("https://elsewhere.test", False),
        ("https://cdn.ampproject.org.evil.test", False),
    ],
)
async def test_pages_and_their_copies_may_read_it(origin, reads):
    answer = await ask(app(), "POST", PATH, (("Origin", origin),))
    assert (answer.headers.get("access-control-allow-origin") == origin) is reads
    assert (answer.headers.get("access-control-allow-credentials") == "true") is reads


async def test_an_unknown_site_is_not_there():
    assert (await ask(app(), "POST", "/consent/nobody/amp", (("Origin", ORIGIN),))).status == 404
