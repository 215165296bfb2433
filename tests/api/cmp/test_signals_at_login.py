"""An opt-out signal of a known person's device reaches their profile and their other devices by every route."""

import pytest

from placet.config import Config
from placet.consent.rules.published import Published
from placet.settings.site import Stage
from tests.api.cmp.device import API, confirm
from tests.api.cmp.iab_device import Reader
from tests.api.cmp.test_us_signals import WHO, ads, american, section
from tests.api.node_context import Server, start, token

SOLD = section(8, SaleOptOutNotice=1, SaleOptOut=1)


def is_shop_page(one: Published) -> bool:
    """Is this the shop's website, as visitors get it?"""
    return one.publication.site.id == "shop-web" and one.publication.stage is Stage.PRODUCTION


async def on_another_device(server: Server) -> int:
    """Is advertising on for the same person on a device that sends no signal?"""
    other = american(server, who=WHO, proof=token(WHO))
    await other.look()
    return ads(other)


async def who_accepted_everything(server: Server) -> None:
    """The person accepted everything on their phone, a second ago."""
    await american(server, who=WHO, proof=token(WHO)).press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)


async def test_a_new_device_with_the_signal_looks_and_then_logs_in(server: Server) -> None:
    await who_accepted_everything(server)
    laptop = american(server, gpc=True)
    await laptop.look()
    await laptop.log_in(WHO, token(WHO))

    assert ads(laptop) == 0
    server.clock.wait(1000)
    assert await on_another_device(server) == 0


@pytest.mark.parametrize("route", ["banner", "preferences", "vendors", "uc-purposes"])
@pytest.mark.parametrize("header, value", [("Sec-GPC", "1"), ("OT-GPP-String", SOLD)])
async def test_looking_with_a_signal_is_enough(server: Server, route: str, header: str, value: str) -> None:
    await who_accepted_everything(server)
    laptop = american(server, who=WHO, proof=token(WHO))
    answer = await server.ask("GET", f"{API}/{route}", laptop.headers() | {header: value})

    assert answer.status == 200
    server.clock.wait(1000)
    assert await on_another_device(server) == 0


async def test_a_gpp_string_sent_only_at_the_login_counts(server: Server) -> None:
    await who_accepted_everything(server)
    laptop = american(server, who=WHO, proof=token(WHO))
    body = {"interactionType": "SYNC_PROFILE"}
    headers = laptop.headers() | {"OT-GPP-String": SOLD}
    assert (await server.ask("POST", f"{API}/save-log-consent", headers, body)).status == 200

    server.clock.wait(1000)
    assert await on_another_device(server) == 0


async def test_a_signal_sent_before_the_login_counts_although_the_login_does_not_repeat_it(server: Server) -> None:
    await who_accepted_everything(server)
    laptop = american(server, gpc=True)
    await laptop.look()
    laptop.gpc = False
    server.clock.wait(1000)
    await laptop.log_in(WHO, token(WHO))

    assert await on_another_device(server) == 0


async def test_somebody_without_a_profile_is_opted_out_elsewhere_too(server: Server) -> None:
    await american(server, who=WHO, proof=token(WHO), gpc=True).press("SYNC_PROFILE")
    assert await on_another_device(server) == 0


async def test_a_later_grant_lifts_it_and_a_signal_that_persists_does_not_come_back(server: Server) -> None:
    await who_accepted_everything(server)
    laptop = american(server, gpc=True)
    await laptop.look()
    await laptop.log_in(WHO, token(WHO))
    server.clock.wait(1000)
    await laptop.press("PREFERENCE_CENTER_CONFIRM", confirm(C0004=True))
    server.clock.wait(1000)
    await laptop.look()
    assert (ads(laptop), await on_another_device(server)) == (1, 1)


@pytest.mark.parametrize("path", ["/v1/preferences", "/v2/preferences"])
async def test_a_web_page_that_reads_the_profile_with_the_signal(path: str) -> None:
    server = await start(config=Config(country_header="x-country", region_header="x-region"))
    try:
        await read_with_the_signal(server, path)
    finally:
        await server.node.close()


async def read_with_the_signal(server: Server, path: str) -> None:
    """The shop's page reads the profile of a person who accepted everything on their phone."""
    phone = american(server, who=WHO, proof=token(WHO), site="outfitter/shop-ios")
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    (page,) = [one for one in server.node.context.published_settings.current().values() if is_shop_page(one)]
    headers = {
        "tenantId": server.organisation.id,
        "identifier": WHO,
        "Authorization": token(WHO),
        "Origin": page.publication.site.origins[0],
        "Sec-GPC": "1",
        "X-Country": "US",
        "X-Region": "CA",
    }
    answer = await server.ask("GET", path, headers)

    assert answer.status == 200
    assert b"OPT_OUT" in answer.body
    server.clock.wait(1000)
    await phone.look()
    assert ads(phone) == 0


async def test_without_proof_a_signal_reaches_nobodys_profile(server: Server) -> None:
    await who_accepted_everything(server)
    await Reader(server, country="US", region="CA", who=WHO, proof="forged", gpc=True).look()
    assert await on_another_device(server) == 1
