"""A tree of YAML becomes frozen values, by the fields those values declare.

The field's type decides how a scalar is read, never YAML's guess: a text field holds what was written, so the
country NO stays Norway and 1.10 stays a version. Every misfit is noted and reading goes on.
"""

import re
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType, inspect

from placet.settings.organisation import Organisation, Workspace
from placet.settings.purposes import Sdk
from placet.settings_files.fields import meaning_of
from placet.settings_files.yaml_tree import Node, SettingsProblem, SourceLocation, YamlMapping, YamlScalar, YamlSequence

NOTHING: Final = ("", "~", "null")
WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,15}")
NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[-+]?[0-9]{1,3})?")
KINDS: Final = {YamlScalar: "a single value", YamlMapping: "a map", YamlSequence: "a list"}


class Decoder:
    """Reads trees into values; `problems` gathers all that does not fit.

    `language` is the one a text without a language is in: the organisation's, inside a workspace its first.
    `whole` is false when part of the settings could not be read: what seems missing may be there.
    """

    def __init__(self, whole: bool = True) -> None:
        self.problems: list[SettingsProblem] = []
        self.whole = whole
        self.language = "en"

    def organisation(self, node: Node) -> Organisation | UnsetType:
        """The organisation a whole tree describes, or UNSET when something did not fit."""
        if isinstance(node, YamlMapping):
            self.language = single(node, "language") or self.language
        value: Organisation | UnsetType = self.value(node, inspect.type_info(Organisation), "the file")
        return UNSET if self.problems else value

    def value(self, node: Node, type: inspect.Type, name: str) -> Any:
        """One value of the declared type, or UNSET when it does not fit."""
        match type:
            case inspect.Metadata(type=inner, extra_json_schema={"title": "texts"}):
                return self.texts(node, inner, name)
            case inspect.UnionType(types=types):
                if is_nothing(node) and any(isinstance(each, inspect.NoneType) for each in types):
                    return None
                return self.value(node, chosen(node, types), name)
            case inspect.StructType():
                return self.struct(node, type, name)
            case inspect.VarTupleType(item_type=item):
                return self.items(node, item, name)
            case inspect.DictType(value_type=each):
                return self.map(node, each, name)
            case inspect.AnyType():
                return anything(node)
            case _:
                return self.scalar(node, type, name)

    def scalar(self, node: Node, type: inspect.Type, name: str) -> Any:
        """A text, number, yes-or-no or one of a list of words."""
        if not isinstance(node, YamlScalar):
            return self.misfit(node.spot, f"'{name}' must be a single value, not {KINDS[node.__class__]}")
        if is_nothing(node):
            return self.misfit(node.spot, f"'{name}' is empty", "give it a value, or leave the line out")
        match type:
            case inspect.BoolType():
                return self.truth(node, name)
            case inspect.IntType():
                return self.number(node, name)
            case inspect.FloatType():
                return self.fraction(node, name)
            case inspect.EnumType(cls=words):
                return self.word(node, words, name)
            case _:
                return node.text

    def truth(self, node: YamlScalar, name: str) -> Any:
        """`true` or `false`."""
        if node.text in ("true", "false"):
            return node.text == "true"
        return self.misfit(
            node.spot, f"'{name}' must be true or false, not '{short(node.text)}'", "write true or false"
        )

    def number(self, node: YamlScalar, name: str) -> Any:
        """A whole number."""
        if WHOLE_NUMBER.fullmatch(node.text):
            return int(node.text)
        return self.misfit(node.spot, f"'{name}' must be a whole number, not '{short(node.text)}'", "write digits only")

    def fraction(self, node: YamlScalar, name: str) -> Any:
        """A number, with or without a fraction."""
        if NUMBER.fullmatch(node.text):
            return float(node.text)
        return self.misfit(node.spot, f"'{name}' must be a number, not '{short(node.text)}'", "write it like 0.5")

    def word(self, node: YamlScalar, words: type[Enum], name: str) -> Any:
        """One of an enumeration's words; case, blanks, hyphens and underscores do not matter."""
        for word in words:
            if bare(node.text) in (bare(str(word.value)), bare(word.name)):
                return word
        known = ", ".join(f"'{word.value}'" for word in words)
        return self.misfit(node.spot, f"'{name}' cannot be '{short(node.text)}'", f"choose one of {known}")

    def texts(self, node: Node, type: inspect.Type, name: str) -> Any:
        """A map from language to text; a bare text is in the language of the place."""
        if isinstance(node, YamlScalar) and not is_nothing(node):
            return {self.language: node.text}
        return self.value(node, type, name)

    def items(self, node: Node, type: inspect.Type, name: str) -> Any:
        """A list; a single word may stand without the brackets."""
        if isinstance(node, YamlScalar) and isinstance(type, inspect.StrType) and not is_nothing(node):
            return (node.text,)
        if not isinstance(node, YamlSequence):
            return self.misfit(node.spot, f"'{name}' must be a list", "begin each item with '- '")
        values = tuple(self.value(item, type, f"an item of {name}") for item in node.items)
        return UNSET if UNSET in values else values

    def map(self, node: Node, type: inspect.Type, name: str) -> Any:
        """A map with free keys."""
        if not isinstance(node, YamlMapping):
            return self.misfit(node.spot, f"'{name}' must be a map", "write 'key: value' lines below it")
        values = {key: self.value(value, type, f"{name}.{key}") for key, value in node.items.items()}
        return UNSET if UNSET in values.values() else values

    def struct(self, node: Node, type: inspect.StructType, name: str) -> Any:
        """A value with named fields, read inside the language it brings along."""
        node = short_form(node, type)
        if not isinstance(node, YamlMapping):
            return self.misfit(node.spot, f"'{name}' must be a map of {fields_of(type)}", "write 'key: value' lines")
        outside = self.language
        if type.cls is Workspace:
            self.language = single(node, "languages") or outside
        values = self.fields(node, type)
        self.language = outside
        return UNSET if UNSET in values.values() else type.cls(**values)

    def fields(self, node: YamlMapping, type: inspect.StructType) -> dict[str, Any]:
        """What is said of each field. Unknown keys and missing fields are reported and appear as UNSET."""
        known = {field.name: field for field in type.fields}
        values: dict[str, Any] = {}
        misspelt = set()
        for key, value in node.items.items():
            if key in known:
                values[key] = self.value(value, known[key].type, key)
                continue
            what, cure, meant = unknown(key, list(known), type.cls)
            misspelt.add(meant)
            values[key] = self.misfit(node.keys[key], what, cure)
        for field in type.fields:
            if field.required and field.name not in node.items:
                values[field.name] = UNSET if field.name in misspelt else self.missing(node, field.name, type.cls)
        return values

    def missing(self, node: YamlMapping, name: str, cls: type[Struct]) -> UnsetType:
        """Note a field that must be there, unless a file that could not be read may have it."""
        if not self.whole and cls in (Organisation, Workspace):
            return UNSET
        return self.misfit(node.spot, f"{said_of(cls)} lacks '{name}'", f"add it: {meaning_of(cls, name)}")

    def misfit(self, spot: SourceLocation, what: str, cure: str = "see the schema (placet schema)") -> UnsetType:
        """Note what does not fit."""
        self.problems.append(SettingsProblem(spot, what, cure))
        return UNSET


