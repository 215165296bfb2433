"""Which parts of an event are names (segment.md §7.3)."""

import pytest

from placet.events.event import Identity
from placet.events.fields import EventFields
from placet.events.identity.extract import promote

PHONE = {"id": "d", "token": "t", "advertisingId": "i", "adTrackingEnabled": True}
QUIET = {**PHONE, "adTrackingEnabled": False}


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"userId": "u", "anonymousId": "a", "groupId": "g"}, ["user_id=u", "anonymous_id=a", "group_id=g"]),
        ({"userId": 42, "anonymousId": None}, ["user_id=42"]),
        ({"userId": 42.0}, ["user_id=42"]),
        ({"userId": True, "anonymousId": ["a"]}, []),
        ({"traits": {"email": "e"}}, ["email=e"]),
        ({"context": {"traits": {"email": " e "}}}, ["email=e"]),
        ({"context": {"integrations": {"Google Analytics": {"clientId": "c"}}}}, ["ga_client_id=c"]),
        ({"context": {"device": {**PHONE, "type": "iOS"}}}, ["ios.id=d", "ios.push_token=t", "ios.idfa=i"]),
        (
            {"context": {"device": {**PHONE, "type": "android", "adTrackingEnabled": False}}},
            ["android.id=d", "android.push_token=t"],
        ),
        ({"context": {"device": {**PHONE, "type": "toaster"}}}, []),
        ({"context": {"externalIds": [{"id": "x", "type": "crm", "collection": "users"}]}}, ["crm=x"]),
        ({"context": {"externalIds": [{"id": "x", "type": "crm", "collection": "accounts"}, 5, {"id": "y"}]}}, []),
        ({"context": "?", "traits": 5}, []),
    ],
)
def test_names_in_an_event(document, names):
    assert promote(EventFields(document)) == tuple(Identity(*name.split("=")) for name in names)
