"""What an event must be to be taken in; what is not is dropped with one of these codes (segment.md §1.6).

A client is answered 200 all the same. Other events than the one below are never dropped for their consent.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Raw

from placet.events.event import EventKind
from placet.events.fields import EventFields

CONSENT_UPDATED: Final = "Segment Consent Preference Updated"
"""The reserved event that tells of a choice (segment.md §4.2)."""


class DropCode(StrEnum):
    """Why an event or a batch was dropped."""

    NO_USER_ANON_ID = "no_user_anon_id"
    ID_REQUIRED = "id_required"
    ID_NOT_STRING = "id_not_string"
    EVENT_NOT_DEFINED = "event_not_defined"
    EVENT_NOT_STRING = "event_not_string"
    PROPERTIES_NOT_OBJECT = "properties_not_object"
    TRAITS_NOT_OBJECT = "traits_not_object"
    NAME_NOT_STRING = "name_not_string"
    CATEGORY_NOT_STRING = "category_not_string"
    EMPTY_BATCH = "empty_batch"
    EMPTY_BATCH_RESULT = "empty_batch_result"
    MULTI_USER_ERROR = "multi_user_error"
    SOURCE_DISABLED = "source_disabled"
    UNKNOWN_SOURCE = "unknown_source"
    PREFERENCES_MISSING = "consent_categorypreferences_should_exist"
    PREFERENCES_NOT_OBJECT = "consent_categorypreferences_fields_should_be_object"
    PREFERENCES_NOT_BOOL = "consent_categorypreferences_fields_should_be_bool"
    VERSION_NOT_NUMBER = "consent_version_should_be_number"
    ADVERTISING_ID_NOT_STRING = "device_advertisingid_should_be_string"
    BATCH_TOO_LARGE = "batch_too_large"
    UNREADABLE = "invalid_request"
    NOT_HISTORY = "not_historical"
    STOPPED = "stopped_by_plugin"
    """One of ours: a plugin held it back (see docs/how-to/plugins.md)."""


def check(kind: EventKind, fields: Mapping[str, Any], named: bool = False) -> DropCode | None:
    """Why an event with these fields cannot be taken in; None when it can.

    `named`: somebody is named by other means than `userId` and `anonymousId`.
    """
    facts = EventFields(fields)
    try:
        for wrong in (wrong_ids, wrong_event, wrong_parts, wrong_consent):
            code = wrong(kind, facts)
            if code and not (named and code is DropCode.NO_USER_ANON_ID):
                return code
    except (ValueError, RecursionError):
        return DropCode.UNREADABLE
    return None


def check_batch(items: int, dropped: int) -> DropCode | None:
    """What to say about a batch as a whole."""
    if items == 0:
        return DropCode.EMPTY_BATCH
    if dropped == items:
        return DropCode.EMPTY_BATCH_RESULT
    return DropCode.MULTI_USER_ERROR if dropped else None


def wrong_ids(kind: EventKind, facts: EventFields) -> DropCode | None:
    """Somebody must be named, by texts or numbers that are not empty. Null counts as absent."""
    names = ("previousId", "userId") if kind is EventKind.ALIAS else ("userId", "anonymousId")
    ids = [one for name in names if (one := facts[name]) is not None]
    if not all(map(is_id, ids)):
        return DropCode.ID_NOT_STRING
    if kind is EventKind.ALIAS:
        return None if len(ids) == 2 else DropCode.ID_REQUIRED
    return None if ids else DropCode.NO_USER_ANON_ID


def is_id(value: Any) -> bool:
    """A text that is not empty, or a number, which is taken for its text."""
    if isinstance(value, str):
        return value != ""
    return isinstance(value, int | float) and not isinstance(value, bool)


def wrong_event(kind: EventKind, facts: EventFields) -> DropCode | None:
    """A tracked event has a name."""
    if kind is not EventKind.TRACK:
        return None
    name = facts["event"]
    if name is None or name == "":
        return DropCode.EVENT_NOT_DEFINED
    return None if isinstance(name, str) else DropCode.EVENT_NOT_STRING


def wrong_parts(kind: EventKind, facts: EventFields) -> DropCode | None:
    """Properties and traits are objects, names of pages are texts that are not empty."""
    if not is_object(facts.fields.get("properties")):
        return DropCode.PROPERTIES_NOT_OBJECT
    if not is_object(facts.fields.get("traits")):
        return DropCode.TRAITS_NOT_OBJECT
    if kind not in (EventKind.PAGE, EventKind.SCREEN):
        return None
    for field, code in (("name", DropCode.NAME_NOT_STRING), ("category", DropCode.CATEGORY_NOT_STRING)):
        value = facts[field]
        if value is not None and (not isinstance(value, str) or not value):
            return code
    return None


def is_object(value: Any) -> bool:
    """Absent, null or an object; raw JSON is judged by its first character, without reading it."""
    if isinstance(value, Raw):
        return bytes(memoryview(value)[:1]) in (b"{", b"n")
    return value is None or isinstance(value, dict)


def wrong_consent(kind: EventKind, facts: EventFields) -> DropCode | None:
    """The one event that tells of a choice must tell it properly."""
    if kind is not EventKind.TRACK or facts["event"] != CONSENT_UPDATED:
        return None
    preferences = facts.at("context", "consent", "categoryPreferences")
    version = facts.at("context", "consent", "version")
    advertising = facts.at("context", "device", "advertisingId")
    rules: tuple[tuple[Callable[[], bool], DropCode], ...] = (
        (lambda: preferences is None, DropCode.PREFERENCES_MISSING),
        (lambda: not isinstance(preferences, dict), DropCode.PREFERENCES_NOT_OBJECT),
        (lambda: any(type(one) is not bool for one in preferences.values()), DropCode.PREFERENCES_NOT_BOOL),
        (lambda: version is not None and type(version) not in (int, float), DropCode.VERSION_NOT_NUMBER),
        (lambda: advertising is not None and not isinstance(advertising, str), DropCode.ADVERTISING_ID_NOT_STRING),
    )
    return next((code for broken, code in rules if broken()), None)
