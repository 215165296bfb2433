"""What is dropped at the door, and under which code (segment.md §1.6)."""

import msgspec
import pytest

from placet.events.event import EventKind
from placet.events.ingest.validate import CONSENT_UPDATED, DropCode, check, check_batch

U = {"userId": "u"}


def consent(**context):
    return {**U, "event": CONSENT_UPDATED, "context": context}


CASES = [
    (EventKind.PAGE, {}, DropCode.NO_USER_ANON_ID),
    (EventKind.PAGE, {"userId": None, "anonymousId": None}, DropCode.NO_USER_ANON_ID),
    (EventKind.PAGE, {"userId": None, "anonymousId": "a"}, None),
    (EventKind.PAGE, {"userId": 42}, None),
    (EventKind.PAGE, {"userId": ""}, DropCode.ID_NOT_STRING),
    (EventKind.PAGE, {"userId": "u", "anonymousId": ""}, DropCode.ID_NOT_STRING),
    (EventKind.PAGE, {"userId": ["u"]}, DropCode.ID_NOT_STRING),
    (EventKind.PAGE, {"userId": True}, DropCode.ID_NOT_STRING),
    (EventKind.ALIAS, {"previousId": "a", "userId": "u"}, None),
    (EventKind.ALIAS, {"userId": "u"}, DropCode.ID_REQUIRED),
    (EventKind.ALIAS, {"anonymousId": "a", "previousId": "p"}, DropCode.ID_REQUIRED),
    (EventKind.TRACK, U, DropCode.EVENT_NOT_DEFINED),
    (EventKind.TRACK, {**U, "event": ""}, DropCode.EVENT_NOT_DEFINED),
    (EventKind.TRACK, {**U, "event": 5}, DropCode.EVENT_NOT_STRING),
    (EventKind.TRACK, {**U, "event": "A"}, None),
    (EventKind.TRACK, {**U, "event": "A", "properties": []}, DropCode.PROPERTIES_NOT_OBJECT),
    (EventKind.TRACK, {**U, "event": "A", "properties": None}, None),
    (EventKind.TRACK, {**U, "event": "A", "properties": {"a": 1}}, None),
    (EventKind.IDENTIFY, {**U, "traits": "x"}, DropCode.TRAITS_NOT_OBJECT),
    (EventKind.IDENTIFY, {**U, "traits": {}}, None),
    (EventKind.PAGE, {**U, "name": ""}, DropCode.NAME_NOT_STRING),
    (EventKind.SCREEN, {**U, "name": 5}, DropCode.NAME_NOT_STRING),
    (EventKind.PAGE, {**U, "name": None, "category": "c"}, None),
    (EventKind.PAGE, {**U, "category": []}, DropCode.CATEGORY_NOT_STRING),
    (EventKind.TRACK, {**U, "event": "A", "name": 5}, None),
    (EventKind.TRACK, consent(), DropCode.PREFERENCES_MISSING),
    (EventKind.TRACK, consent(consent={}), DropCode.PREFERENCES_MISSING),
    (EventKind.TRACK, consent(consent={"categoryPreferences": []}), DropCode.PREFERENCES_NOT_OBJECT),
    (EventKind.TRACK, consent(consent={"categoryPreferences": {"a": "true"}}), DropCode.PREFERENCES_NOT_BOOL),
    (
        EventKind.TRACK,
        consent(consent={"categoryPreferences": {"a": True}, "version": "2"}),
        DropCode.VERSION_NOT_NUMBER,
    ),
    (EventKind.TRACK, consent(consent={"categoryPreferences": {"a": True}, "version": 2}), None),
    (
        EventKind.TRACK,
        consent(consent={"categoryPreferences": {}}, device={"advertisingId": 5}),
        DropCode.ADVERTISING_ID_NOT_STRING,
    ),
    (EventKind.TRACK, {**consent(consent=5), "event": "Other"}, None),
    (EventKind.PAGE, consent(consent=5), None),
]


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("kind", "fields", "code"), CASES)
def test_an_event_is_taken_in_or_dropped_under_its_code(kind, fields, code, raw):
    encoded = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()}
    assert check(kind, encoded if raw else fields) == code


def test_somebody_may_be_named_by_other_means():
    assert check(EventKind.PAGE, {}, named=True) is None
    assert check(EventKind.PAGE, {"userId": ""}, named=True) is DropCode.ID_NOT_STRING


def test_what_is_not_json_is_dropped():
    assert check(EventKind.PAGE, {"userId": msgspec.Raw(b"{")}) is DropCode.UNREADABLE


@pytest.mark.parametrize(
    ("items", "dropped", "code"),
    [
        (0, 0, DropCode.EMPTY_BATCH),
        (2, 2, DropCode.EMPTY_BATCH_RESULT),
        (2, 1, DropCode.MULTI_USER_ERROR),
        (2, 0, None),
    ],
)
def test_a_batch_has_a_code_of_its_own(items, dropped, code):
    assert check_batch(items, dropped) == code
