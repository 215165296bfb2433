"""The page about destinations tells of each one, and its columns are those that there are."""

import re
from pathlib import Path

import pytest

from placet.outputs.destination import Destination
from placet.outputs.registry import OWN
from placet.outputs.warehouse.tables import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "destinations.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("shape", OWN, ids=lambda shape: shape.type.name)
def test_the_page_tells_how_many_it_takes_and_whether_it_forgets(shape: Destination) -> None:
    _, at_once, _, forgets = ROWS[shape.type.name].split(" | ")
    assert at_once.startswith(str(shape.most))
    assert forgets.startswith("no") is (shape.forget is None)


def test_the_page_tells_of_every_column() -> None:
    told = re.findall(r"^\| (`.+?`) \| [^|]+ \| ([^|]+) \| [^|]+ \|$", PAGE, re.MULTILINE)
    columns = {name: tables for names, tables in told for name in re.findall(r"`(\w+)`", names)}
    for table, wanted in TABLES.items():
        for column in wanted:
            assert columns[column.name].strip() == "all" or f"`{table}`" in columns[column.name]


def test_every_option_and_secret_is_explained() -> None:
    for shape in OWN:
        assert set(shape.type.meanings) == set(shape.type.options.__struct_fields__), shape.type.name
        assert set(shape.type.needs) <= set(shape.type.secrets)
        assert set(shape.type.purposes) <= set(shape.type.meanings)
