"""Settings as code: check, apply, publish, rollback, export, history, schema."""

import os
import time
from getpass import getuser
from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from placet.app.geolocation import NO_PLACE, can_locate
from placet.app.unknown_keys import kept_keys
from placet.cli.output import FINE, FOUND, NO_STORE, USAGE, OutputOptions, hint, styled, write_error, write_output
from placet.cli.render import (
    audit_lines,
    finding_line,
    findings_data,
    moment,
    print_applied,
    publication_data,
    published_data,
    published_lines,
    refuse,
    site_data,
    site_lines,
    summary,
)
from placet.cli.store import Unclear, Where, attempt, here_or_not, opened, opened_to_apply
from placet.config import BadSettings, Config, NoStore
from placet.errors import Missing
from placet.formats.crypto.secret_box import make
from placet.outputs.registry import types
from placet.services.settings import publish_settings, settings_history
from placet.services.settings.publish_settings import ApplyRefused, Secrets
from placet.services.settings.published_sites import Author
from placet.settings.organisation import Organisation
from placet.settings.site import Stage
from placet.settings_files.findings import locate
from placet.settings_files.read import read
from placet.settings_files.reference import reference_text
from placet.settings_files.schema import schema_text
from placet.settings_files.secret_sources import looker
from placet.settings_files.write import write
from placet.stores.ports.catalogue import Catalogue
from placet.validation.check import check
from placet.validation.checks.destinations import check_destinations
from placet.validation.checks.filters import check_filters
from placet.validation.finding import Finding, Severity
from placet.validation.paths import rules

FAMILY = Group("Settings as code")
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()

Settings = Annotated[Path, Parameter(help="A settings file, or a folder of them.")]
OnStage = Annotated[Stage, Parameter(help="What visitors get (production, the default), or what the team tries out.")]
By = Annotated[str, Parameter(help="Who is doing this, for the history. Default: the user's name.")]
Org = Annotated[str, Parameter(name="--organisation", help="The organisation's id or name, if there are several.")]


def add_to(app: App) -> None:
    """Add this family's commands."""
    services = (check_settings, apply, publish, rollback, export, history, schema)
    for use_case in services:
        app.command(use_case, name="check" if use_case is check_settings else use_case.__name__, group=FAMILY)


