"""Our TC strings against those of the reference library, with fresh random strings at every run."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from on_node import ask
from tcf_cases import NOW, model_of, some_ids, tc_string
from vendor_lists import document, parsed

from placet.formats.ids import NONE, Ids
from placet.formats.lists.gvl import VendorList
from placet.formats.tcf.compose import Maker, ShownFramework, TcfChoices, compose, special_only
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import Publisher, TcString, decode, encode

SCRIPT = Path(__file__).parents[1] / "node-tcf" / "crosscheck.cjs"
CLAIMABLE = (2, 7, 8, 9, 10, 11)
LIBRARY = Maker(cmp_id=300, cmp_version=7, interest_for_special_only=True)


@pytest.fixture
def random() -> Random:
    """Fresh at every run; set PLACET_SEED to the printed number to see a failure again."""
    seed = int(os.environ.get("PLACET_SEED") or secrets.randbits(32))
    print(f"PLACET_SEED={seed}")
    return Random(seed)


def test_the_library_reads_what_we_write(random: Random) -> None:
    ours = [tc_string(random) for _ in range(120)]
    theirs = ask(SCRIPT, {"decode": [encode(each) for each in ours]})["decoded"]
    for mine, read in zip(ours, theirs, strict=True):
        assert _without_empty(read) == _without_empty(model_of(mine))


def test_we_write_what_the_library_writes_and_never_longer(random: Random) -> None:
    content = document(random, sorted(random.sample(range(1, 1500), 90)))
    vendors = parsed(content)
    cases = [_case(random, vendors) for _ in range(60)]
    present = vendors.index.vendors - vendors.deleted(NOW)
    composed = [compose(choices, shown, vendors, LIBRARY, NOW) for choices, shown in cases]
    asked = [_model(choices, shown) for choices, shown in cases]
    theirs = ask(SCRIPT, {"encode": {"list": content, "cases": asked}})["encoded"]
    for mine, written in zip(composed, theirs, strict=True):
        assert _to(present, decode(written)) == _to(present, mine)
        for ours, reference in zip(_segments(encode(mine)), _segments(written), strict=True):
            assert len(ours) <= len(reference)


def _case(random: Random, vendors: VendorList) -> tuple[TcfChoices, ShownFramework]:
    """Choices that the library treats as we do: it would also restrict to interest where the law knows none."""
    present = vendors.index.vendors - vendors.deleted(NOW)
    shown = Ids.of(each for each in present if random.random() < 0.8)
    picked = Ids.of(each for each in shown if random.random() < 0.6)
    possible = [(purpose, kind) for purpose in range(1, 12) for kind in (0, 1, 2) if kind < 2 or purpose in CLAIMABLE]
    pairs = random.sample(possible, random.choice((0, 2, 5)))
    restrictions = tuple(
        Restriction(purpose, kind, Ids.of(each for each in picked if random.random() < 0.5)) for purpose, kind in pairs
    )
    choices = TcfChoices(
        purpose_consents=some_ids(random, 11),
        purpose_interests=some_ids(random, 11),
        vendor_consents=picked,
        vendor_interests=(picked - _kept_by_the_library_only(vendors)) | special_only(vendors.index) & shown,
        special_features=some_ids(random, 2),
        publisher=Publisher(some_ids(random, 24), some_ids(random, 24)),
    )
    return choices, ShownFramework(vendors=shown, restrictions=restrictions, country="DE", screen=3)


def _kept_by_the_library_only(vendors: VendorList) -> Ids:
    """Vendors with consent and special purposes: it keeps their bit of interest, against the text (iab.md §1.9, 3)."""
    index = vendors.index
    return _any(index.consent) & _any(index.special_purposes) - _any(index.interest)


def _any(declared: Any) -> Ids:
    union = NONE
    for each in declared.values():
        union |= each
    return union


def _model(choices: TcfChoices, shown: ShownFramework) -> dict[str, Any]:
    assert choices.publisher is not None
    return {
        "created": "2026-03-02T00:00:00.000Z",
        "cmpId": LIBRARY.cmp_id,
        "cmpVersion": LIBRARY.cmp_version,
        "consentScreen": shown.screen,
        "publisherCountryCode": shown.country,
        "isServiceSpecific": True,
        "useNonStandardTexts": False,
        "purposeOneTreatment": False,
        "numCustomPurposes": 0,
        "specialFeatureOptins": list(choices.special_features),
        "purposeConsents": list(choices.purpose_consents),
        "purposeLegitimateInterests": list(choices.purpose_interests),
        "vendorConsents": list(choices.vendor_consents),
        "vendorLegitimateInterests": list(choices.vendor_interests),
        "vendorsDisclosed": list(shown.vendors),
        "publisherConsents": list(choices.publisher.purpose_consents),
        "publisherLegitimateInterests": list(choices.publisher.purpose_interests),
        "publisherCustomConsents": [],
        "publisherCustomLegitimateInterests": [],
        "publisherRestrictions": [[each.purpose, each.kind, list(each.vendors)] for each in shown.restrictions],
    }


def _to(present: Ids, tc: TcString) -> dict[str, Any]:
    """What the string says to vendors that exist: a restriction may span ids of nobody, writer by writer."""
    narrowed = (Restriction(each.purpose, each.kind, each.vendors & present) for each in tc.restrictions)
    return _without_empty(model_of(msgspec.structs.replace(tc, restrictions=tuple(narrowed))))


def _segments(text: str) -> Iterator[str]:
    yield from sorted(text.split("."))


def _without_empty(model: dict[str, Any]) -> dict[str, Any]:
    """Sets of no vendor are no restriction; the library forgets them."""
    return {**model, "publisherRestrictions": sorted(each for each in model["publisherRestrictions"] if each[2])}
