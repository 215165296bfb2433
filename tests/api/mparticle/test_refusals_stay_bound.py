"""A public key, and every name of somebody that others may know: what was refused before stays refused."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.settings.identity_strategy import Strategy
from tests.api.mparticle.sample_shop import BASIC, NOW, WEB, a_batch, agreed, custom, page, send, sent_to
from tests.api.mparticle.test_identity import KEY, a_server, call, rename, whose
from tests.api.node_context import Server, say_proven

USER, MAIL, DEVICE, PHONE = "C-7", "ada@shop.example", "her-device", "+4912345"
LOOKS: tuple[dict[str, Any], ...] = (
    {"user_identities": {"customer_id": USER}},
    {"user_identities": {"email": MAIL}},
    {"user_identities": {"customer_id": USER, "email": MAIL}, "mp_deviceid": DEVICE},
    {"mp_deviceid": DEVICE},
    {"mp_deviceid": DEVICE, "user_identities": {"email": MAIL}},
)
"""What the victim's own events may be named by."""

numbers = count()


async def allowed(server: Server, **names: Any) -> bool:
    """Does a batch with these names, that says nothing of consent, go to the advertising destination?"""
    id = f"look-{next(numbers)}"
    await page(server, a_batch(custom(id), source_request_id=id, **{"user_identities": None, **names}))
    return id in sent_to(server, "to-ads")


def answer(server: Server, standing: PurposeStatus, at: int) -> Profile:
    """One answer to everything."""
    opened = server.node.context.published_settings.source(WEB)
    assert opened
    return Profile({item: Item(standing, at) for item in opened.source.routes.mapping.items})


async def prove_no(server: Server, user: str) -> None:
    """The user refuses at a banner, having proven who they are."""
    await say_proven(server.node.context, WEB, user, answer(server, PurposeStatus.OPT_OUT, NOW - 5000))


async def claim(server: Server, yes: bool, at: int = NOW - 1000, **names: Any) -> None:
    """A page says so with the public key."""
    id = f"claim-{next(numbers)}"
    state = agreed(at, marketing=yes)
    await page(
        server, a_batch(custom(id), source_request_id=id, consent_state=state, **{"user_identities": None, **names})
    )


async def renamed(server: Server, mpid: str, **names: str | None) -> None:
    answer = await rename(server, mpid, **names)
    assert answer.status == 200
    assert "change_results" in answer.json


async def erase_the_customer(server: Server, mpid: str) -> None:
    await renamed(server, mpid, customerid=None)


async def erase_every_name(server: Server, mpid: str) -> None:
    await renamed(server, mpid, customerid=None, email=None, device_application_stamp=None, mobile_number=None)


async def replace_then_erase(server: Server, mpid: str) -> None:
    await renamed(server, mpid, customerid="evil", email="evil@shop.example")
    await renamed(server, mpid, customerid=None, email=None)


async def replace_the_device(server: Server, mpid: str) -> None:
    await renamed(server, mpid, device_application_stamp="evil")


async def take_from_another(server: Server, mpid: str) -> None:
    evil = await whose(server, "identify", device_application_stamp="evil")
    await renamed(server, evil, email=MAIL)
    await renamed(server, evil, customerid=USER)


async def log_in_over_it(server: Server, mpid: str) -> None:
    await whose(server, "login", previous=mpid, customerid="evil", email="evil@shop.example")


async def log_in_by_mail(server: Server, mpid: str) -> None:
    await whose(server, "login", previous=mpid, customerid="evil", email=MAIL)
    await whose(server, "identify", customerid="evil2", email=MAIL)


async def log_out(server: Server, mpid: str) -> None:
    await whose(server, "logout", previous=mpid, email=MAIL, customerid=USER)
    await whose(server, "logout", email=MAIL)
    await whose(server, "logout", customerid=USER)


