"""OneTrust's consent cookie: every shared case both ways, then any content at all."""

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
import vectors
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.onetrust.optanon_cookie import (
    MAX_TEXT,
    OptanonConsent,
    OptanonInteraction,
    decode,
    encode,
    read_closed,
    read_date,
    read_statuses,
    write_closed,
    write_date,
    write_statuses,
)

CASES = vectors.rows("optanon.jsonl")
CONSENTS = [case for case in CASES if case["cookie"] == "OptanonConsent"]
GOOD = [case for case in CONSENTS if not case.get("invalid")]
BAD = [case for case in CONSENTS if case.get("invalid")]
CLOSED = [case for case in CASES if case["cookie"] == "OptanonAlertBoxClosed"]
VIEWS = {
    "groups": "groups",
    "hosts": "hosts",
    "generalVendors": "general_vendors",
    "vendorServices": "vendor_services",
    "writtenAt": "written_at",
    "consentId": "consent_id",
    "interactions": "interactions",
    "lastInteraction": "last_interaction",
    "gpcHonoured": "gpc_honoured",
    "gpcSent": "gpc_sent",
    "awaitsReconsent": "awaits_reconsent",
    "place": "place",
    "gppPieces": "gpp_pieces",
}


def as_json(value):
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return dict(value) if isinstance(value, MappingProxyType) else list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_a_cookie_says_what_the_case_says(case):
    consent = decode(case["text"])

    assert list(consent.values.items()) == list(case["values"].items())
    for view in VIEWS.keys() & case.keys():
        assert as_json(getattr(consent, VIEWS[view])) == case[view], view


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_a_cookie_goes_out_as_the_sdk_writes_it(case):
    assert encode(decode(case["text"])) == case.get("canonical", case["text"])


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["why"])
def test_a_broken_cookie_is_refused_with_its_place(case):
    with pytest.raises(Malformed) as refusal:
        getattr(decode(case["text"]), VIEWS[case["view"]] if "view" in case else "groups")

    assert refusal.value.standard == "OptanonConsent"


@pytest.mark.parametrize("case", CLOSED, ids=lambda case: case["why"])
def test_when_the_banner_was_answered(case):
    if case.get("invalid"):
        with pytest.raises(Malformed, match="OptanonAlertBoxClosed"):
            read_closed(case["text"])
        return
    assert as_json(read_closed(case["text"])) == case["at"]
    assert write_closed(read_closed(case["text"])) == case.get("canonical", case["text"])


def test_changed_texts_stay_in_place_and_new_ones_go_to_the_end():
    consent = decode("isGpcEnabled=0&zzz=1&groups=C0001%3A1")

    changed = consent.but(groups=write_statuses({"C0001": True, "C0004": False}), zzz=None, intType="6")

    assert encode(changed) == "isGpcEnabled=0&groups=C0001%3A1%2CC0004%3A0&intType=6"
    assert changed.last_interaction == OptanonInteraction.PREFERENCES_CONFIRM
    assert encode(consent) == "isGpcEnabled=0&zzz=1&groups=C0001%3A1"


KEYS = st.text("abcXYZ019_", min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(KEYS, TEXTS, max_size=8))
def test_any_content_comes_back_in_its_order(values):
    consent = OptanonConsent(values)

    text = encode(consent)

    assert list(decode(text).values.items()) == list(values.items())
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()%+&=")


@given(
    st.dictionaries(st.text(st.characters(exclude_characters=","), min_size=1, max_size=6), st.booleans()),
    st.booleans(),
)
def test_any_statuses_come_back(statuses, trailing):
    assert dict(read_statuses(write_statuses(statuses, trailing_comma=trailing))) == statuses


@given(st.integers(-30_000_000_000, 250_000_000_000), st.integers(-14, 14))
def test_any_moment_of_any_zone_comes_back(seconds, hours):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    assert read_date(write_date(moment.astimezone(timezone(timedelta(hours=hours))))) == moment


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text):
    try:
        consent = decode(text)
        again = decode(encode(consent))
    except Malformed:
        return
    assert again == consent


@given(st.sampled_from(list(VIEWS.values())), st.text(max_size=60))
def test_any_value_is_understood_or_refused(view, text):
    keys = (
        "groups", "hosts", "genVendors", "vs", "datestamp", "interactionCount", "intType", "isGpcEnabled",
        "browserGpcFlag", "AwaitingReconsent", "geolocation", "GPPCookiesCount",
    )  # fmt: skip
    consent = OptanonConsent(dict.fromkeys(keys, text))
    try:
        getattr(consent, view)
    except Malformed as refusal:
        assert refusal.standard == "OptanonConsent"


@pytest.mark.parametrize("key", ["", "a&b", "a=b"])
def test_a_key_that_would_break_the_cookie_is_not_written(key):
    with pytest.raises(Malformed):
        encode(OptanonConsent({key: "1"}))


@pytest.mark.parametrize("statuses", [{"": True}, {"a,b": True}])
def test_an_id_that_would_break_the_list_is_not_written(statuses):
    with pytest.raises(Malformed):
        write_statuses(statuses)


def test_half_a_character_is_not_written():
    with pytest.raises(Malformed, match="half a character"):
        encode(OptanonConsent({"landingPath": "\ud800"}))


def test_a_huge_cookie_is_refused_unread():
    with pytest.raises(Malformed, match="more than"):
        decode("a=" + "%" * MAX_TEXT)


@pytest.mark.parametrize(
    "text",
    ["Xxx Xxx 99 2026 10:00:00 GMT+0000", "Sat Nov 31 2026 10:00:00 GMT+0000", "0001-01-01T00:00:00+23:00"],
)
def test_a_date_outside_the_calendar_is_refused(text):
    with pytest.raises(Malformed):
        read_date(text)
