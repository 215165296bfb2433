"""What pressing does to the strings of a European reader (cmp-api.md §10.3, §13.2; iab.md §1.9)."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from placet.consent.receipt import Receipt
from placet.formats.ids import NONE, Ids
from placet.formats.tcf.tcf import decode, encode
from placet.settings.iab import IabSetting
from placet.settings.organisation import Organisation
from placet.settings.regions import RejectAll
from tests.api.cmp.device import confirm, opened, problem, why
from tests.api.cmp.iab_device import NEWS, Reader
from tests.api.node_context import Server, northwind, put_live

VENDORS = Ids.of([2, 8, 10, 11, 25, 28, 52, 91, 755, 793])
CLAIMING = Ids.of([8, 10, 11, 28, 52, 755])
"""Those of them that rest a shown purpose on legitimate interest; the others claim none."""

PURPOSES = Ids.parse("1-11")
INTERESTS = Ids.of([2, 7, 8, 9, 10])
GOOGLE = (89, 108, 149, 259)


def iab(organisation: Organisation, **changes: Any) -> Organisation:
    """The example, with the newspaper's part in the framework changed."""
    spaces = tuple(
        replace(space, iab=replace(space.iab, **changes)) if space.iab else space for space in organisation.workspaces
    )
    return replace(organisation, workspaces=spaces)


def ruled(organisation: Organisation, **changes: Any) -> Organisation:
    """The example, with every IAB rule changed."""
    return replace(
        organisation,
        workspaces=tuple(
            replace(
                space,
                region_rules=tuple(
                    replace(each, rules=tuple(replace(r, **changes) if r.iab else r for r in each.rules))
                    for each in space.region_rules
                ),
            )
            for space in organisation.workspaces
        ),
    )


async def live(server: Server, organisation: Organisation) -> None:
    """Publish these settings and wait until they are served."""
    await put_live(organisation, server.node.context.stores, server.clock())
    await server.refresh()


