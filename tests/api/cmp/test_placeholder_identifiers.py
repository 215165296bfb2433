"""A placeholder as an identifier is no identifier, at every door of the CMP dialect."""

import pytest

from tests.api.cmp.device import Device, confirm
from tests.api.cmp.test_profiles import read
from tests.api.cmp.test_receipts import documented, post
from tests.api.node_context import Server, token

PLACEHOLDERS = ("undefined", "NULL", "[object Object]", "00000000-0000-0000-0000-000000000000", "0", "n/a", "none")


@pytest.mark.parametrize("who", PLACEHOLDERS)
async def test_two_devices_with_a_placeholder_are_two_people(server: Server, who: str) -> None:
    one, other = Device(server, who=who, proof=token(who)), Device(server, who=who, proof=token(who))
    await one.press("PREFERENCE_CENTER_CONFIRM", confirm(C0002=True))
    await other.look()
    assert one.keys["OT_Identifier"] != other.keys["OT_Identifier"]
    assert who not in (one.keys["OT_Identifier"], other.keys["OT_Identifier"])
    assert server.node.context.stores.profiles.rows == {}


@pytest.mark.parametrize("who", PLACEHOLDERS)
async def test_a_token_about_a_placeholder_proves_nothing(server: Server, who: str) -> None:
    assert (await read(server, who=who)).status == 401


@pytest.mark.parametrize("who", PLACEHOLDERS)
async def test_a_receipt_of_a_placeholder_is_refused(server: Server, who: str) -> None:
    answer = await post(server, documented(server, identifier=who), Authorization=token(who))
    assert answer.status == 400
    assert b"identifier is required" in answer.body
