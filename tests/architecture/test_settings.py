"""docs/reference/settings.md tells every setting, with the default it really has."""

import re

import msgspec
import pytest

from placet.config import Config, DialectDomains
from tests.architecture.source import ROOT, SOURCE, tree

ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
PAGE = (ROOT / "docs/reference/settings.md").read_text()
DOCUMENTED = {name: (default, meaning) for name, default, meaning in ROW.findall(PAGE)}
SETTINGS = {field.name: field.default for field in msgspec.structs.fields(Config)}


def shown(default: object) -> str:
    return "*empty*" if default in ("", DialectDomains()) else f"`{default}`"


def test_the_page_and_the_class_know_the_same_settings():
    assert set(DOCUMENTED) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_page_tells_the_default_that_a_setting_has(name):
    default, meaning = DOCUMENTED[name]
    assert default == shown(SETTINGS[name])
    assert meaning.endswith(".")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_explained_beside_its_default(name):
    body = next(node for node in tree(SOURCE / "config.py").body if getattr(node, "name", "") == "Config").body
    places = {getattr(getattr(node, "target", None), "id", ""): index for index, node in enumerate(body)}
    explanation = body[places[name] + 1]
    assert isinstance(getattr(explanation, "value", None), type(body[0].value))
