"""A choice made elsewhere and reported to us."""

from typing import Final

import pytest
from msgspec.structs import replace

from placet.consent.choices.reported import Report, Reported, joined_report, report_receipt
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank
from placet.consent.receipt import ReceiptSignals, Transaction
from placet.consent.rules.published import Published
from placet.settings.iab import IabSetting
from placet.settings.site import Publication, Stage
from tests.consent.sites import GERMANY, NOW, a_publication, a_rule, a_site

SHOP: Final = Publication(a_site(), Stage.PRODUCTION, 3, "202603.3.0", NOW, "me", "hash")
ADA: Final = Person("ada@example.org", known=True, identifier_type="Email")
MEASUREMENT: Final = "purpose-c0002"


def a_report(*purposes: Reported, said_at: int = NOW, **more: object) -> Report:
    """Ada reports these."""
    return Report(ADA, purposes, said_at, **more)


@pytest.mark.parametrize(
    ("transaction", "standing"),
    [
        ("CONFIRMED", PurposeStatus.ACTIVE),
        ("IMPLICIT", PurposeStatus.ACTIVE),
        ("PENDING", PurposeStatus.PENDING),
        ("WITHDRAWN", PurposeStatus.WITHDRAWN),
        ("OPT_OUT", PurposeStatus.OPT_OUT),
        ("HARD_OPT_OUT", PurposeStatus.HARD_OPT_OUT),
        ("EXPIRED", PurposeStatus.EXPIRED),
    ],
)
def test_a_transaction_leaves_the_person_where_the_reference_says(transaction: str, standing: PurposeStatus) -> None:
    after = joined_report(a_report(Reported(MEASUREMENT, transaction)), SHOP, None, NOW)
    assert after.items["p:" + MEASUREMENT].status is standing


@pytest.mark.parametrize("transaction", ["NOTGIVEN", "NO_CHOICE", "EXTEND", "CANCEL", "CHANGE_PREFERENCES", "NONSENSE"])
def test_other_transactions_leave_the_person_where_they_stood(transaction: str) -> None:
    before = Profile({"p:" + MEASUREMENT: Item(PurposeStatus.ACTIVE, NOW - 1)}, NOW - 1)
    after = joined_report(a_report(Reported(MEASUREMENT, transaction)), SHOP, before, NOW)
    assert after.items == before.items


def test_a_hard_opt_out_stands_against_every_later_yes() -> None:
    locked = joined_report(a_report(Reported(MEASUREMENT, "HARD_OPT_OUT")), SHOP, None, NOW)
    later = joined_report(a_report(Reported(MEASUREMENT, "CONFIRMED"), said_at=NOW + 9), SHOP, locked, NOW + 9)
    assert later.items["p:" + MEASUREMENT] == Item(PurposeStatus.HARD_OPT_OUT, NOW, Rank.LOCKED)


def test_an_older_report_does_not_undo_a_newer_answer() -> None:
    newer = joined_report(a_report(Reported(MEASUREMENT, "OPT_OUT")), SHOP, None, NOW)
    after = joined_report(a_report(Reported(MEASUREMENT, "CONFIRMED"), said_at=NOW - 5), SHOP, newer, NOW)
    assert after.items["p:" + MEASUREMENT].status is PurposeStatus.OPT_OUT


def test_a_report_from_the_future_is_not_believed_when_it_grants() -> None:
    refused = joined_report(a_report(Reported(MEASUREMENT, "OPT_OUT")), SHOP, None, NOW)
    year = 365 * 86_400_000
    after = joined_report(a_report(Reported(MEASUREMENT, "CONFIRMED"), said_at=NOW + year), SHOP, refused, NOW)
    assert after.items["p:" + MEASUREMENT].status is PurposeStatus.OPT_OUT


def test_universal_purposes_and_their_options_are_heard() -> None:
    told = Reported("news", "CONFIRMED", version=2, options={"daily": True, "weekly": False})
    items = joined_report(a_report(told), SHOP, None, NOW).items
    assert items["u:news"] == Item(PurposeStatus.ACTIVE, NOW, version=2)
    assert (items["o:daily"].status, items["o:weekly"].status) == (PurposeStatus.ACTIVE, PurposeStatus.OPT_OUT)


def test_what_the_site_does_not_ask_for_is_recorded_but_not_passed_on() -> None:
    report = a_report(Reported("purpose-elsewhere", "CONFIRMED"), Reported(MEASUREMENT, "SHRUG"))
    assert joined_report(report, SHOP, None, NOW).items == {}
    receipt = report_receipt(report, SHOP, "id", "pseudonym", NOW)
    assert [(entry.purpose, entry.transaction) for entry in receipt.purposes] == [
        ("purpose-elsewhere", Transaction.CONFIRMED)
    ]
    assert receipt.data == {f"unknown:{MEASUREMENT}": "SHRUG"}


def test_consent_strings_travel_with_the_report() -> None:
    report = a_report(Reported(MEASUREMENT, "CONFIRMED"), signals=ReceiptSignals(tc="CQ…", gpp="DB…"))
    items = joined_report(report, SHOP, None, NOW).items
    assert (items["x:tc"].detail, items["x:gpp"].detail, "x:ac" in items) == (("CQ…",), ("DB…",), False)


def test_a_receipt_masks_the_name_unless_the_site_keeps_names() -> None:
    report = a_report(Reported(MEASUREMENT, "CONFIRMED"))
    open_shop = replace(SHOP, site=a_site(keep_identifiers=True))
    assert report_receipt(report, SHOP, "id", "p", NOW).name == "a*************g"
    assert report_receipt(report, open_shop, "id", "p", NOW).name == "ada@example.org"


def test_an_iab_purpose_is_known_where_the_site_asks_for_it() -> None:
    news = a_site(rules=(a_rule(template="IAB2V2"),), iab=IabSetting(vendors=(755,)))
    published = Published(a_publication(news))
    purpose = published.rule_for(GERMANY).site.by_id["IAB2V2_1"].purpose_id
    report = a_report(Reported(purpose, "CONFIRMED"))
    after = joined_report(report, published.publication, None, NOW, published.iab_purposes)
    assert after.items[f"p:{purpose}"].status is PurposeStatus.ACTIVE
    assert joined_report(report, published.publication, None, NOW).items == {}