async def send_as_them(server: Server, mpid: str) -> None:
    await claim(server, True, mpid=mpid, user_identities={"customer_id": "evil", "email": MAIL})
    await claim(server, True, NOW - 10, mpid=mpid)
    await claim(server, True, NOW - 10, mp_deviceid="evil", user_identities={"customer_id": USER, "email": MAIL})
    await claim(server, True, NOW - 10, user_identities={"customer_id": USER})
    await claim(server, True, NOW - 10, user_identities={"email": MAIL})


async def change_in_a_batch(server: Server, mpid: str) -> None:
    gone = {"identity_type": "customer_id", "identity": None}
    data = {"old": {"identity_type": "customer_id", "identity": USER}, "new": gone}
    event = {"event_type": "user_identity_change", "data": data}
    await page(server, a_batch(event, source_request_id="change", mpid=mpid, user_identities={"customer_id": None}))


async def alias(server: Server, mpid: str) -> None:
    evil = await whose(server, "identify", device_application_stamp="evil")
    for source, to in ((mpid, evil), (evil, mpid)):
        data = {"source_mpid": source, "destination_mpid": to, "start_unixtime_ms": 1, "end_unixtime_ms": NOW}
        body = {"request_id": source, "request_type": "alias", "data": data}
        assert (await server.ask("POST", f"/v1/identity/{WEB}/Alias", {}, body)).status == 202


async def by_segment(server: Server, mpid: str) -> None:
    traits = {"email": MAIL}
    for n, (kind, more) in enumerate((
        ("identify", {"userId": "evil", "anonymousId": "evil", "traits": traits}),
        ("identify", {"userId": USER, "anonymousId": "evil"}),
        ("alias", {"userId": "evil", "previousId": USER}),
        ("alias", {"userId": USER, "previousId": "evil"}),
        ("group", {"groupId": "g", "userId": USER, "anonymousId": "evil"}),
        ("identify", {"userId": "evil", "context": {"externalIds": [{"type": "mpid", "id": mpid}]}}),
    )):  # fmt: skip
        body = {"writeKey": WEB, "messageId": f"seg-{n}", **more}
        assert (await server.ask("POST", f"/v1/{kind}", {}, body)).status == 200


async def flood(server: Server, mpid: str) -> None:
    for n in range(40):
        await whose(server, "identify", customerid=USER, email=MAIL, device_application_stamp=f"evil{n}")


ATTACKS: tuple[Callable[[Server, str], Awaitable[None]], ...] = (
    erase_the_customer, erase_every_name, replace_then_erase, replace_the_device, take_from_another, log_in_over_it,
    log_in_by_mail, log_out, send_as_them, change_in_a_batch, alias, by_segment, flood,
)  # fmt: skip


async def known_victim(server: Server) -> None:
    """Logged in on her device; refused with proof of her customer id."""
    await whose(server, "login", customerid=USER, email=MAIL, device_application_stamp=DEVICE)
    await prove_no(server, USER)


async def anonymous_victim(server: Server) -> None:
    """Never logged in; refused with proof of her e-mail address."""
    await whose(server, "identify", email=MAIL, device_application_stamp=DEVICE)
    await prove_no(server, MAIL)


async def claiming_victim(server: Server) -> None:
    """Logged in on her device; refused without proof."""
    await whose(server, "login", customerid=USER, email=MAIL, device_application_stamp=DEVICE)
    await claim(server, False, mp_deviceid=DEVICE, user_identities={"customer_id": USER, "email": MAIL})


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("victim", [known_victim, anonymous_victim, claiming_victim], ids=lambda one: one.__name__)
@pytest.mark.parametrize("strategy", list(Strategy))
async def test_what_was_refused_before_a_stranger_came_is_refused_afterwards(
    strategy: Strategy,
    victim: Callable[[Server], Awaitable[None]],
    attack: Callable[[Server, str], Awaitable[None]],
) -> None:
    server, twin = await a_server(strategy), await a_server(strategy)
    for each in (server, twin):
        await victim(each)
        each.clock.wait(10)
    await attack(server, await whose(server, "identify", email=MAIL))
    for names in LOOKS:
        for each in (server, twin):
            each.clock.wait(10)
            await claim(each, True, NOW - 500, **names)
    for names in LOOKS:
        before, after = await allowed(twin, **names), await allowed(server, **names)
        assert before or not after, (names, attack.__name__)
    for each in (server, twin):
        await each.node.close()


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_the_victim_of_the_report_stays_findable_and_refused(strategy: Strategy) -> None:
    server = await a_server(strategy)
    await known_victim(server)
    assert not await allowed(server, user_identities={"email": MAIL, "customer_id": USER})
    mpid = await whose(server, "identify", customerid=USER)
    for names in ({"customerid": None}, {"customerid": "evil"}, {"email": None}, {"device_application_stamp": None}):
        assert (await rename(server, mpid, **names)).json["change_results"] == []
    assert await whose(server, "search", customerid=USER) == mpid
    await claim(server, True, user_identities={"email": MAIL, "customer_id": USER}, mp_deviceid=DEVICE)
    assert not await allowed(server, user_identities={"email": MAIL, "customer_id": USER})
    assert not await allowed(server, user_identities={"customer_id": USER})
    await server.node.close()


