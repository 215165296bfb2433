"""The page about destinations tells of each one, and its columns are those that there are."""

import re
from pathlib import Path

import pytest

from placet.outputs.destination import Destination
from placet.outputs.registry import OWN
from placet.outputs.warehouse.tables import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "destinations.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("destination", OWN, ids=lambda destination: destination.type.name)
def test_the_page_tells_how_many_it_takes_and_whether_it_forgets(destination: Destination) -> None:
    _, at_once, _, forgets = ROWS[destination.type.name].split(" | ")
    assert at_once.startswith(str(destination.most))
    assert forgets.startswith("no") is (destination.forget is None)


def test_the_page_tells_of_every_column() -> None:
    told = re.findall(r"^\| (`.+?`) \| [^|]+ \| ([^|]+) \| [^|]+ \|$", PAGE, re.MULTILINE)
    columns = {name: tables for names, tables in told for name in re.findall(r"`(\w+)`", names)}
    for table, wanted in TABLES.items():
        for column in wanted:
            assert columns[column.name].strip() == "all" or f"`{table}`" in columns[column.name]


def test_every_option_and_secret_is_explained() -> None:
    for destination in OWN:
        assert set(destination.type.meanings) == set(destination.type.options.__struct_fields__), destination.type.name
        assert set(destination.type.needs) <= set(destination.type.secrets)
        assert set(destination.type.purposes) <= set(destination.type.meanings)
