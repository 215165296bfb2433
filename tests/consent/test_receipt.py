"""The proof that a choice was made."""

import pytest
from msgspec import json
from msgspec.structs import replace

from placet.consent.profile.profile import PurposeStatus
from placet.consent.receipt import STATUS_AFTER, TRANSACTION_OF, Receipt, ReceiptEntry, ReceiptSignals, Transaction
from placet.settings.purposes import Status, UniversalPurpose
from placet.settings.site import Stage
from tests.consent.sites import DAY, NOW, Device, a_publication, a_ruling, category, pressing

STATUSES = (Status.ALWAYS_ACTIVE, Status.ACTIVE, Status.INACTIVE, Status.INACTIVE_LANDING_PAGE, Status.ALWAYS_INACTIVE)
TABLE = {
    # What was pressed: what happened to a category of each status, in that order.
    "BANNER_ALLOW_ALL": "NO_CHOICE CONFIRMED CONFIRMED CONFIRMED NOTGIVEN",
    "BANNER_REJECT_ALL": "NO_CHOICE OPT_OUT OPT_OUT OPT_OUT NOTGIVEN",
    "BANNER_CLOSE": "NO_CHOICE CONFIRMED NOTGIVEN NOTGIVEN NOTGIVEN",
    "BANNER_CONTINUE_WITHOUT_ACCEPTING": "NO_CHOICE OPT_OUT NOTGIVEN NOTGIVEN NOTGIVEN",
    "PREFERENCE_CENTER_CONFIRM": "NO_CHOICE CONFIRMED OPT_OUT OPT_OUT NOTGIVEN",
    "PREFERENCE_CENTER_CLOSE": "NO_CHOICE NOTGIVEN NOTGIVEN NOTGIVEN NOTGIVEN",
    "VENDOR_LIST_ALLOW_ALL": "NO_CHOICE NOTGIVEN NOTGIVEN NOTGIVEN NOTGIVEN",
    "SDK_LIST_CLOSE": "NO_CHOICE NOTGIVEN NOTGIVEN NOTGIVEN NOTGIVEN",
    "UC_PREFERENCE_CENTER_CONFIRM": "NO_CHOICE NOTGIVEN NOTGIVEN NOTGIVEN NOTGIVEN",
    "ATT_NOTGIVEN": "NO_CHOICE NOTGIVEN NOTGIVEN NOTGIVEN NOTGIVEN",
}


@pytest.mark.parametrize("known", [False, True], ids=["anonymous", "known"])
@pytest.mark.parametrize("name", TABLE)
def test_what_a_receipt_says_of_each_status(name: str, known: bool) -> None:
    categories = tuple(category(f"C{n}") for n, _ in enumerate(STATUSES))
    phone = Device(a_ruling(categories, statuses={f"C{n}": status for n, status in enumerate(STATUSES)}))
    if known:
        phone.login("sam")
    receipt = phone.press(name).receipt
    assert receipt is not None
    assert " ".join(entry.transaction for entry in receipt.purposes) == TABLE[name]


def test_bundles_are_receipted_through_what_they_hold() -> None:
    receipt = Device().press("BANNER_ALLOW_ALL").receipt
    assert receipt is not None
    assert [entry.purpose for entry in receipt.purposes] == [
        "purpose-c0001",
        "purpose-c0002",
        "purpose-c0004",
        "purpose-c0003",
        "purpose-c0005",
        "purpose-ife2v2_1",
    ]


def test_a_universal_purpose_is_receipted_with_its_version_when_it_was_answered() -> None:
    phone = Device(
        a_ruling(site={"universal": (UniversalPurpose("news", {}, version=4), UniversalPurpose("calls", {}))})
    )
    receipt = phone.press("UC_PREFERENCE_CENTER_CONFIRM", universal={"news": True}).receipt
    assert receipt is not None
    assert receipt.purposes[-1] == ReceiptEntry("news", Transaction.CONFIRMED, 4)
    assert "calls" not in {entry.purpose for entry in receipt.purposes}


def test_a_receipt_names_what_was_on_the_screen() -> None:
    phone = Device()
    phone.publication = a_publication(phone.ruling.site, stage=Stage.TEST, number=7)
    phone.signals = ReceiptSignals(tc="tc", gpc=True)
    receipt = phone.press("BANNER_REJECT_ALL", NOW + DAY).receipt
    assert receipt is not None
    assert (receipt.publication, receipt.content, receipt.rule, receipt.notice, receipt.language) == (
        7,
        "abc",
        "eu",
        "n",
        "en",
    )
    assert (receipt.at, receipt.country, receipt.region, receipt.interaction) == (
        NOW + DAY,
        "DE",
        "BE",
        "Banner - Reject All",
    )
    assert (receipt.test, receipt.app_id) == (True, phone.ruling.site.app_id + "-test")
    assert (receipt.signals, receipt.anonymous, receipt.name) == (phone.signals, True, "d*******d")


@pytest.mark.parametrize(("keeps", "name"), [(False, "s*************g"), (True, "sam@example.org")])
def test_a_name_is_masked_unless_the_site_keeps_identifiers(keeps: bool, name: str) -> None:
    phone = Device(a_ruling(site={"keep_identifiers": keeps}))
    phone.login("sam@example.org")
    receipt = phone.press("BANNER_ALLOW_ALL").receipt
    assert receipt is not None
    assert (receipt.name, receipt.anonymous, receipt.person) == (name, False, "pseudonym")
    assert receipt.group == "c2a70000-0000-4000-8000-000000000001"


def test_what_the_company_notes_stands_beside_the_user_agent() -> None:
    phone = Device()
    settled = phone.press(replace(pressing("BANNER_ALLOW_ALL"), user_agent="Shop/7.2", data={"storefront": "DE-01"}))
    assert settled.receipt is not None
    assert settled.receipt.data == {"storefront": "DE-01", "UserAgent": "Shop/7.2"}


def test_a_receipt_is_read_back_as_it_was_written() -> None:
    receipt = Device().press("BANNER_ALLOW_ALL").receipt
    assert json.decode(json.encode(receipt), type=Receipt) == receipt


def test_every_standing_has_a_transaction_and_every_transaction_an_end() -> None:
    assert set(TRANSACTION_OF) == set(PurposeStatus)
    assert set(STATUS_AFTER) == set(Transaction)


@pytest.mark.parametrize(
    "standing",
    [
        PurposeStatus.ACTIVE,
        PurposeStatus.OPT_OUT,
        PurposeStatus.WITHDRAWN,
        PurposeStatus.PENDING,
        PurposeStatus.HARD_OPT_OUT,
        PurposeStatus.EXPIRED,
        PurposeStatus.ALWAYS_ACTIVE,
    ],
)
def test_what_a_receipt_says_leads_back_to_the_standing(standing: PurposeStatus) -> None:
    assert STATUS_AFTER[TRANSACTION_OF[standing]] is standing
