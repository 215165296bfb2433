"""Any string explained: recognised for what it is, in words a person understands, with what is wrong."""

import base64
import json
from datetime import UTC, datetime

import msgspec
import pytest
import vectors
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.explain.explain import MAX_TEXT, explain
from placet.formats.explain.explanation import MAX_NAMES, Explanation, as_text, some_of
from placet.formats.gpp.gpp import header_text
from placet.formats.lists import bundled_cmps, bundled_list, bundled_providers
from placet.formats.lists.library import ExplainLists

NOW = datetime(2026, 3, 10, tzinfo=UTC)
LISTS = ExplainLists(bundled_list(), bundled_providers(), bundled_cmps())
TC = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"
COOKIE = (
    "groups=C0001%3A1%2CC0004%3A0&interactionCount=1&intType=6&browserGpcFlag=0&geolocation=DE%3BBE&version=202501.2.0"
)
SEALED = {
    "LastLaunchDate": 1772619330000, "ShouldShowBanner": 1, "DSID": "1b0e4c52", "isAnonymous": 1,
    "groupConsents": {"C0001": 1, "C0004": 0}, "expiryDate": 1804155375000,
}  # fmt: skip


def in_base64(members):
    return base64.b64encode(json.dumps(members).encode()).decode()


def words(explanation):
    """All lines by heading and label."""
    return {(part.title, line.label): line.words for part in explanation.parts for line in part.lines}


def codes(text, now=NOW):
    return {each.code for each in explain(text, now, LISTS).problems}


@pytest.mark.parametrize(
    "name, member, kind",
    [
        ("tcf.jsonl", "tcString", "TC string"),
        ("ac.jsonl", "ac", "Additional Consent string"),
        ("usp.jsonl", "usp", "US Privacy string"),
        ("gpp.jsonl", "gpp", "GPP string"),
    ],
)
def test_every_shared_string_is_recognised(name, member, kind):
    for case in vectors.good(name):
        if case.get("variant") == "bare-tc" or case.get("withHeaders"):
            continue
        explanation = explain(case[member], NOW, LISTS)
        assert explanation.kind == kind, case
        assert as_text(explanation).startswith(f"{kind}: ")


def test_every_shared_cookie_that_says_something_is_recognised():
    for case in vectors.good("optanon.jsonl"):
        if case["cookie"] == "OptanonConsent" and "=" in case["text"].split("&")[0]:
            assert explain(case["text"], NOW, LISTS).kind == "OptanonConsent cookie", case


@pytest.mark.parametrize(
    "text, kind, summary",
    [
        (f"  {TC}\n", "TC string", "made on 2026-03-02, consent to 5 purposes and 3 vendors"),
        ("1~", "Additional Consent string", "version 1, consent to 0 providers"),
        ("2~70~dv.", "Additional Consent string", "version 2, consent to 1 provider"),
        ("1YYN", "US Privacy string", "the person opted out of the sale of data"),
        ("1YNN", "US Privacy string", "the person did not opt out of sale"),
        ("1Y-N", "US Privacy string", "the law applies, but it is not said whether data may be sold"),
        ("1---", "US Privacy string", "the law does not apply"),
        ("DBAA", "GPP string", "no section"),
        ("DBACTMA~1YNN~BQgAAACA.QA", "GPP string", "sections uspv1, usca"),
        (COOKIE, "OptanonConsent cookie", "1 of 2 categories active"),
        (f"OptanonConsent={COOKIE}", "OptanonConsent cookie", "1 of 2 categories active"),
        ('{"gpc": true}', "gpc.json", "the site says that it obeys Global Privacy Control"),
        ('{"gpc": false}', "gpc.json", "the site says that it does not obey Global Privacy"),
        (in_base64(SEALED), "otConsentString", "1 of 2 categories active"),
        (in_base64(SEALED).rstrip("="), "otConsentString", "1 of 2 categories active"),
        (json.dumps(SEALED), "otConsentString", "1 of 2 categories active"),
        (in_base64({"dsId": "x"}), "otConsentString", "nobody has chosen yet"),
    ],
)
def test_a_string_is_summed_up_in_one_sentence(text, kind, summary):
    explanation = explain(text, NOW, LISTS)

    assert explanation.kind == kind
    assert explanation.summary.startswith(summary)


def test_a_tc_string_names_purposes_and_vendors():
    said = words(explain(TC, NOW, LISTS))

    assert said["Made", "by"] == "consent platform 300 (Google LLC), version 2, screen 1"
    assert said["Purposes", "special features"] == "Use precise geolocation data (1)"
    assert said["Vendors", "legitimate interest"] == "Index Exchange Inc. (10)"
    assert said["Vendors", "shown"].count("(") == 5


def test_a_gpp_section_is_said_in_the_words_of_its_law():
    said = words(explain("DBABBg~BWplpqVE", NOW, LISTS))

    assert said["California", "sale opt out"] == "did not opt out"
    assert "precise geolocation: opted out" in said["California", "sensitive data processing"]
    assert "share data, under 16: no consent" in said["California", "known child sensitive data consents"]
    assert said["California", "mspa covered transaction"] == "yes"


