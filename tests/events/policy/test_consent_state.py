"""The consent an event carries, in every dialect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.events.fields import EventFields
from placet.events.policy.consent_state import (
    NO_SIGNALS,
    PLACE,
    RESOLVERS,
    ConsentSignal,
    EventConsent,
    EventStrings,
    consented_by,
    latest_signal,
    of_profile,
    read_signals,
    read_state,
    stricter,
)
from placet.events.policy.purposes import SALE, PurposeMapping
from placet.settings.connections import ConsentBasis

MAPPING = PurposeMapping(
    {"C0002": "analytics", "C0004": "ads", "C0005": "ads"}, {"guid-1": "analytics"}, ("Marketing",)
)


def said(document, at=7):
    """The answers in an event, as a table of purpose to yes or no."""
    return answers(read_state(EventFields(document), at, MAPPING).masks)


def answers(masks):
    yes, no = masks
    return {**dict.fromkeys(MAPPING.names(yes), True), **dict.fromkeys(MAPPING.names(no), False)}


NONE = {"analytics": False, "ads": False}


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"onetrust": "C0002:1,C0004:1,C0005:1"}, {"analytics": True, "ads": True}),
        ({"onetrust": "C0002:1,C0004:0"}, {"analytics": True, "ads": False}),
        ({"onetrust": ",C0001,C0002,"}, {"analytics": True, "ads": False}),
        ({"onetrust": " C0002:1 , C0004:1"}, {"analytics": True, "ads": False}),
        ({"onetrust": "C0002:2"}, NONE),
        ({"onetrust": "XC0002:1"}, NONE),
        ({"onetrust": "C0002:1," * 200}, {"analytics": True, "ads": False}),
        ({"onetrust": ""}, NONE),
        ({"onetrust": None}, NONE),
        ({"onetrust": ["C0002"]}, NONE),
        ({"consent": {"onetrust": "C0002:1"}}, {"analytics": True, "ads": False}),
        ({"consent": {"categoryPreferences": {"C0002": True}}}, {"analytics": True, "ads": False}),
        ({"consent": {"categoryPreference": {"C0002": True}}}, {"analytics": True, "ads": False}),
        ({"consent": {"categoryPreferences": {"C0004": True, "C0005": True}}}, {"analytics": False, "ads": True}),
        ({"consent": {"categoryPreferences": {"C0004": True, "C0005": False}}}, NONE),
        ({"consent": {"categoryPreferences": None}}, NONE),
        ({"consent": {"categoryPreferences": "C0002:1"}}, NONE),
        ({"onetrust": "C0002:1", "consent": {"categoryPreferences": {}}}, NONE),
        ({"consent": {}}, {}),
        ({"consent": "C0002:1"}, NONE),
        ({"consent": []}, NONE),
        ({"consent": None}, {}),
        ({}, {}),
        ("C0002:1", NONE),
        ([], NONE),
        (None, {}),
    ],
)
def test_categories_in_the_context(context, expected):
    assert said({"context": context}) == expected


def record(consented, at=5):
    return {"consented": consented, "timestamp_unixtime_ms": at}


@pytest.mark.parametrize(
    ("consent_state", "expected"),
    [
        ({"gdpr": {"marketing": record(True)}}, {"marketing": True}),
        ({"gdpr": {" MARKETING ": record(False)}}, {"marketing": False}),
        ({"gdpr": {"marketing": record(True), "ads": record(False)}}, {"marketing": True, "ads": False}),
        ({"gdpr": {"marketing": None}}, {}),
        ({"gdpr": {"marketing": "yes"}}, {"marketing": False}),
        ({"gdpr": {"marketing": {"consented": 1}}}, {"marketing": False}),
        ({"gdpr": {"unheard": record(True)}}, {}),
        ({"gdpr": {"sale": record(True)}}, {}),
        ({"gdpr": "yes"}, {"analytics": False, "ads": False, "marketing": False}),
        ({"ccpa": {"data_sale_opt_out": record(True)}}, {SALE: False}),
        ({"ccpa": {"data_sale_opt_out": record(False)}}, {SALE: True}),
        ({"ccpa": {"data_sale_opt_out": {}}}, {SALE: False}),
        ({"ccpa": {"data_sale_opt_in": record(True)}}, {}),
        ({"ccpa": 1}, {SALE: False}),
        ({"CCPA": {"Data-Sale Opt_Out": record(True)}}, {SALE: False}),
        ({"Ccpa": {"dataSaleOptOut": record(True)}}, {SALE: False}),
        ({"ccpa": {}, "CCPA": {"data_sale_opt_out": record(True)}}, {SALE: False}),
        ({"GDPR": {"marketing": record(False)}, "gdpr": {"marketing": record(True)}}, {"marketing": False}),
        ({}, {}),
        ([], {"analytics": False, "ads": False, "marketing": False, SALE: False}),
    ],
)
def test_a_consent_state(consent_state, expected):
    assert said({"consent_state": consent_state}) == expected


def test_words_without_a_purpose_are_reported():
    state = read_state(EventFields({"consent_state": {"gdpr": {"unheard": record(True)}}}), 7, MAPPING)
    assert state.strangers == ("unheard",)


def test_an_event_without_a_word_is_silent():
    assert read_state(EventFields({"properties": {}}), 7, MAPPING) is NO_SIGNALS


def test_an_answer_has_its_own_time_or_the_event_s():
    records = {"marketing": record(True, 5), "ads": {"consented": True}}
    document = {"context": {"onetrust": "C0002:1"}, "consent_state": {"gdpr": records}}
    voices = read_state(EventFields(document), 7, MAPPING).signals
    assert [(voice.by, voice.at) for voice in voices] == [
        ("context.onetrust", 7),
        ("consent_state.gdpr", 5),
        ("consent_state.gdpr", 7),
    ]


def test_an_answer_can_be_explained():
    document = {"context": {"onetrust": "C0002:1"}, "consent_state": {"gdpr": {"analytics": record(False, 5)}}}
    voices = read_state(EventFields(document), 7, MAPPING).signals
    assert [voice.by for voice in consented_by("analytics", voices, MAPPING)] == [
        "context.onetrust",
        "consent_state.gdpr",
    ]
    assert [voice.by for voice in consented_by("marketing", voices, MAPPING)] == []


def test_standards_strings_come_along_as_they_are():
    consent = {"tcString": "CPabc", "gppString": "DBAA", "uspString": 5}
    assert read_signals(EventFields({"context": {"consent": consent}})) == EventStrings("CPabc", "DBAA", "")


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (PurposeStatus.ACTIVE, {"analytics": True}),
        (PurposeStatus.NOT_OPT_OUT, {"analytics": True}),
        (PurposeStatus.OPT_OUT, {"analytics": False}),
        (PurposeStatus.EXPIRED, {"analytics": False}),
        (PurposeStatus.PENDING, {"analytics": False}),
        (PurposeStatus.NO_CONSENT, {}),
    ],
)
def test_a_profile_speaks_for_the_items_that_are_mapped(standing, expected):
    profile = Profile({"guid-1": Item(standing, 3), "guid-2": Item(PurposeStatus.ACTIVE, 3)})
    assert answers(of_profile(profile, MAPPING).masks) == expected


VOICES = st.lists(
    st.builds(ConsentSignal, st.just("x"), st.integers(0, 3), st.integers(0, 15), st.integers(0, 15)), max_size=5
)
STATES = VOICES.map(lambda voices: EventConsent(tuple(voices)))


@given(VOICES, st.randoms(use_true_random=False))
def test_the_latest_answer_does_not_hang_on_the_order_of_asking(voices, jitter):
    shuffled = list(voices)
    jitter.shuffle(shuffled)
    assert latest_signal(shuffled) == latest_signal(voices)


@given(STATES, STATES)
def test_the_stricter_truth_grants_no_more_than_either_side(event, profile):
    yes, no = stricter(event, profile)
    assert stricter(profile, event) == (yes, no)
    assert yes & no == 0
    assert no == event.masks[1] | profile.masks[1]
    assert yes & ~(event.masks[0] | profile.masks[0]) == 0


@given(STATES, STATES, st.sampled_from(ConsentBasis))
def test_no_truth_both_grants_and_refuses(event, profile, truth):
    yes, no = RESOLVERS[PLACE[truth]](event, profile)
    assert yes & no == 0


def test_a_purpose_is_one_however_it_is_spelled():
    mapping = PurposeMapping({"C0004": "Marketing"}, {"guid": "marketing "}, ("MARKETING",))
    assert set(mapping.bits) == {"marketing", SALE}
    assert mapping.mask(("Marketing", " marketing")) == mapping.bits["marketing"]