def chosen(node: Node, types: tuple[inspect.Type, ...]) -> inspect.Type:
    """That of several types which is written as the node is, else the first that is something."""
    written = {YamlScalar: inspect.StrType, YamlMapping: inspect.DictType, YamlSequence: inspect.VarTupleType}[
        type(node)
    ]
    first = next(each for each in types if not isinstance(each, inspect.NoneType))
    return next((each for each in types if isinstance(each, written)), first)


def short_form(node: Node, type: inspect.StructType) -> Node:
    """The written-out form of a value that was written as its one required text alone (a button)."""
    required = [field for field in type.fields if field.required]
    if len(required) != 1 or isinstance(node, YamlSequence) or is_nothing(node):
        return node
    if isinstance(node, YamlMapping):
        names = [field.name for field in type.fields]
        if not node.items or any(get_close_matches(key, names, 1, 0.7) for key in node.items):
            return node
    name = required[0].name
    return YamlMapping(node.spot, {name: node}, {name: node.spot})


def unknown(key: str, known: list[str], cls: type[Struct]) -> tuple[str, str, str]:
    """What to say of a key that is no field: what is wrong, the cure, and the field that was meant (or empty)."""
    lookup = get_close_matches(key.replace("-", "_").lower(), known, 1, 0.6)
    what = f"{said_of(cls)} has no '{key}'"
    if lookup:
        return what, f"did you mean '{lookup[0]}'?", lookup[0]
    return what, f"it may have {', '.join(known)}", ""


def said_of(cls: type) -> str:
    """A value's kind as people say it: `SiteSetting` is "a site"."""
    if cls is Sdk:
        return "an SDK"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__.removesuffix("Setting")).lower()
    return f"an {words}" if words[0] in "aeio" else f"a {words}"


def fields_of(type: inspect.StructType) -> str:
    """The first few field names, for a hint."""
    names = [field.name for field in type.fields]
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def anything(node: Node) -> Any:
    """A value nobody declared a type for, read by YAML 1.2's core rules."""
    if isinstance(node, YamlMapping):
        return {key: anything(value) for key, value in node.items.items()}
    if isinstance(node, YamlSequence):
        return [anything(item) for item in node.items]
    if not node.plain:
        return node.text
    if node.text in NOTHING:
        return None
    if node.text in ("true", "false"):
        return node.text == "true"
    if WHOLE_NUMBER.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if NUMBER.fullmatch(node.text) else node.text


def is_nothing(node: Node) -> bool:
    """True for an empty value, `~` and `null`, without quotes."""
    return isinstance(node, YamlScalar) and node.plain and node.text in NOTHING


def single(node: YamlMapping, key: str) -> str:
    """The text under a key, or the first of its list; empty when there is none."""
    value = node.items.get(key)
    if isinstance(value, YamlSequence) and value.items:
        value = value.items[0]
    return value.text if isinstance(value, YamlScalar) else ""


def bare(word: str) -> str:
    """A word without what people spell differently."""
    return re.sub(r"[-_ ]", "", word).casefold()


def short(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
