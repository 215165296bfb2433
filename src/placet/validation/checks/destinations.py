"""Destinations: of a type that there is, told what it needs to know and nothing that it does not understand."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct, ValidationError, convert, structs

from placet.settings.connections import DestinationSetting, DestinationType
from placet.settings.organisation import Organisation, Workspace
from placet.validation.checks.connections import SALE, destinations
from placet.validation.finding import Finding, Severity
from placet.validation.paths import Path, Remark
from placet.validation.secrets import secret_path, secrets_in

Types = Mapping[str, DestinationType]
UNKNOWN: Final = "unknown-type"
ADDRESS: Final = "no-address"
SECRET: Final = "unknown-destination-secret"  # noqa: S105 - the code of a finding
NEEDED: Final = "no-destination-secret"
OPTION: Final = "bad-option"
PURPOSE: Final = "unknown-consent"


def check_destinations(organisation: Organisation, types: Types) -> tuple[Finding, ...]:
    """What is wrong with destinations, by the types there are. `check` cannot see this: it knows no vendor."""
    return tuple(
        Finding(Severity.ERROR, code, (*path, *remark.path), remark.message, remark.cure)
        for path, workspace, destination in destinations(organisation)
        for code, remark in of_destination(destination, workspace, types)
    )


def of_destination(destination: DestinationSetting, workspace: Workspace, types: Types) -> Iterator[tuple[str, Remark]]:
    """What is wrong with one destination, each with the code of its finding; paths start at the destination."""
    kind = types.get(destination.type)
    if kind is None:
        message = f"there is no destination type '{destination.type}'"
        yield UNKNOWN, Remark(("type",), message, meant(destination.type, types, "install its package, or choose of"))
        return
    if not destination.url and not kind.url:
        yield ADDRESS, Remark((), f"nobody said where '{destination.id}' is", "add url: https://host/path")
    yield from ((code, remark) for code, remark in of_secrets(destination, kind))
    yield from ((OPTION, remark) for remark in of_options(destination, kind) or of_whole(destination, kind))
    yield from ((PURPOSE, remark) for remark in of_purposes(destination, kind, workspace))


def of_secrets(destination: DestinationSetting, kind: DestinationType) -> Iterator[tuple[str, Remark]]:
    """Every secret it cannot do without is named, and none that it does not know."""
    held = secrets_in(destination)
    for name in held:
        if name not in kind.secrets:
            message = f"{kind.name} knows no secret '{name}'" if name else f"{kind.name} has no secret"
            yield SECRET, Remark(secret_path(name), message, meant(name, [n for n in kind.secrets if n], "it has"))
    for name in kind.needs:
        if name not in held:
            where = f"secrets: {{{name}: env:NAME}}" if name else "secret: env:NAME or file:PATH"
            message = f"'{destination.id}' lacks a secret: {kind.secrets[name]}"
            yield NEEDED, Remark((), message, f"add {where}")


def of_options(destination: DestinationSetting, kind: DestinationType) -> list[Remark]:
    """What is wrong with single options."""
    return list(each_option(destination, kind))


def of_whole(destination: DestinationSetting, kind: DestinationType) -> Iterator[Remark]:
    """Options that fit each by itself make sense together: the type's own word on that."""
    try:
        options_of(destination, kind)
    except ValidationError as why:
        yield Remark(options_path(destination), f"the options of '{destination.id}' do not fit: {why}", "change them")


def each_option(destination: DestinationSetting, kind: DestinationType) -> Iterator[Remark]:
    """Every option is one that the type has, of the sort it wants, and none is missing that it needs."""
    fields = {field.name: field for field in structs.fields(kind.options)}
    for name, value in destination.options.items():
        if name not in fields:
            yield Remark(("options", name), f"{kind.name} has no option '{name}'", meant(name, fields, "it has"))
        elif why := misfit(value, fields[name].type):
            message = f"the option '{name}' of '{destination.id}' does not fit: {why}"
            yield Remark(("options", name), message, f"it is {kind.meanings.get(name, 'described in the docs')}")
    for name, field in fields.items():
        if field.required and name not in destination.options:
            message = f"'{destination.id}' lacks the option '{name}'"
            yield Remark(options_path(destination), message, f"add it to options: {kind.meanings.get(name, '')}")


def options_path(destination: DestinationSetting) -> Path:
    """Where options stand, or the destination where there are none."""
    return ("options",) if destination.options else ()


def misfit(value: Any, wanted: Any) -> str:
    """Why a value is not what an option wants, empty when it is."""
    try:
        convert(value, wanted, strict=False)
    except ValidationError as why:
        return str(why)
    return ""


def of_purposes(destination: DestinationSetting, kind: DestinationType, workspace: Workspace) -> Iterator[Remark]:
    """Options that name purposes name those that categories of the workspace ask for, or `sale`."""
    known = {SALE, *(category.purpose or category.id for category in workspace.categories)}
    spelled = {purpose.strip().lower() for purpose in known}
    for name in kind.purposes:
        said = destination.options.get(name, "")
        for at, purpose in said.items() if isinstance(said, dict) else (("", said),):
            if isinstance(purpose, str) and purpose and purpose.strip().lower() not in spelled:
                path = ("options", name, at) if at else ("options", name)
                yield Remark(path, f"there is no purpose '{purpose}'", meant(purpose, known, "known:"))


def meant(name: str, known: Any, otherwise: str) -> str:
    """The cure for a name that nothing has."""
    lookup = get_close_matches(name, list(known), 1, 0.6)
    return f"did you mean '{lookup[0]}'?" if lookup else f"{otherwise} {', '.join(sorted(known)) or 'none'}"


def options_of(destination: DestinationSetting, kind: DestinationType) -> Struct:
    """The options as the type understands them. Raises msgspec.ValidationError."""
    return convert(destination.options, kind.options, strict=False)
