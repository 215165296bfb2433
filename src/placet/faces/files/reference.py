"""The settings format as pages to read: every field, and every finding of the check, in tables."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from msgspec import NODEFAULT, Struct, inspect

from placet.consent.check import CHECKS
from placet.faces.files.fields import FIELDS, meaning_of
from placet.faces.files.shape import said_of

HEAD = """# Settings: every field and every finding

Made by `placet schema --markdown --out docs/settings-reference.md`; a test keeps it in step with the code. How to use
all this is in [settings as code](settings-as-code.md).
"""

FINDINGS = """## Findings

What `placet check` holds settings to. Errors stand in the way of applying and publishing, warnings do not.
"""


def reference_text() -> str:
    """The whole page."""
    parts = [HEAD, *map(fields_table, FIELDS), FINDINGS + "\n" + "\n".join(checks_table())]
    return "\n".join(parts) + "\n"


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


SINGLE = {inspect.StrType: "text", inspect.IntType: "whole number", inspect.BoolType: "`true` or `false`"}


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
