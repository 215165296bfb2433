"""An `Idempotency-Key` belongs to one person's one choice."""

from typing import Any

import pytest

from tests.api.cmp.device import API, Device, confirm, problem
from tests.api.cmp.test_us_signals import american
from tests.api.node_context import Answer, Server, token

ALLOW, REJECT = {"interactionType": "BANNER_ALLOW_ALL"}, {"interactionType": "BANNER_REJECT_ALL"}


def person(server: Server, who: str) -> Device:
    """A device of a known person."""
    return Device(server, who=who, proof=token(who))


async def save(device: Device, body: dict[str, Any], key: str = "k", **more: str) -> Answer:
    """POST a choice under a key."""
    headers = device.headers(**more) | ({"Idempotency-Key": key} if key else {})
    return await device.server.ask("POST", f"{API}/save-log-consent", headers, body)


async def ads(server: Server, who: str) -> int:
    """Is advertising on for this person, on a new device?"""
    device = person(server, who)
    await device.look()
    return int(device.keys["OT_GroupConsents"]["C0004"])


def refused(answer: Answer) -> bool:
    """Was the key refused, with an error that names the cure?"""
    return (
        problem(answer) == (422, "ERROR_CODE_INVALID_REQUEST_BODY") and "new key" in answer.json["errors"][0]["message"]
    )


async def test_a_key_of_another_person_swallows_no_refusal(server: Server) -> None:
    await save(person(server, "b"), ALLOW, "earlier")
    server.clock.wait(1000)
    await save(person(server, "a"), ALLOW)
    assert refused(await save(person(server, "b"), REJECT))
    assert (await save(person(server, "b"), REJECT, "fresh")).status == 200
    assert (await ads(server, "a"), await ads(server, "b")) == (1, 0)


async def test_a_key_of_another_person_with_the_same_body_is_refused_too(server: Server) -> None:
    await save(person(server, "a"), REJECT)
    assert refused(await save(person(server, "b"), REJECT))


async def test_another_choice_of_the_same_person_under_a_used_key_is_refused(server: Server) -> None:
    await save(person(server, "a"), ALLOW)
    server.clock.wait(1000)
    assert refused(await save(person(server, "a"), REJECT))


async def test_the_same_request_again_is_answered_alike(server: Server) -> None:
    first, again = await save(person(server, "a"), ALLOW), await save(person(server, "a"), ALLOW)
    assert (first.status, again.status) == (200, 200)
    assert first.json["receipt"] == again.json["receipt"]


async def test_a_signal_that_comes_with_a_used_key_is_heard(server: Server) -> None:
    body = {"interactionType": "PREFERENCE_CENTER_CONFIRM", "consent": confirm(C0002=True)}
    reader = american(server, who="a", proof=token("a"))
    await save(reader, ALLOW, "earlier")
    server.clock.wait(1000)
    await save(reader, body)
    server.clock.wait(1000)
    assert (await save(reader, body, Sec_GPC="1")).status == 200
    server.clock.wait(1000)
    await reader.look()
    assert reader.keys["OT_GroupConsents"]["C0004"] == 0


async def test_the_same_bytes_after_another_choice_are_a_new_refusal(server: Server) -> None:
    device = person(server, "a")
    await device.look()
    for body in (REJECT, ALLOW, REJECT):
        server.clock.wait(1000)
        assert (await save(device, body, key="")).status == 200
    assert await ads(server, "a") == 0


async def test_a_repeated_grant_after_a_refusal_grants_nothing(server: Server) -> None:
    device = person(server, "a")
    await device.look()
    for body in (ALLOW, REJECT, ALLOW):
        server.clock.wait(1000)
        assert (await save(device, body, key="")).status == 200
    assert await ads(server, "a") == 0


@pytest.mark.parametrize("email, purposes", [("other@example.com", ["C0004"]), ("sam@example.com", ["C0005"])])
async def test_an_opt_out_for_another_address_or_category_is_refused(
    server: Server, email: str, purposes: list[str]
) -> None:
    device = Device(server, "outfitter/shop-web", country="US", region="CA", memory="")
    first = await device.send_form("sam@example.com", "C0004", Idempotency_Key="k")
    assert first.status == 201
    assert refused(await device.send_form(email, *purposes, Idempotency_Key="k"))


async def test_devices_without_an_identifier_share_no_receipt(server: Server) -> None:
    answers = [await save(Device(server, memory=""), REJECT, "k") for _ in range(2)]
    assert [one.status for one in answers] == [200, 200]
    assert answers[0].json["receipt"] != answers[1].json["receipt"]
    assert len(server.node.context.stores.ledger.rows) == 2


async def test_a_device_without_an_identifier_refuses_under_a_key_that_another_agreed_with(server: Server) -> None:
    await save(Device(server, memory=""), ALLOW, "k")
    assert (await save(Device(server, memory=""), REJECT, "k")).status == 200
