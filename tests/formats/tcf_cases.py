"""TC strings for tests: random ones, and the plain model that vectors and the reference library describe them by."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from vendor_lists import EVERYONE, ONE_OF_EACH

from placet.formats.ids import MAX_ID, Ids
from placet.formats.tcf.compose import Maker, ShownFramework, TcfChoices, compose
from placet.formats.tcf.fields import CustomPurposes, Restriction
from placet.formats.tcf.tcf import Publisher, TcString


def some_ids(random: Random, highest: int, *, runs: bool = True) -> Ids:
    """A set that may be empty, sparse, dense or made of runs."""
    span = range(1, highest + 1)
    if runs and random.random() < 0.5:
        first = [random.randint(1, highest) for _ in range(random.choice((0, 1, 5, 20)))]
        return Ids.of(each for start in first for each in range(start, min(highest, start + random.randint(0, 40)) + 1))
    return Ids.of(random.sample(span, random.randint(0, min(highest, random.choice((3, 30, highest))))))


def vendors(random: Random) -> Ids:
    """Vendors of a short list or of a long one."""
    return some_ids(random, random.choice((5, 45, 300, 1300, 4202, MAX_ID)))


def tc_string(random: Random) -> TcString:
    """Any string that could have been written since December 2021."""
    day = datetime(2021, 12, 1, tzinfo=UTC) + timedelta(days=random.randint(0, 2000))
    pairs = random.sample(
        [(purpose, kind) for purpose in range(2, 12) for kind in range(3)], random.choice((0, 0, 1, 4))
    )
    count = random.choice((0, 0, 1, 7, 63))
    return TcString(
        version=2,
        created=day,
        updated=day,
        cmp_id=random.randint(2, 4095),
        cmp_version=random.randint(0, 4095),
        screen=random.randint(0, 63),
        language=random.choice(("EN", "DE", "FR", "SR")),
        list_version=random.randint(1, 4095),
        policy_version=random.choice((2, 4, 5)),
        service_specific=True,
        non_standard_texts=random.random() < 0.5,
        special_features=some_ids(random, 12),
        purpose_consents=some_ids(random, 24),
        purpose_interests=some_ids(random, 24),
        purpose_one_treatment=random.random() < 0.5,
        country=random.choice(("AA", "DE", "PT")),
        vendor_consents=vendors(random),
        vendor_interests=vendors(random),
        restrictions=tuple(Restriction(purpose, kind, some_ids(random, 300)) for purpose, kind in sorted(pairs)),
        disclosed=vendors(random),
        publisher=Publisher(
            some_ids(random, 24),
            some_ids(random, 24),
            CustomPurposes(count, some_ids(random, count or 1) & first_ids(count), first_ids(count)),
        ),
    )


def first_ids(count: int) -> Ids:
    """The ids 1 to `count`."""
    return Ids.of(range(1, count + 1))


def model_of(tc: TcString) -> dict[str, Any]:
    """The string under the reference library's names, sets as lists; absent segments are left out."""
    return {
        "version": tc.version,
        "created": _iso(tc.created),
        "lastUpdated": _iso(tc.updated),
        "cmpId": tc.cmp_id,
        "cmpVersion": tc.cmp_version,
        "consentScreen": tc.screen,
        "consentLanguage": tc.language,
        "vendorListVersion": tc.list_version,
        "policyVersion": tc.policy_version,
        "isServiceSpecific": tc.service_specific,
        "useNonStandardTexts": tc.non_standard_texts,
        "specialFeatureOptins": list(tc.special_features),
        "purposeConsents": list(tc.purpose_consents),
        "purposeLegitimateInterests": list(tc.purpose_interests),
        "purposeOneTreatment": tc.purpose_one_treatment,
        "publisherCountryCode": tc.country,
        "vendorConsents": list(tc.vendor_consents),
        "vendorLegitimateInterests": list(tc.vendor_interests),
        "publisherRestrictions": sorted([each.purpose, each.kind, list(each.vendors)] for each in tc.restrictions),
        **({} if tc.disclosed is None else {"vendorsDisclosed": list(tc.disclosed)}),
        **({} if tc.publisher is None else _publisher(tc.publisher)),
    }


def _publisher(value: Publisher) -> dict[str, Any]:
    return {
        "publisherConsents": list(value.purpose_consents),
        "publisherLegitimateInterests": list(value.purpose_interests),
        "numCustomPurposes": value.custom.count,
        "publisherCustomConsents": list(value.custom.consents),
        "publisherCustomLegitimateInterests": list(value.custom.interests),
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


NOW = datetime(2026, 3, 2, 15, 30, 12, 345_678, tzinfo=UTC)
ALL = TcfChoices(
    purpose_consents=Ids.parse("1-24"),
    purpose_interests=Ids.parse("1-24"),
    vendor_consents=EVERYONE,
    vendor_interests=EVERYONE,
    special_features=Ids.parse("1-12"),
)
"""Everything accepted and nothing objected to, far beyond what is ever shown."""


def composed(choices: TcfChoices = ALL, maker: Maker | None = None, **shown: Any) -> TcString:
    """The string for these choices, made at `NOW` with the list `ONE_OF_EACH`."""
    screen = ShownFramework(**{"vendors": EVERYONE, **shown})
    return compose(choices, screen, ONE_OF_EACH, maker or Maker(cmp_id=300), NOW)
