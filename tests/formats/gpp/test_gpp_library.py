"""Fresh random GPP strings, written and read by us and by the reference library."""

import os
import random
import secrets
from datetime import UTC, datetime, timedelta

import gpp_library
import pytest
from msgspec.structs import replace

from placet.formats.gpp.canada import CanadianConsent, CanadianPublisher
from placet.formats.gpp.gpp import Gpp, decode, encode, section_of
from placet.formats.gpp.us_layouts import GPC, SENSITIVE_DATA, SENSITIVE_ITEMS, US_SECTIONS
from placet.formats.gpp.us_section import SENSITIVE, UsChoices
from placet.formats.gpp.usp import UsPrivacy
from placet.formats.ids import Ids
from placet.formats.tcf.fields import CustomPurposes, Restriction
from placet.formats.tcf.tcf import Publisher, TcString

BITFIELDS = {
    "SpecialFeatureOptins": 12,
    "PurposeConsents": 24,
    "PurposeLegitimateInterests": 24,
    "PublisherConsents": 24,
    "PublisherLegitimateInterests": 24,
    "SpecialFeatureExpressConsent": 12,
    "PurposesExpressConsent": 24,
    "PurposesImpliedConsent": 24,
    "PubPurposesExpressConsent": 24,
    "PubPurposesImpliedConsent": 24,
}
CUSTOM = {
    "PublisherCustomConsents", "PublisherCustomLegitimateInterests", "CustomPurposesExpressConsent",
    "CustomPurposesImpliedConsent",
}  # fmt: skip
UNWRITTEN = {"GpcSegmentType", "VendorsAllowedSegmentType", "VendorsAllowed"}


@pytest.fixture(scope="module")
def jitter():
    seed = int(os.environ.get("PLACET_SEED") or secrets.randbits(32))
    print(f"PLACET_SEED={seed}")
    return random.Random(seed)


def some(jitter, highest, limit=30):
    if jitter.random() < 0.3:
        first = jitter.randint(1, highest)
        return Ids.of(range(first, min(highest, first + jitter.randint(0, 200)) + 1))
    return Ids.of(jitter.sample(range(1, highest + 1), jitter.randint(0, min(limit, highest))))


def a_day(jitter):
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=jitter.randint(0, 2500))


def a_us_section(jitter):
    section = jitter.choice(list(US_SECTIONS.values()))
    layout = section.newest
    fields = {
        name: tuple(jitter.randint(0, 2) for _ in range(items)) if items else jitter.randint(0, 2)
        for name, items in zip(layout.names, layout.lengths, strict=True)
    }
    fields[section.version_field] = len(section.layouts)
    fields["MspaCoveredTransaction"] = jitter.randint(1, 2)
    if section.second == SENSITIVE_DATA and jitter.random() < 0.5:
        fields[SENSITIVE] = tuple(jitter.randint(0, 2) for _ in range(SENSITIVE_ITEMS))
    return UsChoices(section.id, fields, jitter.choice([None, True, False]) if section.second == GPC else None)


def a_canadian_consent(jitter):
    day = a_day(jitter)
    custom = CustomPurposes(5, some(jitter, 5), some(jitter, 5))
    return CanadianConsent(
        created=day,
        updated=day,
        cmp_id=jitter.randint(0, 4095),
        cmp_version=jitter.randint(0, 4095),
        screen=jitter.randint(0, 63),
        language=jitter.choice(["EN", "FR"]),
        list_version=jitter.randint(0, 4095),
        special_features=some(jitter, 12),
        purposes_express=some(jitter, 24),
        purposes_implied=some(jitter, 24),
        vendors_express=some(jitter, jitter.choice([60, 1300])),
        vendors_implied=some(jitter, 1300),
        restrictions=tuple(
            Restriction(purpose, jitter.randint(0, 2), some(jitter, 200) | Ids.of([7])) for purpose in (2, 5)
        ),
        publisher=CanadianPublisher(some(jitter, 24), some(jitter, 24), custom),
        disclosed=some(jitter, 1300) | Ids.of([9]),
    )


