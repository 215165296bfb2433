"""Each sort of mParticle's events becomes ours, with its consent, its names and its attributes (mparticle.md §1.4)."""

import asyncio
import json
from itertools import count
from typing import Any

import pytest

from placet.api.mparticle.batches import BatchContext, BatchEvents, read_batch
from placet.api.mparticle.names import user_names
from placet.events.event import Event, EventKind, Identity
from placet.events.fields import EventFields
from placet.events.ingest.validate import DropCode, check
from placet.events.policy.consent_state import read_state
from placet.events.policy.purposes import PurposeMapping
from placet.events.records.batch_codec import document_of
from tests.api.mparticle.sample_shop import NOW, a_batch, agreed, custom, opted_out

MAPPING = PurposeMapping({"C0002": "Analytics", "C0004": "Marketing"})


def arrival() -> BatchContext:
    ids = count()
    return BatchContext(NOW, lambda: f"new-{next(ids)}")


def arrived(batch: Any) -> BatchEvents:
    return asyncio.run(read_batch(json.dumps(batch).encode(), arrival()))


def one(event: dict[str, Any], **more: Any) -> Event:
    (found,) = arrived(a_batch(event, **more)).events
    return found


CASES = [
    ("custom_event", {"event_name": "A", "custom_event_type": "navigation"}, EventKind.TRACK, "A", "navigation"),
    ("custom_event", {"event_name": "A"}, EventKind.TRACK, "A", "unknown"),
    ("screen_view", {"screen_name": "Home"}, EventKind.SCREEN, "Home", "screen_view"),
    ("commerce_event", {"product_action": {"action": "purchase"}}, EventKind.TRACK, "purchase", "commerce_event"),
    ("commerce_event", {"promotion_action": {"action": "view"}}, EventKind.TRACK, "promotion_view", "commerce_event"),
    ("commerce_event", {"product_impressions": [{}]}, EventKind.TRACK, "impression", "commerce_event"),
    ("commerce_event", {}, EventKind.TRACK, "unknown", "commerce_event"),
    ("user_attribute_change", {"user_attribute_name": "plan"}, EventKind.IDENTIFY, "", "user_attribute_change"),
    ("user_identity_change", {"new": {}, "old": {}}, EventKind.IDENTIFY, "", "user_identity_change"),
    *(
        (type, {}, EventKind.TRACK, type, type)
        for type in "session_start session_end application_state_transition opt_out profile push_registration "
        "push_message push_reaction crash_report breadcrumb network_performance first_run pre_attribution uninstall "
        "validation_result a_type_of_tomorrow".split()
    ),
]


@pytest.mark.parametrize("type, data, kind, name, genre", CASES)
def test_every_sort_of_event_has_its_place(type: str, data: Any, kind: EventKind, name: str, genre: str) -> None:
    event = one({"event_type": type, "data": data})
    assert (event.kind, event.name, event.genre) == (kind, name, genre)
    assert check(event.kind, event.fields, named=True) is None
    document = document_of(event)
    assert (document["type"], document["event_type"]) == (kind.value, type)


def test_what_an_event_says_stands_once() -> None:
    event = one(custom("A", custom_attributes={"plan": "gold"}, session_uuid="s", location={"latitude": 1}))
    document = document_of(event)
    assert document["properties"] == {"plan": "gold"}
    assert document["data"] == {"custom_event_type": "navigation", "session_uuid": "s", "location": {"latitude": 1}}
    assert document["event"] == "A"
    assert document["userId"] == "C-1042"


def test_what_a_batch_says_is_said_of_each_event_but_never_the_client_s_address() -> None:
    said = {"user_attributes": {"plan": "gold"}, "ip": "203.0.113.9", "api_key": "k", "job_id": "j"}
    said |= {"context": {"data_plan": {"plan_id": "shop"}}, "device_info": {"platform": "web"}, "mpid": 11}
    first, second = (document_of(event) for event in arrived(a_batch(custom(), custom(), **said)).events)
    assert first["user_attributes"] == second["user_attributes"] == {"plan": "gold"}
    assert first["context"] == {"data_plan": {"plan_id": "shop"}}
    assert first["mpid"] == "11"
    assert not {"ip", "api_key", "job_id"} & first.keys()


@pytest.mark.parametrize("said", [
    {"user_identities": None, "custom_attributes": None, "consent_state": None, "user_attributes": None},
    {"unknown_key": [1, {"a": None}], "integrations": {"All": False}, "type": "identify"},
])  # fmt: skip
def test_nulls_are_absent_and_unknown_keys_harmless(said: Any) -> None:
    event = one(custom("A", custom_attributes=None, location=None), mpid="11", **({"user_identities": {}} | said))
    assert (event.kind, event.name) == (EventKind.TRACK, "A")
    assert not {"consent_state", "user_attributes", "integrations", "properties"} & event.fields.keys()


@pytest.mark.parametrize("said, at, said_at", [
    (NOW - 5000, NOW - 5000, NOW - 5000),
    (NOW + 60_000, NOW, NOW + 60_000),
    (0, 0, 0),
    (-1, NOW, None),
    (10**18, NOW, None),
    ("yesterday", NOW, None),
    (True, NOW, None),
    (None, NOW, None),
])  # fmt: skip
def test_a_clock_that_runs_ahead_is_not_believed(said: Any, at: int, said_at: int | None) -> None:
    event = one(custom(timestamp_unixtime_ms=said))
    assert (event.at, event.said_at, event.received) == (at, said_at, NOW)


