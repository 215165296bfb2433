"""US strings say what was opted out of, and nothing they were given no notice of."""

import pytest

from placet.consent.strings.us_strings import us_strings
from placet.formats.gpp.gpp import CODECS, SECTION_IDS, decode
from placet.formats.gpp.us_layouts import US_SECTIONS
from placet.formats.gpp.us_section import UsChoices, problems
from placet.settings.iab import Mspa, UsSetting

SECTIONS = [US_SECTIONS[number].prefix for number in US_SECTIONS]


def said(prefix: str, *opted_out: bool | None, gpc: bool = False, **setting: object) -> dict[str, object]:
    """The section's fields, read back from the string."""
    made = us_strings(UsSetting(sections=(prefix,), **setting), *opted_out, gpc=gpc)
    section = decode(made.gpp).get(SECTION_IDS[prefix])
    assert section is not None
    return section.flat()


@pytest.mark.parametrize("prefix", SECTIONS)
@pytest.mark.parametrize("mspa", list(Mspa))
@pytest.mark.parametrize("notices", [True, False])
def test_no_section_says_what_the_standard_forbids(prefix: str, mspa: Mspa, notices: bool) -> None:
    for out in (True, False, None):
        made = us_strings(
            UsSetting(sections=(prefix,), notices_given=notices, mspa=mspa), out, out, out, gpc=out is True
        )
        value = decode(made.gpp).sections[0].value
        assert isinstance(value, UsChoices)
        assert list(problems(value)) == []


@pytest.mark.parametrize("opted_out, expected", [
    ((True, False, None), {"SaleOptOut": 1, "SharingOptOut": 2, "TargetedAdvertisingOptOut": 0,
                           "SaleOptOutNotice": 1, "SharingOptOutNotice": 1, "TargetedAdvertisingOptOutNotice": 0}),
    ((None, None, True), {"SaleOptOut": 0, "SharingOptOut": 0, "TargetedAdvertisingOptOut": 1}),
])  # fmt: skip
def test_each_opt_out_has_its_field(opted_out: tuple[bool | None, ...], expected: dict[str, int]) -> None:
    fields = said("usnat", *opted_out)
    assert {name: fields[name] for name in expected} == expected
    assert (fields["Version"], fields["SharingNotice"], fields["MspaCoveredTransaction"]) == (2, 1, 2)


@pytest.mark.parametrize("mspa, fields", [
    (Mspa.NOT_COVERED, (2, 0, 0)), (Mspa.OPT_OUT_OPTION, (1, 1, 2)), (Mspa.SERVICE_PROVIDER, (1, 2, 1)),
])  # fmt: skip
def test_the_agreement_is_said(mspa: Mspa, fields: tuple[int, ...]) -> None:
    found = said("usca", True, True, None, mspa=mspa)
    names = ("MspaCoveredTransaction", "MspaOptOutOptionMode", "MspaServiceProviderMode")
    assert tuple(found[name] for name in names) == fields


def test_sections_without_a_place_for_gpc_do_not_carry_it() -> None:
    assert said("usca", True, True, None, gpc=True)["Gpc"] is True
    assert said("usca", False, True, None)["Gpc"] is False
    assert "Gpc" not in said("usva", True, None, True, gpc=True)


@pytest.mark.parametrize("sale, setting, text", [
    (True, {}, "1YYN"), (False, {}, "1YNN"), (None, {}, "1YNN"), (True, {"notices_given": False}, "1NYN"),
    (False, {"mspa": Mspa.OPT_OUT_OPTION}, "1YNY"),
])  # fmt: skip
def test_the_older_string_speaks_of_sale_only(sale: bool | None, setting: dict[str, object], text: str) -> None:
    made = us_strings(UsSetting(usp=True, **setting), sale, None, None, gpc=False)
    assert (made.usp, made.gpp, made.keys) == (text, "", {"IABUSPrivacy_String": text})


def test_several_sections_stand_in_the_order_of_their_ids() -> None:
    made = us_strings(UsSetting(sections=("usca", "uspv1", "usnat")), True, True, True, gpc=False)
    assert [CODECS[number].prefix for number in decode(made.gpp).ids] == ["uspv1", "usnat", "usca"]