async def test_before_anything_is_pressed_a_string_says_what_was_shown_and_nothing_agreed(server: Server) -> None:
    reader = Reader(server)
    said = await reader.look(OT_Language="de-AT")
    tc = reader.tc

    assert why(said) == (True, 101)
    assert (tc.purpose_consents, tc.vendor_consents, tc.special_features) == (NONE, NONE, NONE)
    assert (tc.purpose_interests, tc.vendor_interests) == (INTERESTS, CLAIMING)
    assert tc.disclosed == VENDORS
    assert (tc.cmp_id, tc.country, tc.language, tc.list_version) == (0, "NL", "DE", 45)
    today = datetime.fromtimestamp(server.clock() // 86_400_000 * 86_400, UTC)
    assert (tc.created, tc.updated) == (today, today)
    assert (reader.ac.consented, reader.ac.disclosed) == ((), GOOGLE)
    assert said["storageKeys"]["IABTCF_gdprApplies"] == 1


async def test_accepting_all_agrees_to_all_that_was_shown(server: Server) -> None:
    reader = Reader(server)
    await reader.look()
    said = await reader.press("BANNER_ALLOW_ALL")

    assert why(said) == (False, 151)
    assert (reader.tc.purpose_consents, reader.tc.vendor_consents) == (PURPOSES, VENDORS)
    assert reader.tc.special_features == Ids.of([1, 2])
    assert (reader.tc.vendor_interests, reader.tc.purpose_interests) == (CLAIMING, INTERESTS)
    assert reader.ac.consented == GOOGLE
    assert {row.purpose: row.kind for row in reader.tc.restrictions} == {10: 1, 11: 0}


@pytest.mark.parametrize("behaviour, interests, vendors", [
    (RejectAll.KEEP_LEGITIMATE_INTEREST, INTERESTS, CLAIMING),
    (RejectAll.OBJECT, NONE, NONE),
])  # fmt: skip
async def test_rejecting_all_leaves_no_consent_and_treats_interest_as_the_rule_says(
    server: Server, behaviour: RejectAll, interests: Ids, vendors: Ids
) -> None:
    await live(server, ruled(northwind(), reject_all=behaviour))
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    said = await reader.press("PREFERENCE_CENTER_REJECT_ALL")

    assert (reader.tc.purpose_consents, reader.tc.vendor_consents, reader.tc.special_features) == (NONE, NONE, NONE)
    assert (reader.tc.purpose_interests, reader.tc.vendor_interests) == (interests, vendors)
    assert (reader.ac.consented, reader.ac.disclosed) == ((), GOOGLE)
    assert said["appConfig"]["rejectAllButtonBehavior"] == behaviour.value
    assert why(await reader.look()) == (False, 151)


@pytest.mark.parametrize("interaction", ["BANNER_CLOSE", "BANNER_CONTINUE_WITHOUT_ACCEPTING"])
async def test_leaving_the_banner_agrees_to_nothing(server: Server, interaction: str) -> None:
    reader = Reader(server)
    await reader.look()
    await reader.press(interaction)
    assert (reader.tc.purpose_consents, reader.tc.vendor_consents) == (NONE, NONE)
    assert (reader.tc.purpose_interests, reader.tc.vendor_interests) == (INTERESTS, CLAIMING)


async def test_a_string_stays_to_the_letter_until_the_next_choice(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    first = reader.keys["IABTCF_TCString"]
    server.clock.wait(3 * 86_400_000)
    for route in ("banner", "preferences"):
        await reader.look(route)
        assert reader.keys["IABTCF_TCString"] == first
    await reader.press("PREFERENCE_CENTER_CLOSE")
    assert reader.keys["IABTCF_TCString"] == first
    await reader.press("PREFERENCE_CENTER_ALLOW_ALL")
    assert decode(first).updated < reader.tc.updated


def vendor(number: int, status: bool | None = None, li: bool | None = None) -> dict[str, Any]:
    """A stated vendor."""
    said = {"vId": str(number), "status": status, "liStatus": li}
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize("before, consent, expected", [
    # A device that chose nothing: vendors follow the purposes.
    (None, confirm(IAB2V2_1=True), VENDORS),
    (None, confirm(IAB2V2_5=True), Ids.of([25])),
    (None, confirm(IAB2V2_1=False), NONE),
    # Single vendors over that.
    (None, confirm(IAB2V2_1=True) | {"iabVendorsStatus": [vendor(755, False)]}, VENDORS - Ids.of([755])),
    (None, confirm(IAB2V2_1=False) | {"iabVendorsStatus": [vendor(8, True)]}, Ids.of([8])),
    # Deltas over the string that came along.
    ("BANNER_ALLOW_ALL", confirm(IAB2V2_1=True) | {"iabVendorsStatus": [vendor(2, False)]}, VENDORS - Ids.of([2])),
    ("BANNER_ALLOW_ALL", confirm(IAB2V2_5=False), VENDORS),
    # After "reject all" nobody was singled out: vendors follow the purposes again.
    ("BANNER_REJECT_ALL", confirm(IAB2V2_1=True), VENDORS),
    # Whole dimensions at once, then the single ones.
    ("BANNER_ALLOW_ALL", {"bulkOperation": {"iabVendorsConsent": False}, "iabVendorsStatus": [vendor(8, True)]},
     Ids.of([8])),
    # Vendors nobody chose, or no vendors at all, change nothing.
    ("BANNER_ALLOW_ALL", {"iabVendorsStatus": [vendor(3, True), {"vId": "x", "status": True}]}, VENDORS),
])  # fmt: skip
async def test_a_confirmation_changes_single_vendors(
    server: Server, before: str | None, consent: dict[str, Any], expected: Ids
) -> None:
    reader = Reader(server)
    await reader.look()
    if before:
        await reader.press(before)
    await reader.press("PREFERENCE_CENTER_CONFIRM", consent)
    assert reader.tc.vendor_consents == expected


async def test_an_objection_to_a_vendor_and_to_a_purpose_is_kept(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    said = {
        "purposesStatus": [{"groupId": "IAB2V2_7", "liStatus": False}],
        "iabVendorsStatus": [vendor(755, li=False)],
        "googleVendorsStatus": [{"vId": "89", "status": False}],
    }
    await reader.press("PREFERENCE_CENTER_CONFIRM", said)

    assert (reader.tc.purpose_interests, reader.tc.vendor_interests) == (
        INTERESTS - Ids.of([7]),
        CLAIMING - Ids.of([755]),
    )
    assert (reader.tc.purpose_consents, reader.tc.vendor_consents) == (PURPOSES, VENDORS)
    assert (reader.ac.consented, reader.ac.disclosed) == ((108, 149, 259), (89,))
    await reader.look()
    assert reader.keys["OT_GroupLIConsents"]["IAB2V2_7"] == 0


async def test_the_vendor_screen_s_own_buttons_touch_vendors_only(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    await reader.press("VENDOR_LIST_REJECT_ALL")
    assert (reader.tc.vendor_consents, reader.tc.purpose_consents) == (NONE, PURPOSES)
    await reader.press("VENDOR_LIST_ALLOW_ALL")
    assert (reader.tc.vendor_consents, reader.ac.consented) == (VENDORS, GOOGLE)


async def test_without_a_string_the_banner_is_due_and_a_save_derives_vendors_from_purposes(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    reader.keys = {}
    said = await reader.look()
    assert why(said) == (True, 109)
    assert said["storageKeys"]["OT_GroupConsents"]["IAB2V2_1"] == 1
    assert reader.tc.vendor_consents == NONE

    reader.keys = {}
    await reader.press("PREFERENCE_CENTER_CONFIRM", confirm(IAB2V2_5=False))
    assert reader.tc.vendor_consents == VENDORS


async def test_a_string_that_can_not_be_read_is_told_and_defaults_hold(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    answer = await reader.ask(OT_Tcf_Eu2v2_Consent_String="CnonsenseA")

    assert problem(answer) == (200, "ERROR_CODE_INVALID_TC_STRING")
    assert answer.json["errors"][0]["message"] == "Error decoding TC string, default consent is returned."
    assert why(answer.json) == (True, 109)
    keys = answer.json["storageKeys"]
    assert {keys["OT_GroupConsents"][f"IAB2V2_{each}"] for each in range(1, 12)} == {0}
    assert decode(keys["IABTCF_TCString"]).vendor_consents == NONE
    reader.keys["IABTCF_TCString"] = "CnonsenseA"
    saved = await reader.post("BANNER_ALLOW_ALL")
    assert problem(saved) == (200, "ERROR_CODE_INVALID_TC_STRING")
    assert decode(saved.json["storageKeys"]["IABTCF_TCString"]).vendor_consents == VENDORS


@pytest.mark.parametrize("days, reason", [(390, (False, 151)), (391, (True, 104))])
async def test_a_string_expires_by_its_own_date(server: Server, days: int, reason: tuple[bool, int]) -> None:
    await live(server, ruled(northwind(), reconsent_days=0, iab_reconsent_days=390))
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait((days - 1) * 86_400_000 + 86_400_000 - server.clock() % 86_400_000)
    said = await reader.look()
    assert why(said) == reason
    assert said["appConfig"]["shouldResetLocalState"] is reason[0]


async def test_a_string_of_another_policy_is_asked_for_anew(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    reader.keys["IABTCF_TCString"] = encode(replace(reader.tc, policy_version=2))
    said = await reader.look()
    assert why(said) == (True, 104)
    assert said["storageKeys"]["OT_GroupConsents"]["IAB2V2_1"] == 0
    assert (reader.tc.policy_version, reader.tc.purpose_consents) == (4, NONE)


async def test_a_string_made_with_a_newer_list_than_ours_is_believed(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    newer = encode(replace(reader.tc, list_version=180, policy_version=5))
    reader.keys["IABTCF_TCString"] = newer
    assert why(await reader.look()) == (False, 151)
    assert reader.keys["IABTCF_TCString"] == newer


async def test_the_receipt_holds_the_strings(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    id = opened_receipt(await reader.press("PREFERENCE_CENTER_REJECT_ALL"))["jti"]
    row = await server.node.context.stores.ledger.receipt(bytes.fromhex(id))
    receipt = json.decode(row.body, type=Receipt)
    assert receipt.signals.tc == reader.keys["IABTCF_TCString"]
    assert receipt.signals.ac == reader.keys["IABTCF_AddtlConsent"]
    assert receipt.signals.gpp == reader.keys["IABGPP_HDR_GppString"]


def opened_receipt(said: Any) -> Any:
    """The claims of a receipt."""
    return opened(said["receipt"].split(".")[1] + "==")


async def test_every_key_of_the_dialect_is_there_on_every_answer(server: Server) -> None:
    names = """
    TCString AddtlConsent CmpSdkID CmpSdkVersion PolicyVersion gdprApplies PublisherCC PurposeOneTreatment
    UseNonStandardTexts UseNonStandardStacks VendorConsents VendorLegitimateInterests PurposeConsents
    PurposeLegitimateInterests SpecialFeaturesOptIns PublisherRestrictions PublisherConsent
    PublisherLegitimateInterests PublisherCustomPurposesConsents PublisherCustomPurposesLegitimateInterests
    EnableAdvertiserConsentMode DisclosedVendors
    """.split()
    mirrored = {f"IABGPP_TCFEU2_{each}" for each in names} - {
        "IABGPP_TCFEU2_TCString", "IABGPP_TCFEU2_EnableAdvertiserConsentMode",
    }  # fmt: skip
    wanted = {f"IABTCF_{each}" for each in names} | mirrored | {"IABGPP_2_String", "IABGPP_HDR_GppString"}
    reader = Reader(server)
    for said in (await reader.look(), await reader.look("preferences"), await reader.press("BANNER_ALLOW_ALL")):
        assert wanted <= said["storageKeys"].keys()
        assert said["storageKeys"]["IABTCF_PublisherRestrictions"]["10"][10] == "1"
        assert said["storageKeys"]["IABTCF_TCString"] == said["storageKeys"]["IABGPP_2_String"]


@pytest.mark.parametrize("changes, purposes, vendors", [
    ({"purposes": (1, 2, 7)}, Ids.of([1, 2, 7]), VENDORS),
    ({"vendors": (755,)}, Ids.of([1, 2, 3, 4, 7, 9, 10]), Ids.of([755])),
    ({"vendors": (755, 60000)}, Ids.of([1, 2, 3, 4, 7, 9, 10]), Ids.of([755])),
])  # fmt: skip
async def test_what_is_hidden_gets_no_signal(
    server: Server, changes: dict[str, Any], purposes: Ids, vendors: Ids
) -> None:
    await live(server, iab(northwind(), **changes))
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    assert (reader.tc.purpose_consents, reader.tc.vendor_consents, reader.tc.disclosed) == (purposes, vendors, vendors)


async def test_all_vendors_are_a_decision_and_the_deleted_stay_out(server: Server) -> None:
    await live(server, iab(northwind(), vendors=(), all_vendors=True))
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    assert reader.tc.disclosed is not None
    vendor_lists = server.node.context.published_settings.vendor_lists.vendors
    now = datetime.fromtimestamp(server.clock() / 1000, UTC)
    assert reader.tc.disclosed == vendor_lists.present(now)
    assert len(reader.tc.vendor_consents) > 500


async def test_a_publisher_s_own_purposes_travel_with_the_string(server: Server) -> None:
    reader = Reader(server)
    await reader.press("PREFERENCE_CENTER_CONFIRM", confirm(C0006=True))
    assert reader.tc.publisher is not None
    assert (reader.tc.publisher.custom.count, list(reader.tc.publisher.custom.consents)) == (1, [1])


async def test_a_new_vendor_list_reaches_the_next_string_and_forces_nothing(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    before = reader.keys["IABTCF_TCString"]
    vendor_lists = server.node.context.published_settings.vendor_lists
    newer = dataclasses.replace(vendor_lists, vendors=dataclasses.replace(vendor_lists.vendors, version=46))
    server.node.context.published_settings.use_vendor_lists(newer)
    assert why(await reader.look()) == (False, 151)
    assert reader.keys["IABTCF_TCString"] == before
    await reader.press("PREFERENCE_CENTER_ALLOW_ALL")
    assert reader.tc.list_version == 46
    assert (await Reader(server).look())["storageKeys"]["IABTCF_TCString"] != before


def test_the_example_s_part_in_the_framework_is_what_these_tests_think() -> None:
    found = next(space.iab for space in northwind().workspaces if space.iab)
    assert isinstance(found, IabSetting)
    assert (Ids.of(found.vendors), found.google_providers, NEWS) == (VENDORS, GOOGLE, "news/news-app")
