"""A finding is told by the line it is about."""

from pathlib import Path

import pytest

from placet.settings_files.findings import locate
from placet.settings_files.read import read, read_texts
from placet.validation.check import check
from tests.small_organisation import SMALL

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"


@pytest.mark.parametrize("old, new, line", [
    ("app_id: 55555555-5555-4555-8555-555555555555", "app_id: 5", "app_id: 5"),
    ("[https://shop.example]", "[https://shop.example/x]", "origins: [https://shop.example/x]"),
    ("{en: Needed, de: Nötig}", "{en: Needed}", "{id: C0001, purpose: run, name: {en: Needed}}"),
    ("purpose: ads\n", "purpose: adds\n", "purpose: adds"),
])  # fmt: skip
def test_a_finding_names_file_and_line(old: str, new: str, line: str) -> None:
    text = SMALL.replace(old, new, 1)
    reading = read_texts([("shop.yaml", text.encode())])
    assert reading.organisation is not None
    spots = [each.problem.spot for each in locate(reading, check(reading.organisation))]
    assert {spot.file for spot in spots} == {"shop.yaml"}
    assert line in [text.splitlines()[spot.line - 1].strip().removeprefix("- ") for spot in spots]


def test_a_located_finding_reads_like_a_compilers() -> None:
    text = SMALL.replace("origins: [https://shop.example]", "origins: [shop.example]")
    reading = read_texts([("shop.yaml", text.encode())])
    assert reading.organisation is not None
    (found,) = locate(reading, check(reading.organisation))
    assert str(found).startswith("shop.yaml:51:19: error bad-origin: 'shop.example' is not an origin – write https://")
    assert found.path == "workspaces[0].sites[0].origins[0]"


def test_the_example_is_clean_but_for_a_platform_that_is_not_registered() -> None:
    reading = read(NORTHWIND)
    assert reading.organisation is not None
    assert [each.code for each in locate(reading, check(reading.organisation))] == ["unregistered"]