async def test_a_public_key_adds_names() -> None:
    server = await a_server(Strategy.CONVERSION)
    mpid = await whose(server, "identify", device_application_stamp=DEVICE)
    added = await rename(server, mpid, email=MAIL)
    assert added.json["change_results"] == [{"identity_type": "email", "modified_mpid": mpid}]
    assert await whose(server, "search", email=MAIL) == mpid
    assert (await rename(server, mpid, email="other@shop.example")).json["change_results"] == []
    assert (await rename(server, mpid, customerid="K")).json["change_results"] == []
    await server.node.close()


@pytest.mark.parametrize("strategy", [one for one in Strategy if one is not Strategy.MERGE])
@pytest.mark.parametrize("names", [{"email": "new@shop.example"}, {"email": None}])
async def test_a_server_moves_a_name_and_the_refusal_made_under_it_stays(
    strategy: Strategy, names: dict[str, str | None]
) -> None:
    server = await a_server(strategy)
    mpid = await whose(server, "login", customerid=USER, email=MAIL)
    await prove_no(server, MAIL)
    await claim(server, True, user_identities={"customer_id": USER})
    assert not await allowed(server, user_identities={"customer_id": USER})
    changed = await rename(server, mpid, BASIC, **names)
    assert changed.json["change_results"] == [{"identity_type": "email", "modified_mpid": mpid}]
    assert (await call(server, "search", KEY, email=MAIL)).status == 404
    assert not await allowed(server, user_identities={"customer_id": USER})
    await say_yes(server, USER)
    assert await allowed(server, user_identities={"customer_id": USER})
    await server.node.close()


async def say_yes(server: Server, user: str) -> None:
    """The user agrees at a banner, later, and with proof."""
    await say_proven(server.node.context, WEB, user, answer(server, PurposeStatus.ACTIVE, NOW - 1))


async def test_a_claimed_no_is_taken_back_by_its_own_device_alone() -> None:
    server = await a_server(Strategy.ISOLATION)
    names = {"user_identities": {"customer_id": USER}}
    await whose(server, "login", customerid=USER, device_application_stamp=DEVICE)
    await claim(server, False, NOW - 900, mp_deviceid=DEVICE, **names)
    await claim(server, True, NOW - 800, mp_deviceid="other", **names)
    await claim(server, True, NOW - 800, **names)
    assert not await allowed(server, **names)
    await claim(server, True, NOW - 700, mp_deviceid=DEVICE, **names)
    assert await allowed(server, **names)
    await server.node.close()


async def test_a_server_takes_back_what_was_said_without_a_device() -> None:
    server = await a_server(Strategy.CONVERSION)
    names = {"user_identities": {"customer_id": USER}}
    await claim(server, False, NOW - 900, **names)
    await claim(server, True, NOW - 800, **names)
    assert not await allowed(server, **names)
    await send(
        server, a_batch(custom("S"), source_request_id="s", consent_state=agreed(NOW - 700, marketing=True), **names)
    )
    assert await allowed(server, **names)
    await server.node.close()
