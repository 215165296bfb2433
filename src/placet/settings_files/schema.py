"""The settings format as a JSON Schema, for editors that complete and explain while one types."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from msgspec import json, structs

from placet.settings.connections import DestinationType
from placet.settings.organisation import Organisation
from placet.settings_files.decode import said_of
from placet.settings_files.fields import FIELDS, meaning_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PARTS: Final = ("Organisation", "Workspace")
"""What may be spread over several files, so that no one file need hold all of it."""


Types: TypeAlias = Mapping[str, DestinationType]
"""The sorts of destinations there are, by name."""
NO_TYPES: Final[Types] = {}


def schema(types: Types = NO_TYPES) -> dict[str, Any]:
    """The schema of one settings file, every field with its meaning, and the options of each of these types."""
    _, definitions = json.schema_components([Organisation], ref_template="#/$defs/{name}")
    documented = {name: definition(name, made) for name, made in definitions.items()}
    if types:
        documented["DestinationSetting"] |= destinations(types)
    return {
        "$schema": DIALECT,
        "title": "placet settings",
        "description": "An organisation's settings; several files in a folder are one organisation together.",
        "$ref": "#/$defs/Organisation",
        "$defs": dict(sorted(documented.items())) | {"Texts": TEXTS},
    }


def schema_text(types: Types = NO_TYPES) -> str:
    """The schema as it is published, indented."""
    return json.format(json.encode(schema(types)), indent=2).decode() + "\n"


def destinations(types: Types) -> dict[str, Any]:
    """What a destination's type decides: which options and secrets it may have, and which it needs."""
    named = {"properties": {"type": {"enum": list(types)}}}
    cases = [{"if": {"properties": {"type": {"const": name}}} | needs_type(name), "then": of_type(kind)}
             for name, kind in types.items()]  # fmt: skip
    return {"allOf": [named, *cases]}


def needs_type(name: str) -> dict[str, Any]:
    """The type that is meant when none is written is the webhook."""
    return {} if name == "webhook" else {"required": ["type"]}


def of_type(kind: DestinationType) -> dict[str, Any]:
    """The part of a destination that its type decides."""
    fields = structs.fields(kind.options)
    options = {
        "type": "object",
        "properties": {field.name: option(field, kind.meanings.get(field.name, "")) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }
    names = [name for name in kind.secrets if name]
    secrets = {"properties": {n: {"type": "string", "description": kind.secrets[n]} for n in names}}
    needs = ["options"] * bool(options["required"]) + ["url"] * (not kind.url) + ["secret"] * ("" in kind.needs)
    return {
        "properties": {"options": options, "secrets": secrets | {"additionalProperties": False}},
        "required": needs,
    }


def option(field: structs.FieldInfo, meaning: str) -> dict[str, Any]:
    """One option: as its type says, or as text that means the same."""
    known: dict[str, Any] = json.schema(field.type)
    spelled = known if known.get("type") in ("string", "object", "array") or "enum" in known else {}
    return {"description": meaning} | spelled


TEXTS: Final = {
    "description": "A text for each language tag; a text alone is in the default language.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "propertyNames": {"pattern": "^[a-z]{2,3}(-|$)"},
        },
    ],
}


def definition(name: str, made: dict[str, Any]) -> dict[str, Any]:
    """One definition with its fields explained and the friendlier spellings allowed."""
    cls = next((each for each in FIELDS if each.__name__ == name), None)
    if cls is None:
        return {key: value for key, value in made.items() if key != "title"}
    properties = {field: explained(value, meaning_of(cls, field)) for field, value in made["properties"].items()}
    whole = made | {"title": said_of(cls), "description": first_line(cls), "properties": properties}
    if name in PARTS:
        whole["required"] = ["id"] if name == "Workspace" else []
    if name == "Organisation":
        whole["patternProperties"] = {"^x-": {"description": "the author's own, for anchors; not read"}}
    if name == "Button":
        return {"description": whole["description"], "anyOf": [{"$ref": "#/$defs/Texts"}, whole]}
    return whole


def explained(made: dict[str, Any], meaning: str) -> dict[str, Any]:
    """A field's schema with its meaning, and with `Texts` by name."""
    known: dict[str, Any] = named_texts(made)
    return {"description": meaning} | known


def named_texts(made: Any) -> Any:
    """The same schema in which every map of texts is a reference, and a lone word may stand for a list of words."""
    if isinstance(made, list):
        return [named_texts(each) for each in made]
    if not isinstance(made, dict):
        return made
    if made.get("title") == "texts":
        return {"$ref": "#/$defs/Texts"}
    if made.get("type") == "array" and made.get("items") == {"type": "string"}:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return {key: value if key == "default" else named_texts(value) for key, value in made.items()}


def first_line(cls: type) -> str:
    """The first sentence of a value's docstring."""
    text = " ".join((cls.__doc__ or "").split())
    return re.split(r"(?<=\.) ", text)[0]
