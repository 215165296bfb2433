"""The settings format as pages to read: every field, and every finding of the check, in tables."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from msgspec import NODEFAULT, Struct, inspect

from placet.settings.connections import DestinationType
from placet.settings_files.decode import said_of
from placet.settings_files.fields import FIELDS, meaning_of
from placet.validation.check import CHECKS

HEAD = """# Settings: every field and every finding

Made by `placet schema --markdown --out docs/reference/settings-reference.md`; a test keeps it in step with the code.
How to use all this is in [settings as code](../tutorial/settings-as-code.md).
"""

NO_TYPES: Final[Mapping[str, DestinationType]] = {}
TYPES = """## Types of destinations

What a destination of each `type` can be told beside the fields above. Packages add more
([destinations](destinations.md)).
"""

FINDINGS = """## Findings

What `placet check` holds settings to. Errors stand in the way of applying and publishing, warnings do not.
"""


def reference_text(types: Mapping[str, DestinationType] = NO_TYPES) -> str:
    """The whole page, with what each of these types of destinations asks for."""
    parts = [HEAD, *map(fields_table, FIELDS)]
    if types:
        parts += [TYPES, *map(type_table, types.values())]
    return "\n".join([*parts, FINDINGS + "\n" + "\n".join(checks_table())]) + "\n"


def type_table(type_: DestinationType) -> str:
    """What a destination of one type can be told, and what it must be."""
    rows = [f"### `type: {type_.name}`", "", f"{type_.about[0].upper()}{type_.about[1:]}.", ""]
    rows += ["| setting | what it holds | when left out | meaning |", "|---|---|---|---|"]
    rows.append(f"| `url` | text | {f'`{type_.url}`' if type_.url else '**must be given**'} | where it listens |")
    for name, meaning in type_.secrets.items():
        left_out = "**must be given**" if name in type_.needs else "–"
        rows.append(f"| `{f'secrets.{name}' if name else 'secret'}` | text | {left_out} | {meaning} |")
    fields = inspect.type_info(type_.options)
    assert isinstance(fields, inspect.StructType)
    for field in fields.fields:
        meaning = type_.meanings.get(field.name, "").replace("|", "\\|")
        rows.append(f"| `options.{field.name}` | {kind(field.type)} | {default(field)} | {meaning} |")
    return "\n".join([*rows, ""])


def fields_table(cls: type[Struct]) -> str:
    """One value's heading, its docstring's first paragraph, and its fields."""
    type_ = inspect.type_info(cls)
    assert isinstance(type_, inspect.StructType)
    rows = ["| field | what it holds | when left out | meaning |", "|---|---|---|---|"]
    for field in type_.fields:
        meaning = meaning_of(cls, field.name).replace("|", "\\|")
        rows.append(f"| `{field.name}` | {kind(field.type)} | {default(field)} | {meaning} |")
    paragraph = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
    return "\n".join([f"## {heading(cls)}", "", paragraph, "", *rows, ""])


def heading(cls: type) -> str:
    """A value's name as a heading."""
    name = said_of(cls).split(" ", 1)[1]
    return name[0].upper() + name[1:]


def kind(type_: inspect.Type) -> str:
    """What a field holds, in words."""
    match type_:
        case inspect.Metadata(extra_json_schema={"title": "texts"}):
            return "text per language"
        case inspect.Metadata(extra_json_schema={"enum": known}):
            return " · ".join(f"`{word}`" for word in known if word)
        case inspect.Metadata(type=inner):
            return kind(inner)
        case inspect.UnionType(types=types):
            return " or ".join(kind(each) for each in types if not isinstance(each, inspect.NoneType))
        case inspect.VarTupleType(item_type=item):
            return f"list of {plural(kind(item))}"
        case inspect.DictType(value_type=value):
            return f"map to {kind(value)}"
        case inspect.StructType(cls=cls):
            return f"[{said_of(cls)}](#{heading(cls).lower().replace(' ', '-')})"
        case inspect.EnumType(cls=words):
            return " · ".join(f"`{word.value}`" for word in words)
        case _:
            return SINGLE.get(type(type_), "anything")


SINGLE = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.BoolType: "`true` or `false`",
    inspect.LiteralType: "one of a few words",
}


def plural(one: str) -> str:
    """Several of a kind."""
    return {"text": "texts", "anything": "anything"}.get(one, one)


def default(field: inspect.Field) -> str:
    """What a field is when nobody says anything."""
    if field.required:
        return "**must be given**"
    value: Any = field.default_factory() if field.default_factory is not NODEFAULT else field.default
    if isinstance(value, Struct):
        return "its defaults"
    if isinstance(value, Enum):
        value = value.value
    if value is None or value in ("", (), {}):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def checks_table() -> Iterator[str]:
    """Every check: its code, its severity, and the rule it holds settings to."""
    yield "| code | severity | the rule |"
    yield "|---|---|---|"
    for row in CHECKS:
        yield f"| `{row.code}` | {row.severity} | {row.rule} |"
