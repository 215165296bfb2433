"""otConsentString: read generously, written in one exact form."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.onetrust.consent_string import LONGEST, DeviceState, read, write

SAMPLE = (
    "eyJsYXN0TGF1bmNoRGF0ZSI6MTc3MjYxOTMzMDAwMCwic2hvdWxkU2hvd0Jhbm5lciI6MSwiZHNJZCI6IjFiMGU0YzUyLTkzYWEtNGYwZS04YTU1LTZk"
    "MWM3ZTJmOWI0MCIsImFwcElkIjoiN2Y2YzJhMTAtNWIxZS00YzhkLTlhMzQtMGQyZjhlNjFiN2M1LXRlc3QiLCJjZG4iOiJjZG4uY29va2llbGF3Lm9y"
    "ZyIsImlzQW5vbnltb3VzIjoxLCJleHBpcnlEYXRlIjpudWxsfQ=="
)
"""The published sample (cmp-api.md §12)."""
FIRST = DeviceState(
    last_launch=1772619330000,
    should_show=1,
    person="1b0e4c52-93aa-4f0e-8a55-6d1c7e2f9b40",
    app_id="7f6c2a10-5b1e-4c8d-9a34-0d2f8e61b7c5-test",
    cdn="cdn.cookielaw.org",
    is_anonymous=1,
    expires=None,
)


def sealed(said: Any) -> str:
    return b64encode(json.dumps(said).encode()).decode()


def test_the_published_sample_reads_as_it_says() -> None:
    assert read(SAMPLE) == FIRST


def test_the_published_sample_is_written_byte_for_byte() -> None:
    assert write(FIRST) == SAMPLE


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            {"DSID": "d", "LastLaunchDate": 5, "ShouldShowBanner": 1},
            DeviceState(person="d", last_launch=5, should_show=1),
        ),
        ({"dsid": "d", "ISANONYMOUS": False}, DeviceState(person="d", is_anonymous=0)),
        ({"dsId": "d", "isAnonymous": True}, DeviceState(person="d", is_anonymous=1)),
        ({"dsId": "d", "shouldShowBanner": False}, DeviceState(person="d", should_show=0)),
        ({"dsId": "d"}, DeviceState(person="d")),
        ({}, DeviceState()),
        ({"dsId": "d", "isAnonymous": None, "groupConsents": None}, DeviceState(person="d")),
        ({"dsId": "d", "lastConsentedDate": 1772619375000}, DeviceState(person="d", last_consent=1772619375000)),
        ({"dsId": "d", "lastConsentDate": 1772619375000.0}, DeviceState(person="d", last_consent=1772619375000)),
        ({"dsId": "d", "groupConsents": {"C1": True, "C2": 0}}, DeviceState(person="d", groups={"C1": 1, "C2": 0})),
        ({"dsId": "d", "unheardOf": [1, {"a": 2}]}, DeviceState(person="d")),
    ],
    ids=str,
)
def test_what_clients_build_themselves_is_read_generously(said: dict[str, Any], meant: DeviceState) -> None:
    assert read(sealed(said)) == meant


def test_the_case_of_keys_inside_maps_is_theirs() -> None:
    assert read(sealed({"DSID": "d", "GroupConsents": {"c0002": 1, "C0002": 0}})).groups == {"c0002": 1, "C0002": 0}


@pytest.mark.parametrize(
    "spoil", [str.strip, lambda text: text.rstrip("="), lambda text: f" {text}\n", lambda text: text + "="]
)
def test_padding_lost_or_doubled_and_spaces_around_are_forgiven(spoil: Any) -> None:
    assert read(spoil(SAMPLE)) == FIRST


def test_web_safe_letters_are_forgiven() -> None:
    memory = DeviceState(person="??>>~~ÿÿ")
    assert read(write(memory).replace("+", "-").replace("/", "_")) == memory


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "A",
        "%%%",
        SAMPLE[:-7],
        SAMPLE[:8] + "=" + SAMPLE[9:],
        SAMPLE[:8] + "\n" + SAMPLE[8:],
        "é",
        "\ud800",
        sealed([]),
        sealed("text"),
        sealed(5),
        sealed(None),
        sealed({"dsId": 5}),
        sealed({"dsId": "d", "groupConsents": []}),
        sealed({"dsId": "d", "groupConsents": {"C1": "yes"}}),
        sealed({"dsId": "d", "lastConsentDate": "yesterday"}),
        sealed({"dsId": "d", "lastConsentDate": 10**40}),
        sealed({"dsId": "d", "lastConsentDate": 1.5}),
        b64encode(b"\xff\xfe").decode(),
        b64encode(b"[" * 50_000).decode()[:LONGEST],
        "A" * (LONGEST + 1),
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_consent_string_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="otConsentString"):
        read(text)


@given(st.text() | st.text(alphabet="ABCxyz019+/=-_ ") | st.binary().map(lambda raw: b64encode(raw).decode()))
def test_nothing_but_malformed_is_ever_raised_for_any_text(text: str) -> None:
    try:
        memory = read(text)
    except Malformed:
        return
    assert read(write(memory)) == memory


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = scalars | st.dictionaries(st.text(max_size=3), scalars, max_size=3) | st.lists(scalars, max_size=2)
fields = [
    *("lastLaunchDate", "shouldShowBanner", "dsId", "DSID", "isAnonymous", "expiryDate", "lastConsentDate"),
    *("GroupConsents", "sdkConsents", "ageLower", "cdn", "ucpOptions", "lastInteractionType"),
]


@given(st.dictionaries(st.sampled_from(fields) | st.text(max_size=4), values, max_size=6))
def test_nothing_but_malformed_is_ever_raised_for_any_object(said: dict[str, Any]) -> None:
    try:
        memory = read(sealed(said))
    except Malformed:
        return
    assert read(write(memory)) == memory


answers = st.dictionaries(st.text(max_size=8), st.integers(0, 1), max_size=4)
memories = st.builds(
    DeviceState,
    last_launch=st.integers(0, 1 << 53),
    person=st.text(max_size=12),
    expires=st.none() | st.integers(1, 1 << 53),
    last_consent=st.none() | st.integers(1, 1 << 53),
    last_interaction=st.text(max_size=12),
    groups=answers,
    legitimate=answers,
    sdks=answers,
    vendors=answers,
    universal=answers,
    options=answers,
    age_lower=st.none() | st.integers(0, 120),
    age_upper=st.none() | st.integers(0, 120),
)


@given(memories)
def test_what_is_written_reads_the_same(memory: DeviceState) -> None:
    assert read(write(memory)) == memory
