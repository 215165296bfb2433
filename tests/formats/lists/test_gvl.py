"""Vendor lists: what they say, what they may not say, and the questions asked of them."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.ids import NONE, Ids
from placet.formats.lists import bundled_canadian_list, bundled_list
from placet.formats.lists.gvl import MAX_BYTES, read_list, read_translation, write_list
from placet.formats.lists.gvl_entries import VendorRetention

DATA = Path(__file__).parents[1] / "data"
NAMES = ("gvl-v3-143-partial", "gvl-v3-derived-policy5")
LISTS = {name: gzip.decompress((DATA / f"{name}.json.gz").read_bytes()) for name in NAMES}
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def a_vendor(number=1, **members):
    return {
        "id": number, "name": f"vendor {number}", "purposes": [1], "legIntPurposes": [7], "flexiblePurposes": [],
        "specialPurposes": [], "features": [], "specialFeatures": [], **members,
    }  # fmt: skip


def a_text(number):
    return {"id": number, "name": f"name {number}", "description": f"words {number}", "illustrations": []}


def a_list(*vendors, **members):
    list_part = {str(number): a_text(number) for number in range(1, 12)}
    document = {
        "gvlSpecificationVersion": 3,
        "vendorListVersion": 9,
        "tcfPolicyVersion": 5,
        "lastUpdated": "2026-01-22T16:00:24Z",
        "purposes": list_part,
        "specialPurposes": {"1": a_text(1)},
        "features": {},
        "specialFeatures": {"1": a_text(1)},
        "stacks": {},
        "dataCategories": {},
        "vendors": {str(each["id"]): each for each in vendors},
        **members,
    }
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "name, version, policy, vendors, highest",
    [
        ("gvl-v3-143-partial", 143, 5, 167, 249),
        ("gvl-v3-derived-policy5", 143, 5, 835, 4202),
    ],
)
def test_a_published_list_is_read_whole(name, version, policy, vendors, highest):
    read = read_list(LISTS[name])

    assert (read.specification, read.version, read.policy) == (3, version, policy)
    assert (len(read.vendors), read.index.vendors.highest) == (vendors, highest)
    assert set(read.vendors) == set(read.index.vendors)


def test_masks_say_what_the_vendors_say():
    read = bundled_list()

    for vendor in read.vendors.values():
        for ids, declared in (
            (vendor.purposes, read.index.consent),
            (vendor.without_asking, read.index.interest),
            (vendor.flexible_purposes, read.index.flexible),
            (vendor.special_purposes, read.index.special_purposes),
            (vendor.features, read.index.features),
            (vendor.special_features, read.index.special_features),
        ):
            assert {each for each in declared if vendor.id in declared[each]} == set(ids)


@pytest.mark.parametrize("name", LISTS)
def test_what_is_written_reads_the_same(name):
    read = read_list(LISTS[name])

    assert read_list(write_list(read)) == read


def test_the_written_file_has_the_published_shape():
    published = json.loads(LISTS["gvl-v3-derived-policy5"])
    written = json.loads(write_list(read_list(LISTS["gvl-v3-derived-policy5"])))

    assert written.keys() == published.keys()
    for number, vendor in published["vendors"].items():
        assert written["vendors"][number].keys() >= vendor.keys() - {"deletedDate"}
        assert written["vendors"][number]["purposes"] == vendor["purposes"]


def test_a_canadian_list_has_implied_consent_where_europe_has_interest():
    read = bundled_canadian_list()

    assert (read.specification, read.version, len(read.vendors)) == (2, 45, 36)
    assert read.index.consent[2]
    assert "impConsPurposes" in json.loads(write_list(read))["vendors"]["10"]


def test_a_vendor_is_deleted_from_its_date_on():
    read = read_list(
        a_list(a_vendor(1), a_vendor(2, deletedDate="2026-03-02T00:00:00Z"), a_vendor(3, deletedDate=None))
    )

    assert read.deleted(NOW) == Ids.of([2])
    assert read.present(NOW) == Ids.of([1, 3])
    assert read.present(datetime(2026, 3, 1, 23, 59, tzinfo=UTC)) == Ids.of([1, 2, 3])


def test_a_site_s_own_choice_leaves_only_its_vendors():
    read = read_list(a_list(a_vendor(1), a_vendor(2, purposes=[2]), a_vendor(3, legIntPurposes=[])))

    chosen = read.restricted_to(Ids.of([2, 3, 999]))

    assert list(chosen.vendors) == [2, 3]
    assert chosen.index.vendors == Ids.of([2, 3])
    assert chosen.index.consent == {1: Ids.of([3]), 2: Ids.of([2])}
    assert chosen.index.interest == {7: Ids.of([2])}
    assert read_list(write_list(chosen)) == chosen


@given(st.sets(st.integers(1, 5000)))
def test_restricting_twice_is_restricting_to_both(ids):
    read = bundled_list()
    odd = Ids.of(range(1, 5000, 2))

    twice = read.restricted_to(Ids.of(ids)).restricted_to(odd)

    assert twice == read.restricted_to(Ids.of(ids) & odd)
    assert twice == read_list(write_list(twice))


@pytest.mark.parametrize("vendor, fault", [
    (a_vendor(purposes=[2], legIntPurposes=[2]), "purposes 2 stand under two legal bases"),
    (a_vendor(flexiblePurposes=[9, 2]), "flexible purposes 2, 9 are not declared"),
    (a_vendor(purposes=[], legIntPurposes=[]), "no purpose and no special purpose is declared"),
    (a_vendor(legIntPurposes=[3, 1, 7], purposes=[]), "purposes 1, 3 may not rest on legitimate interest"),
])  # fmt: skip
def test_a_vendor_that_breaks_a_rule_spoils_the_list(vendor, fault):
    with pytest.raises(Malformed, match=fault) as refusal:
        read_list(a_list(vendor))

    assert (refusal.value.standard, refusal.value.field) == ("vendor list", "vendor 1")


def test_before_policy_four_purposes_three_to_six_could_rest_on_interest():
    assert read_list(a_list(a_vendor(legIntPurposes=[3]), tcfPolicyVersion=2)).index.interest == {3: Ids.of([1])}


@pytest.mark.parametrize("data", [
    b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"x":' * 100_000, LISTS["gvl-v3-143-partial"][:-1],
    a_list(gvlSpecificationVersion=4), a_list(vendorListVersion=0), a_list(vendorListVersion=4096),
    a_list(lastUpdated="yesterday"), a_list(lastUpdated="2026-01-22T16:00:24"),
    a_list({**a_vendor(1), "id": 0}), a_list({**a_vendor(1), "purposes": ["1"]}), a_list({**a_vendor(1), "name": None}),
    a_list(vendors={"2": a_vendor(1)}), a_list(vendors={"one": a_vendor(1)}), a_list(purposes={"2": a_text(1)}),
], ids=range(18))  # fmt: skip
def test_what_is_no_vendor_list_is_refused(data):
    with pytest.raises(Malformed) as refusal:
        read_list(data)

    assert refusal.value.standard == "vendor list"


def test_a_huge_file_is_refused_unread():
    with pytest.raises(Malformed, match="more than"):
        read_list(b" " * (MAX_BYTES + 1))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    with pytest.raises(Malformed):
        read_list(data)


def test_retention_is_by_purpose_or_the_standard_one():
    retention = VendorRetention(std_retention=30, purposes={2: 14})

    assert (retention.days(2), retention.days(3)) == (14, 30)
    assert VendorRetention(purposes={2: 14}).days(3) is None
    assert VendorRetention(std_retention=0).days(3) == 0


def test_a_translation_changes_words_and_nothing_else():
    english, french = bundled_list("en"), bundled_list("fr")

    assert french.headings.purposes[1].name == "Stocker et/ou accéder à des informations sur un appareil"
    assert french.headings.purposes[1].illustrations != english.headings.purposes[1].illustrations
    assert french.vendors == english.vendors
    assert french.index == english.index
    assert {each: stack.purposes for each, stack in french.headings.stacks.items()} == {
        each: stack.purposes for each, stack in english.headings.stacks.items()
    }


def a_translation(**purposes):
    nothing = {"specialPurposes": {}, "features": {}, "specialFeatures": {}}
    return json.dumps({"purposes": purposes, **nothing}).encode()


def test_what_a_translation_lacks_stays_english_and_is_named():
    read = read_list(a_list(a_vendor()))
    words = read_translation(a_translation(**{"1": {**a_text(1), "name": "nom 1"}}))

    translated = read.translated(words)

    assert [translated.headings.purposes[each].name for each in (1, 2)] == ["nom 1", "name 2"]
    lacking = [f"purposes {each}" for each in range(2, 12)]
    assert list(read.untranslated(words)) == [*lacking, "specialPurposes 1", "specialFeatures 1"]


def test_a_translation_that_contradicts_its_keys_is_refused():
    with pytest.raises(Malformed, match="purposes 1 calls itself 2"):
        read_translation(a_translation(**{"1": a_text(2)}))


def test_an_empty_choice_leaves_nobody():
    nobody = bundled_list().restricted_to(NONE)

    assert (dict(nobody.vendors), nobody.index.vendors, dict(nobody.index.consent)) == ({}, NONE, {})