def test_a_long_name_is_cut() -> None:
    assert one(custom("x" * 300)).name == "x" * 256


@pytest.mark.parametrize("said, names", [
    ({"customerid": "C", "email": "a@x.example"}, {"customer_id": "C", "email": "a@x.example"}),
    ({"customer_id": 42, "other2": "o", "other_id_3": "p"},
     {"customer_id": "42", "other_id_2": "o", "other_id_3": "p"}),
    ({"email": None, "facebook": "", "google": ["g"]}, {}),
    ([{"identity_type": "email", "identity": "a@x.example"}], {"email": "a@x.example"}),
    ([{"n": 7, "i": "a@x.example"}, {"n": 1, "i": "C"}, {"n": 10, "i": "o"}, {"n": 99, "i": "?"}],
     {"email": "a@x.example", "customer_id": "C", "other_id_2": "o"}),
    ([{"n": 19, "i": "+49"}, 5, {"n": True, "i": "x"}], {"mobile_number": "+49"}),
    ("nonsense", {}),
])  # fmt: skip
def test_names_are_understood_in_any_spelling(said: Any, names: dict[str, str]) -> None:
    assert user_names(said) == names


def test_a_batch_names_its_person_and_their_devices() -> None:
    device = {"ios_idfv": "v", "android_advertising_id": "g", "limit_ad_tracking": True}
    names = {"customerid": "C", "email": "a@x.example"}
    event = one(custom(), user_identities=names, mpid="-22", mp_deviceid="das-1", device_info=device)
    assert set(event.identities) == {
        Identity("customer_id", "C"),
        Identity("email", "a@x.example"),
        Identity("mpid", "-22"),
        Identity("device_application_stamp", "das-1"),
        Identity("ios_idfv", "v"),
    }
    document = document_of(event)
    assert (document["userId"], document["anonymousId"]) == ("C", "das-1")
    assert document["user_identities"] == {"customer_id": "C", "email": "a@x.example"}


def test_an_advertising_id_names_a_device_whose_owner_lets_it() -> None:
    event = one(custom(), device_info={"android_advertising_id": "g", "limit_ad_tracking": False})
    assert Identity("android_aaid", "g") in event.identities


def masks(event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
    yes, no = read_state(EventFields(event.fields), event.at, MAPPING).masks
    return MAPPING.names(yes), MAPPING.names(no)


@pytest.mark.parametrize("state, yes, no", [
    (agreed(marketing=True, analytics=False), ("marketing",), ("analytics",)),
    (agreed(**{" Marketing ": True}), ("marketing",), ()),
    (opted_out(True), (), ("sale",)),
    (opted_out(False), ("sale",), ()),
    (agreed(marketing=True) | opted_out(True), ("marketing",), ("sale",)),
    ({"gdpr": {"marketing": None}, "ccpa": None}, (), ()),
    ({"gdpr": "yes"}, (), ("analytics", "marketing")),
    ("nonsense", (), ("analytics", "marketing", "sale")),
])  # fmt: skip
def test_a_consent_state_speaks_for_purposes(state: Any, yes: Any, no: Any) -> None:
    assert masks(one(custom(), consent_state=state)) == (yes, no)


@pytest.mark.parametrize("said, refused", [(True, 3), ("true", 3), (False, 0)])
def test_opting_out_refuses_everything_and_opting_in_again_grants_nothing(said: Any, refused: int) -> None:
    yes, no = masks(one({"event_type": "opt_out", "data": {"is_opted_out": said}}))
    assert (len(yes), len(no)) == (0, refused)


@pytest.mark.parametrize("more, kept", [
    ({"consent_state": agreed(marketing=True)}, 1),
    ({"user_attributes": {"plan": "gold"}}, 1),
    ({}, 1),
    ({"user_identities": {}, "mpid": "11"}, 0),
])  # fmt: skip
@pytest.mark.parametrize("events", [{"events": []}, {"events": None}])
def test_a_batch_without_events_describes_its_person(events: Any, more: Any, kept: int) -> None:
    found = arrived(a_batch(**(events | more))).events if events else ()
    assert [(event.id, event.kind) for event in found] == [("b-1", EventKind.IDENTIFY)] * kept


@pytest.mark.parametrize("event, code", [
    ("text", DropCode.UNREADABLE),
    ({}, DropCode.UNREADABLE),
    ({"event_type": 7, "data": {}}, DropCode.UNREADABLE),
    ({"event_type": "custom_event", "data": []}, DropCode.UNREADABLE),
])  # fmt: skip
def test_an_event_that_is_none_is_refused_and_its_neighbours_are_kept(event: Any, code: DropCode) -> None:
    found = arrived(a_batch(event, custom("B")))
    assert [each.name for each in found.events] == ["B"]
    assert found.refused == (code,)


@pytest.mark.parametrize("event, code", [
    ({"event_type": "custom_event", "data": {}}, DropCode.EVENT_NOT_DEFINED),
    (custom("A", custom_attributes=[1]), DropCode.PROPERTIES_NOT_OBJECT),
])  # fmt: skip
def test_an_event_without_what_it_must_have_is_dropped(event: Any, code: DropCode) -> None:
    found = one(event)
    assert check(found.kind, found.fields, named=True) is code
