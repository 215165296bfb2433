"""The published schema is up to date, explains every field and accepts what the reader accepts."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from msgspec import inspect, json
from ruamel.yaml import YAML

from placet.outputs.registry import OWN
from placet.settings.organisation import Organisation
from placet.settings_files.fields import FIELDS
from placet.settings_files.schema import schema, schema_text
from tests.small_organisation import SMALL

TYPES = {shape.type.name: shape.type for shape in OWN}
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "examples" / "northwind").rglob("*.yaml"))


def faults(text: str) -> list[str]:
    validator = jsonschema_rs.validator_for(json.decode(schema_text(TYPES)))
    return [error.message for error in validator.iter_errors(YAML(typ="safe", pure=True).load(text))]


def structs(kind: Any, seen: set[type]) -> set[type]:
    """Every struct that a type is made of."""
    for part in getattr(kind, "types", ()):
        structs(part, seen)
    for name in ("type", "item_type", "value_type"):
        if hasattr(kind, name):
            structs(getattr(kind, name), seen)
    if isinstance(kind, inspect.StructType) and kind.cls not in seen:
        seen.add(kind.cls)
        for field in kind.fields:
            structs(field.type, seen)
    return seen


def test_the_published_schema_is_up_to_date() -> None:
    assert (ROOT / "docs" / "placet.schema.json").read_text() == schema_text(TYPES), "run: placet schema --out docs/…"


def test_every_field_is_explained_and_nothing_else_is() -> None:
    used = structs(inspect.type_info(Organisation), set())
    assert {cls: set(cls.__struct_fields__) for cls in used} == {cls: set(words) for cls, words in FIELDS.items()}


def test_the_schema_carries_the_explanations() -> None:
    site = schema()["$defs"]["SiteSetting"]
    assert site["properties"]["app_id"]["description"] == "the GUID clients send as their application or domain id"
    assert site["required"] == ["id", "app_id", "name"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_examples_files_satisfy_it(file: Path) -> None:
    assert faults(file.read_text()) == []


@pytest.mark.parametrize("old, new, accepted", [
    ("name: Small", "name: Small", True),
    ("name: {en: Run, de: Betrieb}", "name: Run", True),
    ("name: Small", "nmae: Small", False),
    ("default: true", "default: maybe", False),
    ("model: opt-out", "model: opt-sideways", False),
    ("name: {en: Run, de: Betrieb}", "name: {English: Run}", False),
])  # fmt: skip
def test_it_tells_right_from_wrong(old: str, new: str, accepted: bool) -> None:
    assert (faults(SMALL.replace(old, new, 1)) == []) is accepted


DESTINATION = """    destinations:
      - {id: m, name: M, type: mixpanel, secret: "env:X", options: {project_id: 1, account: a, token: t}}
consent_groups:"""


@pytest.mark.parametrize("old, new, accepted", [
    ("project_id: 1", 'project_id: "1"', True),
    ("type: mixpanel, ", "url: https://hook.example, ", False),
    ("token: t", "tokken: t", False),
    (", token: t", "", False),
    ('secret: "env:X", ', "", False),
    ("type: mixpanel", "type: mixpannel", False),
    ('secret: "env:X"', 'secret: "env:X", secrets: {gdpr: "env:Y"}', True),
    ('secret: "env:X"', 'secret: "env:X", secrets: {other: "env:Y"}', False),
])  # fmt: skip
def test_it_knows_what_each_destination_asks_for(old: str, new: str, accepted: bool) -> None:
    text = DESTINATION.replace("project_id: 1", 'project_id: "1"').replace(old, new, 1)
    assert (faults(SMALL.replace("consent_groups:", text, 1)) == []) is accepted