def test_every_section_of_a_long_string_has_its_part():
    longest = max(vectors.good("gpp.jsonl"), key=lambda case: len(case["headerIds"]))

    explanation = explain(longest["gpp"], NOW, LISTS)

    assert len({part.title for part in explanation.parts}) >= len(longest["headerIds"])


def test_a_cookie_is_said_in_words():
    said = words(explain(COOKIE, NOW, LISTS))

    assert said["Choice", "active"] == "C0001"
    assert said["Choice", "last interaction"] == "preferences confirm"
    assert said["Cookie", "place"] == "DE BE"
    assert words(explain("groups=C0001%3A1&intType=9", NOW, LISTS))["Choice", "last interaction"] == (
        "number 9, which we do not know"
    )


def test_an_app_s_memory_is_said_in_words():
    said = words(explain(in_base64(SEALED), NOW, LISTS))

    assert said["Choice", "proves"] == "nobody's identity: it is not signed"
    assert said["Members", "expiryDate"] == "2027-03-04 10:16:15 UTC"


@pytest.mark.parametrize(
    "text, code",
    [
        ("1~70", "version-1"),
        ("2~1~dv.", "provider-unknown"),
        ("1YNN", "retired"),
        ("1Y-N", "incomplete"),
        ("DBABTA~1Y-N", "incomplete"),
        ("DBABLA~CAAgAAAAAACA", "contradiction"),
        (f"{header_text((99,))}~anything", "unknown-section"),
        ("groups=", "no-categories"),
        ("groups=C0001%3A1&interactionCount=0", "no-choice"),
        ("groups=C0001%3A1&AwaitingReconsent=true", "reconsent"),
        ("groups=C0001%3A1&browserGpcFlag=1&isGpcEnabled=0", "gpc-without-effect"),
        ("groups=C0001%3A1&datestamp=2027-01-01T00%3A00%3A00Z", "in-the-future"),
        (in_base64({"dsId": "x", "expiryDate": 1}), "expired"),
        (f"DBABMA~{TC}", "newer-list"),
        (TC, "newer-list"),
    ],
)
def test_what_is_wrong_is_said(text, code):
    assert code in codes(text)


def test_a_platform_that_left_the_framework_voids_the_string():
    platforms = LISTS.cmps.cmps
    gone = platforms[300].__class__(
        id=300, name="Gone", is_commercial=True, deleted_date=datetime(2026, 3, 9, tzinfo=UTC)
    )
    without = LISTS.cmps.__class__(last_updated=NOW, cmps={})
    lists = LISTS._replace(cmps=LISTS.cmps.__class__(last_updated=NOW, cmps={**platforms, 300: gone}))

    assert "cmp-deleted" in {each.code for each in explain(TC, NOW, lists).problems if each.void}
    assert "cmp-unknown" in {each.code for each in explain(TC, NOW, LISTS._replace(cmps=without)).problems}
    assert not {"cmp-deleted", "cmp-unknown"} & codes(TC)


def test_a_string_without_problems_says_so():
    assert "No problems found" in as_text(explain("DBABLA~CVQVAAAAAACA.YA", NOW, LISTS))
    assert "  note  the US Privacy string" in as_text(explain("1YNN", NOW, LISTS))
    assert "  VOID  it was good until" in as_text(explain(in_base64({"dsId": "x", "expiryDate": 1}), NOW, LISTS))


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "none of the strings we know"),
        ("hello", "none of the strings we know"),
        ("e", "none of the strings we know"),
        ('{"a": 1}', "none that we know"),
        ("{", "JSON"),
        (in_base64({"a": 1}), "none that we know"),
        (base64.b64encode(b"y{" * 30).decode(), "none of the strings we know"),
        ("eyJ4", "otConsentString"),
        ("BOvvn6SOvvn6SABABAENAA-AAAAqh7______9______9uz_Ov_v_f__33e8__9v_l_7_", "void since 2020"),
        ("CQgcD4", "TC string"),
        ("DCABLA~CVQVAAAAAACA", "header"),
        ("9~1", "version"),
        ("groups=%", "OptanonConsent"),
        ("groups=C0001", "OptanonConsent"),
        ("x" * (MAX_TEXT + 1), "more than"),
    ],
)
def test_what_can_not_be_read_is_refused(text, reason):
    with pytest.raises(Malformed, match=reason):
        explain(text, NOW, LISTS)


@given(
    st.text(max_size=80)
    | st.dictionaries(st.sampled_from(["dsId", "expiryDate", "groupConsents", "gpc"]), st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9), st.lists
    )).map(json.dumps)
)  # fmt: skip
def test_any_text_is_explained_or_refused(text):
    for form in (text, base64.b64encode(text.encode("utf-8", "replace")).decode()):
        try:
            explanation = explain(form, NOW, LISTS)
        except Malformed:
            continue
        assert as_text(explanation)


def test_an_explanation_is_plain_data():
    explanation = explain(TC, NOW, LISTS)

    assert msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation) == explanation


def test_long_lists_are_cut():
    assert some_of(map(str, range(MAX_NAMES + 3))).endswith(", 9 and 3 more")
    assert some_of([]) == "none"
