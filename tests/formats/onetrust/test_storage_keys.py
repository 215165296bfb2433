"""The keys under which apps find the strings: every shared case, then what the cases leave open."""

from datetime import UTC, datetime, timedelta

import pytest
import vectors

from placet.formats.gpp import gpp
from placet.formats.gpp.canada import CanadianConsent
from placet.formats.ids import Ids
from placet.formats.onetrust.storage_keys import gdpr_keys, gpp_keys, nested, tcf_keys, usp_keys
from placet.formats.tcf import tcf
from placet.formats.tcf.fields import Restriction

DAY = datetime(2026, 3, 2, tzinfo=UTC)
CASES = vectors.rows("signals.jsonl")


def cases(kind):
    chosen = [each for each in CASES if each["kind"] == kind]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["id"])


@cases("tcfKeys")
def test_an_app_finds_the_tc_string_under_its_keys(case):
    text = case["given"]["text"]

    assert tcf_keys(tcf.decode(text), text) == case["wanted"]


@cases("gppKeys")
def test_an_app_finds_the_gpp_string_under_its_keys(case):
    text = case["given"]["text"]

    assert gpp_keys(gpp.decode(text), text, tuple(case["given"]["applicable"])) == case["wanted"]


@cases("nested")
def test_onetrust_s_form_of_the_keys(case):
    assert nested(case["given"]) == case["wanted"]


def test_restrictions_stand_under_their_purpose_and_the_strictest_wins():
    text = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"
    plain = tcf.decode(text)
    rows = (
        Restriction(2, 1, Ids.of([2, 5])),
        Restriction(2, 0, Ids.of([5])),
        Restriction(2, 3, Ids.of([9])),
        Restriction(7, 2, Ids.of([1])),
    )
    value = tcf.TcString(**{**{name: getattr(plain, name) for name in plain.__struct_fields__}, "restrictions": rows})

    keys = tcf_keys(value, text)

    assert keys["IABTCF_PublisherRestrictions2"] == "_1__0"
    assert keys["IABTCF_PublisherRestrictions7"] == "2"


@pytest.mark.parametrize(
    "applies, additional, mode, wanted",
    [
        (True, "2~1~dv.", True, {"gdprApplies": 1, "AddtlConsent": "2~1~dv.", "EnableAdvertiserConsentMode": 1}),
        (False, "", None, {"gdprApplies": 0}),
        (None, "", False, {"EnableAdvertiserConsentMode": 0}),
    ],
)
def test_what_stands_with_or_without_a_string(applies, additional, mode, wanted):
    keys = gdpr_keys(applies, 300, additional=additional, advertiser_mode=mode)

    assert keys == {f"IABTCF_{name}": key for name, key in {"CmpSdkID": 300, **wanted}.items()}


def test_us_privacy_has_one_key():
    assert usp_keys("1YNY") == {"IABUSPrivacy_String": "1YNY"}


def test_canadian_times_are_milliseconds_and_restrictions_pairs():
    consent = CanadianConsent(
        created=DAY,
        updated=DAY + timedelta(days=1),
        purposes_express=Ids.of([2, 4]),
        restrictions=(Restriction(2, 1, Ids.of([10, 52])), Restriction(2, 0, Ids.of([11]))),
        disclosed=Ids.of([10]),
    )
    whole = gpp.Gpp((gpp.section_of(consent),))

    keys = gpp_keys(whole, gpp.encode(whole), (5,))

    for prefix in ("IABGPP_TCFCA1", "IABGPP_TCFCAV1"):
        assert keys[f"{prefix}_Created"] == 1772409600000
        assert keys[f"{prefix}_PurposesExpressConsent"] == "2_4"
        assert keys[f"{prefix}_PubRestrictions2"] == "10:1_11:0_52:1"
        assert keys[f"{prefix}_UseNonStandardStacks"] == 0
    assert keys["IABGPP_5_String"] == keys["IABGPP_5_TCString"] == whole.sections[0].text


def test_a_section_we_do_not_know_has_its_text_only():
    unknown = gpp.Gpp((gpp.Section(99, "anything"),))

    assert gpp_keys(unknown, gpp.encode(unknown), ()) == {
        "IABGPP_HDR_Version": "1",
        "IABGPP_HDR_Sections": "99",
        "IABGPP_HDR_GppString": gpp.encode(unknown),
        "IABGPP_GppSID": "",
        "IABGPP_99_String": "anything",
    }