def a_tc_string(jitter):
    day = a_day(jitter)
    return TcString(
        version=2,
        created=day,
        updated=day,
        cmp_id=jitter.randint(0, 4095),
        cmp_version=jitter.randint(0, 4095),
        screen=jitter.randint(0, 63),
        language="DE",
        list_version=jitter.randint(0, 4095),
        policy_version=5,
        service_specific=True,
        non_standard_texts=jitter.random() < 0.5,
        special_features=some(jitter, 12),
        purpose_consents=some(jitter, 24),
        purpose_interests=some(jitter, 24) - Ids.of([1, 3, 4, 5, 6]),
        purpose_one_treatment=jitter.random() < 0.5,
        country="FR",
        vendor_consents=some(jitter, jitter.choice([60, 1300])),
        vendor_interests=some(jitter, 1300),
        disclosed=some(jitter, 1300),
        publisher=Publisher(some(jitter, 24), some(jitter, 24), CustomPurposes(3, some(jitter, 3), some(jitter, 3))),
    )


def a_string(jitter):
    gpp = Gpp()
    values = [a_us_section(jitter) for _ in range(jitter.randint(0, 6))]
    if jitter.random() < 0.3:
        values.append(UsPrivacy(*[jitter.choice([True, False, None]) for _ in range(3)]))
    if jitter.random() < 0.3:
        values.append(a_canadian_consent(jitter))
    if jitter.random() < 0.3:
        values.append(a_tc_string(jitter))
    for value in values:
        gpp = gpp.having(section_of(value))
    return gpp


def as_library_has_it(field, value, fields):
    """Bit fields as booleans, times as text."""
    width = BITFIELDS.get(field) or (fields["NumCustomPurposes"] if field in CUSTOM else 0)
    if width or field in CUSTOM:
        return [number in value for number in range(1, width + 1)]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", ".000Z")
    return list(value) if isinstance(value, tuple) else value


def library_fields(section):
    fields = section.flat()
    return {name: as_library_has_it(name, value, fields) for name, value in fields.items()}


def to_encode(gpp):
    for section in gpp.sections:
        fields = library_fields(section)
        for name, value in fields.items():
            if name not in UNWRITTEN:
                yield section.prefix, name, value
        value = section.value
        if isinstance(value, UsChoices) and US_SECTIONS[section.id].second == GPC:
            yield section.prefix, "GpcSegmentIncluded", value.gpc is not None
        if isinstance(value, UsChoices) and US_SECTIONS[section.id].second == SENSITIVE_DATA:
            yield section.prefix, "SensitiveDataConsentSegmentIncluded", SENSITIVE in value.fields


def test_the_library_reads_what_we_write(jitter):
    strings = [a_string(jitter) for _ in range(150)]

    for gpp, theirs in zip(strings, gpp_library.decode(map(encode, strings)), strict=True):
        assert list(theirs) == [section.prefix for section in gpp.sections], encode(gpp)
        for section in gpp.sections:
            ours = library_fields(section)
            assert {name: theirs[section.prefix].get(name) for name in ours} == ours, section.text


def test_we_read_what_the_library_writes_and_write_the_same(jitter):
    strings = [a_string(jitter) for _ in range(150)]

    for ours, theirs in zip(strings, gpp_library.encode(map(to_encode, strings)), strict=True):
        assert isinstance(theirs, str), theirs
        assert [each.value for each in decode(theirs).sections] == [each.value for each in ours.sections]
        assert len(encode(ours)) <= len(theirs)
        if not ours.get(2):  # the library's choice between ranges and bitfield is not always the shorter one
            assert encode(ours) == theirs


def test_we_read_the_canadian_strings_of_older_encoders(jitter):
    alone = [replace(a_canadian_consent(jitter), publisher=None, disclosed=None) for _ in range(100)]
    cores = [library_fields(section_of(each)) for each in alone]

    for consent, core in zip(alone, gpp_library.old_canada(cores), strict=True):
        assert decode(f"DBABDA~{core}").get(5).value == consent, core
