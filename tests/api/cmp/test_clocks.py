"""Two nodes whose clocks differ, or one clock that was wrong once: the choice that was made last holds."""

import pytest

from tests.api.cmp.device import Device, confirm
from tests.api.cmp.iab_device import Reader
from tests.api.node_context import Server, token

WHO = "sam-7"
DAY = 86_400_000


def a_device(server: Server) -> Device:
    """A device of one known person."""
    return Device(server, who=WHO, proof=token(WHO))


def ads(device: Device) -> int:
    """Is advertising on?"""
    return int(device.keys["OT_GroupConsents"]["C0004"])


@pytest.mark.parametrize("ahead", [5_000, 600_000, DAY])
async def test_a_refusal_beats_a_grant_that_was_stamped_ahead(server: Server, ahead: int) -> None:
    server.clock.at += ahead
    phone = a_device(server)
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.at -= ahead - 1000
    laptop = a_device(server)
    await laptop.press("BANNER_REJECT_ALL")
    assert ads(laptop) == 0

    for later in (0, 1000, ahead, 2 * ahead):
        server.clock.at += later
        for each in (a_device(server), phone, laptop):
            await each.look()
            assert ads(each) == 0, later


@pytest.mark.parametrize("ahead", [5_000, DAY])
async def test_a_grant_beats_a_refusal_that_was_stamped_ahead(server: Server, ahead: int) -> None:
    server.clock.at += ahead
    await a_device(server).press("BANNER_REJECT_ALL")
    server.clock.at -= ahead - 1000
    await a_device(server).press("BANNER_ALLOW_ALL")

    server.clock.at += 2 * ahead
    fresh = a_device(server)
    await fresh.look()
    assert ads(fresh) == 1


@pytest.mark.parametrize("ahead", [5_000, DAY])
async def test_a_partial_refusal_beats_a_grant_that_was_stamped_ahead(server: Server, ahead: int) -> None:
    server.clock.at += ahead
    await a_device(server).press("BANNER_ALLOW_ALL")
    server.clock.at -= ahead - 1000
    await a_device(server).press("PREFERENCE_CENTER_CONFIRM", confirm(C0004=False))

    server.clock.at += 2 * ahead
    fresh = a_device(server)
    await fresh.look()
    assert (ads(fresh), fresh.keys["OT_GroupConsents"]["C0002"]) == (0, 1)


@pytest.mark.parametrize("ahead", [5_000, DAY])
async def test_an_anonymous_refusal_beats_a_grant_stamped_ahead_at_login(server: Server, ahead: int) -> None:
    server.clock.at += ahead
    await a_device(server).press("BANNER_ALLOW_ALL")
    server.clock.at -= ahead - 1000
    phone = Device(server)
    await phone.press("BANNER_REJECT_ALL")
    server.clock.wait(1000)
    await phone.log_in(WHO, token(WHO))
    assert ads(phone) == 0

    fresh = a_device(server)
    await fresh.look()
    assert ads(fresh) == 0


@pytest.mark.parametrize("ahead", [5_000, DAY])
async def test_an_anonymous_grant_stamped_ahead_does_not_beat_a_later_refusal_at_login(
    server: Server, ahead: int
) -> None:
    server.clock.at += ahead
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.at -= ahead - 1000
    await a_device(server).press("BANNER_REJECT_ALL")
    server.clock.wait(1000)
    await phone.log_in(WHO, token(WHO))
    assert ads(phone) == 0


@pytest.mark.parametrize("ahead", [5_000, DAY])
async def test_a_signal_beats_a_grant_that_was_stamped_ahead(server: Server, ahead: int) -> None:
    server.clock.at += ahead
    await Reader(server, country="US", region="CA", who=WHO, proof=token(WHO)).press("BANNER_ALLOW_ALL")
    server.clock.at -= ahead - 1000
    await Reader(server, country="US", region="CA", who=WHO, proof=token(WHO), gpc=True).look()

    server.clock.at += 2 * ahead
    fresh = Reader(server, country="US", region="CA", who=WHO, proof=token(WHO))
    await fresh.look()
    assert ads(fresh) == 0
