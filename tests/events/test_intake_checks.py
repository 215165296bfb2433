"""What is dropped at the door, and under which code (segment.md §1.6)."""

import msgspec
import pytest

from placet.events.event import Kind
from placet.events.intake_checks import CONSENT_UPDATED, Code, check, check_batch

U = {"userId": "u"}


def consent(**context):
    return {**U, "event": CONSENT_UPDATED, "context": context}


CASES = [
    (Kind.PAGE, {}, Code.NO_USER_ANON_ID),
    (Kind.PAGE, {"userId": None, "anonymousId": None}, Code.NO_USER_ANON_ID),
    (Kind.PAGE, {"userId": None, "anonymousId": "a"}, None),
    (Kind.PAGE, {"userId": 42}, None),
    (Kind.PAGE, {"userId": ""}, Code.ID_NOT_STRING),
    (Kind.PAGE, {"userId": "u", "anonymousId": ""}, Code.ID_NOT_STRING),
    (Kind.PAGE, {"userId": ["u"]}, Code.ID_NOT_STRING),
    (Kind.PAGE, {"userId": True}, Code.ID_NOT_STRING),
    (Kind.ALIAS, {"previousId": "a", "userId": "u"}, None),
    (Kind.ALIAS, {"userId": "u"}, Code.ID_REQUIRED),
    (Kind.ALIAS, {"anonymousId": "a", "previousId": "p"}, Code.ID_REQUIRED),
    (Kind.TRACK, U, Code.EVENT_NOT_DEFINED),
    (Kind.TRACK, {**U, "event": ""}, Code.EVENT_NOT_DEFINED),
    (Kind.TRACK, {**U, "event": 5}, Code.EVENT_NOT_STRING),
    (Kind.TRACK, {**U, "event": "A"}, None),
    (Kind.TRACK, {**U, "event": "A", "properties": []}, Code.PROPERTIES_NOT_OBJECT),
    (Kind.TRACK, {**U, "event": "A", "properties": None}, None),
    (Kind.TRACK, {**U, "event": "A", "properties": {"a": 1}}, None),
    (Kind.IDENTIFY, {**U, "traits": "x"}, Code.TRAITS_NOT_OBJECT),
    (Kind.IDENTIFY, {**U, "traits": {}}, None),
    (Kind.PAGE, {**U, "name": ""}, Code.NAME_NOT_STRING),
    (Kind.SCREEN, {**U, "name": 5}, Code.NAME_NOT_STRING),
    (Kind.PAGE, {**U, "name": None, "category": "c"}, None),
    (Kind.PAGE, {**U, "category": []}, Code.CATEGORY_NOT_STRING),
    (Kind.TRACK, {**U, "event": "A", "name": 5}, None),
    (Kind.TRACK, consent(), Code.PREFERENCES_MISSING),
    (Kind.TRACK, consent(consent={}), Code.PREFERENCES_MISSING),
    (Kind.TRACK, consent(consent={"categoryPreferences": []}), Code.PREFERENCES_NOT_OBJECT),
    (Kind.TRACK, consent(consent={"categoryPreferences": {"a": "true"}}), Code.PREFERENCES_NOT_BOOL),
    (Kind.TRACK, consent(consent={"categoryPreferences": {"a": True}, "version": "2"}), Code.VERSION_NOT_NUMBER),
    (Kind.TRACK, consent(consent={"categoryPreferences": {"a": True}, "version": 2}), None),
    (
        Kind.TRACK,
        consent(consent={"categoryPreferences": {}}, device={"advertisingId": 5}),
        Code.ADVERTISING_ID_NOT_STRING,
    ),
    (Kind.TRACK, {**consent(consent=5), "event": "Other"}, None),
    (Kind.PAGE, consent(consent=5), None),
]


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("kind", "fields", "code"), CASES)
def test_an_event_is_taken_in_or_dropped_under_its_code(kind, fields, code, raw):
    encoded = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()}
    assert check(kind, encoded if raw else fields) == code


def test_somebody_may_be_named_by_other_means():
    assert check(Kind.PAGE, {}, named=True) is None
    assert check(Kind.PAGE, {"userId": ""}, named=True) is Code.ID_NOT_STRING


def test_what_is_not_json_is_dropped():
    assert check(Kind.PAGE, {"userId": msgspec.Raw(b"{")}) is Code.UNREADABLE


@pytest.mark.parametrize(
    ("items", "dropped", "code"),
    [(0, 0, Code.EMPTY_BATCH), (2, 2, Code.EMPTY_BATCH_RESULT), (2, 1, Code.MULTI_USER_ERROR), (2, 0, None)],
)
def test_a_batch_has_a_code_of_its_own(items, dropped, code):
    assert check_batch(items, dropped) == code
