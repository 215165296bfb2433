"""A placeholder as a name is no name, in both dialects of events and in identity requests."""

from typing import Any

import pytest

from tests.api.mparticle.sample_shop import NOW, WEB, a_batch, agreed, custom, page, sent_to
from tests.api.mparticle.test_identity import call
from tests.api.node_context import Server

PLACEHOLDERS = (
    "undefined", "NULL", "[object Object]", "NaN", "none", "nil", "n/a", "\u200b", " \ufeff ", "anonymous",
    "00000000-0000-0000-0000-000000000000", "0",
)  # fmt: skip


@pytest.mark.parametrize("name", PLACEHOLDERS)
@pytest.mark.parametrize("place", [
    lambda name: {"user_identities": {"customer_id": name}},
    lambda name: {"user_identities": {"email": name, "other2": name}},
    lambda name: {"mp_deviceid": name},
    lambda name: {"mpid": name},
    lambda name: {"device_info": {"ios_advertising_id": name, "android_uuid": name, "push_token": name}},
])  # fmt: skip
async def test_strangers_with_the_same_placeholder_share_nothing(server: Server, name: str, place: Any) -> None:
    names = {"user_identities": None, **place(name)}
    state = agreed(NOW - 1000, marketing=True)
    await page(server, a_batch(custom("Said"), source_request_id="1", consent_state=state, **names))
    await page(server, a_batch(custom("Stranger"), source_request_id="2", **names))
    assert "Stranger" not in sent_to(server, "to-ads")
    assert server.node.context.stores.identities.persons == {}


@pytest.mark.parametrize("name", PLACEHOLDERS)
async def test_nobody_is_identified_by_a_placeholder(server: Server, name: str) -> None:
    for path in ("identify", "login", "logout", "search"):
        assert (await call(server, path, customerid=name, device_application_stamp=name)).status == 400


@pytest.mark.parametrize("name", PLACEHOLDERS)
@pytest.mark.parametrize("place", [
    lambda name: {"userId": name},
    lambda name: {"anonymousId": name},
    lambda name: {"userId": name, "traits": {"email": name}},
    lambda name: {"userId": name, "context": {"externalIds": [{"type": "crm", "id": name}]}},
    lambda name: {
        "userId": name,
        "context": {"device": {"type": "ios", "adTrackingEnabled": True, "id": name, "advertisingId": name}},
    },
])  # fmt: skip
async def test_nor_in_segment_s_dialect(server: Server, name: str, place: Any) -> None:
    told = {"type": "track", "event": "Segment Consent Preference Updated", "messageId": "1", **place(name)}
    told["context"] = {**told.get("context", {}), "consent": {"categoryPreferences": {"C0001": True}}}
    batch = {"writeKey": WEB, "batch": [told, {"type": "track", "event": "A", "messageId": "2", **place(name)}]}
    assert (await server.ask("POST", "/v1/batch", {}, batch)).status == 200
    assert server.node.context.stores.identities.persons == {}
    assert server.node.context.stores.profiles.rows == {}