def check_settings(
    path: Settings,
    *,
    errors_only: Annotated[bool, Parameter(negative="", help="Do not mention warnings.")] = False,
    live: Annotated[bool, Parameter(negative="", help="Also tell the unknown write keys that came in.")] = False,
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Say what is wrong with settings, file and line by line. Needs no store.

    Exit code 1 when anything is found. `--live` runs on the server's machine, with its configuration.
    """
    reading = read(path)
    try:
        if live:
            here_or_not(where)
        seen = notes(where.settings(), reading.organisation, live=live)
    except NoStore as why:
        return write_error(options, str(why), NO_STORE)
    except BadSettings as why:
        return write_error(options, str(why), USAGE)
    if not (options.quiet or options.as_json):
        hint(seen)
    found = locate(reading, checked(reading.organisation) if reading.organisation else ())
    shown = [each for each in found if each.severity is Severity.ERROR or not errors_only]
    trouble = FOUND if shown or (live and seen) else FINE
    return write_output(options, [*map(finding_line, shown), summary(reading, shown)], findings_data(shown), trouble)


def notes(config: Config, organisation: Organisation | None, *, live: bool) -> list[str]:
    """What the server's settings and its node add to the findings: warnings that no file of settings has a line for."""
    placed = organisation and any(rule.by_place for _, _, rule in rules(organisation))
    found = [NO_PLACE] if placed and not can_locate(config) else []
    keys = kept_keys(Path(config.data_folder), time.time_ns() // 1_000_000) if live else []
    return found + [
        f"{one.count} request{'s' if one.count != 1 else ''} with the unknown write key {one.key}, "
        f"last {moment(one.last)}" + (f": probably meant for {one.near}" if one.near else "")
        for one in keys
    ]


def checked(organisation: Organisation) -> tuple[Finding, ...]:
    """Everything wrong with settings that can be seen without a store."""
    return (*check(organisation), *check_filters(organisation), *check_destinations(organisation, types()))


async def apply(
    path: Settings,
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Show what would change, and change nothing.")] = False,
    publish: Annotated[Stage | None, Parameter(help="Publish all sites afterwards on this stage.")] = None,
    reconsent: Annotated[bool, Parameter(negative="", help="When publishing, have everybody asked anew.")] = False,
    create: Annotated[bool, Parameter(negative="", help="Make a store that no server has used yet.")] = False,
    by: By = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Make settings those of the organisation. Nothing changes for clients until they are published.

    Errors of `placet check` refuse; warnings are told. Works beside a running server.
    """
    if reconsent and not publish:
        return write_error(options, "--reconsent belongs to publishing: add --publish production or test", USAGE)
    reading = read(path)
    if reading.organisation is None:
        return refuse(options, locate(reading))
    settings = reading.organisation

    async def use_case() -> int:
        author = author_of(by)
        async with opened_to_apply(where, dry_run=dry_run, create=create) as (stores, master):
            secrets = secrets_for(path, master)
            applied = await publish_settings.apply(settings, stores.catalogue, secrets, author, dry_run)
            if isinstance(applied, ApplyRefused):
                return refuse(options, locate(reading, applied.findings))
            if not publish or dry_run:
                return print_applied(options, reading, applied, dry_run)
            catalogue = stores.catalogue
            done = await publish_settings.publish(settings.id, publish, catalogue, author, (), reconsent)
        return print_applied(options, reading, applied, dry_run, done)

    return await attempt(options, use_case)


async def publish(
    *sites: Annotated[str, Parameter(help="workspace/site, or a site's app id. None: all sites.")],
    stage: OnStage = Stage.PRODUCTION,
    reconsent: Annotated[bool, Parameter(negative="", help="Have everybody asked anew.")] = False,
    again: Annotated[bool, Parameter(negative="", help="Publish even what has not changed.")] = False,
    organisation: Org = "",
    by: By = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Publish settings as last applied: clients get them within a second."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            author = author_of(by)
            done = await publish_settings.publish(id_, stage, stores.catalogue, author, sites, reconsent, again)
        if isinstance(done, ApplyRefused):
            return write_error(options, "\n".join(str(each) for each in done.findings), FOUND)
        return write_output(options, published_lines(done), published_data(done))

    return await attempt(options, use_case)


async def rollback(
    site: Annotated[str, Parameter(help="workspace/site, or its app id.")],
    *,
    stage: OnStage = Stage.PRODUCTION,
    to: Annotated[int | None, Parameter(help="The publication's number. Default: the one before the current.")] = None,
    organisation: Org = "",
    by: By = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Make an earlier publication of a site current again. The settings as applied stay as they are."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            now = await settings_history.rollback(id_, site, stage, stores.catalogue, author_of(by), to)
        line = f"{site} is back at publication {now.number} ({now.version}) on {stage}"
        return write_output(options, [styled(line, "+")], publication_data(now))

    return await attempt(options, use_case)


async def export(
    *,
    out: Annotated[Path | None, Parameter(help="The file to write. Default: standard output.")] = None,
    organisation: Org = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Write an organisation's settings as one canonical file. Secrets are left out; applying it keeps them."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            text = write(await settings_history.export(id_, stores.catalogue))
        if out is None:
            return write_output(options, [text.rstrip("\n")], {"settings": text})
        out.write_text(text, "utf-8")
        return write_output(options, [f"written to {out}"], {"file": str(out)})

    return await attempt(options, use_case)


async def history(
    site: Annotated[str, Parameter(help="workspace/site, or its app id. None: what was done to all settings.")] = "",
    *,
    stage: OnStage = Stage.PRODUCTION,
    limit: Annotated[int, Parameter(help="How many entries at most; 20 unless said.")] = 20,
    organisation: Org = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Tell who did what to the settings, or which publications a site has had; newest first."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            if site:
                told_of = await settings_history.history(id_, site, stage, stores.catalogue)
                return write_output(options, site_lines(told_of, limit), site_data(told_of, limit))
            entries = await settings_history.audit(id_, stores.catalogue, limit)
            settings = await settings_history.export(id_, stores.catalogue)
        return write_output(options, audit_lines(entries, settings), entries)

    return await attempt(options, use_case)


def schema(
    *,
    out: Annotated[Path | None, Parameter(help="The file to write. Default: standard output.")] = None,
    markdown: Annotated[bool, Parameter(negative="", help="Every field and finding as tables to read.")] = False,
) -> int:
    """Print the JSON Schema of settings files, for editors that complete and explain."""
    text = reference_text(types()) if markdown else schema_text(types())
    if out is None:
        print(text, end="")  # noqa: T201 - a document, not a message
        return FINE
    out.write_text(text, "utf-8")
    return FINE


def secrets_for(path: Path, master: bytes) -> Secrets:
    """How this command finds and seals secrets. `file:` places start in the settings' folder."""
    folder = path if path.is_dir() else path.parent
    return Secrets(looker(folder, os.environ), os.urandom, make(master))


def author_of(by: str) -> Author:
    """Who acts, and now."""
    return Author(by or getuser(), time.time_ns() // 1_000_000)


async def one_organisation(catalogue: Catalogue, name: str) -> str:
    """The id of the organisation that is meant. Raises Unclear, Missing."""
    every = await settings_history.organisations(catalogue)
    found = [each for each in every if not name or name.lower() in (each.id.lower(), each.name.lower())]
    if len(found) == 1:
        return found[0].id
    if not every:
        raise Missing("no settings have been applied yet: begin with placet apply")
    known = ", ".join(f"{each.name} ({each.id})" for each in every)
    raise Unclear(f"which organisation? Say --organisation with one of: {known}")
