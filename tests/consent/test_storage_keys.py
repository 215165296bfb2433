"""The keys an app must store afterwards."""

import pytest

from placet.consent.choices.apply_interaction import AgeGate
from placet.consent.storage_keys import iso, storage_keys
from placet.settings.regions import Model
from tests.consent.sites import DAY, NOW, Device, a_ruling, with_model

ALWAYS = {
    "OT_GroupConsents",
    "OT_GroupLIConsents",
    "OT_SdkConsents",
    "OT_GeneralVendorsConsents",
    "OT_UCPConsents",
    "OT_Identifier",
    "OT_AlwaysActiveIds",
}


def test_every_key_is_there_with_its_answers() -> None:
    phone = Device()
    settled = phone.press(
        "PREFERENCE_CENTER_CONFIRM",
        NOW,
        groups={"C0002": True},
        sdks={"s-crash": False},
        universal={"news": True},
        options={"weekly": True},
    )
    assert storage_keys(phone.ruling, settled.status) == {
        "OT_GroupConsents": {
            "C0001": 1,
            "C0002": 1,
            "C0004": 0,
            "BG1": 0,
            "C0003": 0,
            "C0005": 0,
            "IFE2V2_1": 1,
        },
        "OT_GroupLIConsents": {"C0004": 1},
        "OT_SdkConsents": {"s-core": 1, "s-count": 1, "s-crash": 0, "s-ads": 0},
        "OT_GeneralVendorsConsents": {"V1": 0},
        "OT_UCPConsents": {"news": {"consentStatus": 1, "options": {"daily": 0, "weekly": 1}}},
        "OT_LastConsentedDate": "2026-03-04T10:15:30.000Z",
        "OT_Identifier": "device-id",
        "OT_AlwaysActiveIds": {"groups": ("C0001", "IFE2V2_1"), "sdks": ("s-core",)},
    }


def test_somebody_who_never_chose_has_no_date() -> None:
    phone = Device()
    assert set(storage_keys(phone.ruling, phone.launch())) == ALWAYS


@pytest.mark.parametrize(
    "name", ["ATT_OPTOUT", "UC_PREFERENCE_CENTER_CONFIRM", "PREFERENCE_CENTER_CLOSE", "SYNC_PROFILE"]
)
def test_what_answers_no_banner_makes_up_no_date(name: str) -> None:
    phone = Device(a_ruling(att_categories=("C0004",)))
    settled = phone.press(name, universal={"news": True})
    assert "OT_LastConsentedDate" not in storage_keys(phone.ruling, settled.status)


def test_a_known_person_on_a_new_device_has_the_profiles_date() -> None:
    phone = Device()
    phone.login("sam")
    phone.press("BANNER_ALLOW_ALL", NOW)
    tablet = Device(published_settings=phone.shelf)
    tablet.login("sam")
    keys = storage_keys(tablet.ruling, tablet.launch(NOW + DAY))
    assert (keys["OT_LastConsentedDate"], keys["OT_Identifier"]) == ("2026-03-04T10:15:30.000Z", "sam")


@pytest.mark.parametrize(
    ("age", "stored"),
    [
        (AgeGate(13, 17), {"lastUpdated": NOW, "lowerBound": 13, "upperBound": 17}),
        (AgeGate(18, None), {"lastUpdated": NOW, "lowerBound": 18}),
        (AgeGate(None, 12), {"lastUpdated": NOW, "upperBound": 12}),
    ],
)
def test_an_age_is_stored_with_the_bounds_it_has_and_when_it_was_given(age: AgeGate, stored: dict[str, int]) -> None:
    phone = Device()
    phone.press("AGEGATE_RANGE", NOW, age=age)
    assert storage_keys(phone.ruling, phone.launch(NOW + DAY))["OT_AgeGate"] == stored


@pytest.mark.parametrize("model", Model)
def test_the_keys_are_the_same_under_every_model(model: Model) -> None:
    phone = Device(with_model(model))
    assert set(storage_keys(phone.ruling, phone.launch())) == ALWAYS


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (NOW, "2026-03-04T10:15:30.000Z"),
        (NOW + 999, "2026-03-04T10:15:30.999Z"),
    ],
)
def test_times_are_written_with_milliseconds_and_z(at: int, text: str) -> None:
    assert iso(at) == text
