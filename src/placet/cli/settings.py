"""Settings as code: check, apply, publish, rollback, export, history, schema."""

import os
import time
from getpass import getuser
from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from placet.cli.say import FINE, FOUND, NO_STORE, USAGE, Voice, complain, hint, say, styled
from placet.cli.store import Unclear, Where, attempt, here_or_not, opened, opened_to_apply
from placet.cli.telling import (
    audit_told,
    findings_data,
    moment,
    publication_data,
    published_data,
    published_told,
    refuse,
    site_data,
    site_told,
    summary,
    tell_applied,
    told,
)
from placet.config import BadSettings, Config, NoStore
from placet.consent.check import Finding, Severity, check
from placet.consent.checks.destinations import check_destinations
from placet.consent.checks.walk import rules
from placet.consent.organisation import Organisation
from placet.consent.site import Stage
from placet.events.source import check_filters
from placet.faces.files.locate import locate
from placet.faces.files.places import looker
from placet.faces.files.read import read
from placet.faces.files.reference import reference_text
from placet.faces.files.schema import schema_text
from placet.faces.files.write import write
from placet.formats.vault import make
from placet.geolocation import NO_PLACE, can_locate
from placet.outputs.registry import types
from placet.services import edit_catalogue
from placet.services.edit_catalogue import Author, Refused, Secrets
from placet.stores.ports import Catalogue, Missing
from placet.unknown_keys import kept_keys

FAMILY = Group("Settings as code")
SPEAK = Voice()
HERE = Where()

Settings = Annotated[Path, Parameter(help="A settings file, or a folder of them.")]
OnStage = Annotated[Stage, Parameter(help="What visitors get (production, the default), or what the team tries out.")]
By = Annotated[str, Parameter(help="Who is doing this, for the history. Default: the user's name.")]
Org = Annotated[str, Parameter(name="--organisation", help="The organisation's id or name, if there are several.")]


def add_to(app: App) -> None:
    """Add this family's commands."""
    stories = (check_settings, apply, publish, rollback, export, history, schema)
    for story in stories:
        app.command(story, name="check" if story is check_settings else story.__name__, group=FAMILY)


def check_settings(
    path: Settings,
    *,
    errors_only: Annotated[bool, Parameter(negative="", help="Do not mention warnings.")] = False,
    live: Annotated[bool, Parameter(negative="", help="Also tell the unknown write keys that came in.")] = False,
    where: Where = HERE,
    voice: Voice = SPEAK,
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
        return complain(voice, str(why), NO_STORE)
    except BadSettings as why:
        return complain(voice, str(why), USAGE)
    if not (voice.quiet or voice.as_json):
        hint(seen)
    found = locate(reading, checked(reading.organisation) if reading.organisation else ())
    shown = [each for each in found if each.severity is Severity.ERROR or not errors_only]
    trouble = FOUND if shown or (live and seen) else FINE
    return say(voice, [*map(told, shown), summary(reading, shown)], findings_data(shown), trouble)


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
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Make settings those of the organisation. Nothing changes for clients until they are published.

    Errors of `placet check` refuse; warnings are told. Works beside a running server.
    """
    if reconsent and not publish:
        return complain(voice, "--reconsent belongs to publishing: add --publish production or test", USAGE)
    reading = read(path)
    if reading.organisation is None:
        return refuse(voice, locate(reading))
    settings = reading.organisation

    async def story() -> int:
        author = author_of(by)
        async with opened_to_apply(where, dry_run=dry_run, create=create) as (stores, master):
            secrets = secrets_for(path, master)
            applied = await edit_catalogue.apply(settings, stores.catalogue, secrets, author, dry_run)
            if isinstance(applied, Refused):
                return refuse(voice, locate(reading, applied.findings))
            if not publish or dry_run:
                return tell_applied(voice, reading, applied, dry_run)
            catalogue = stores.catalogue
            done = await edit_catalogue.publish(settings.id, publish, catalogue, author, (), reconsent)
        return tell_applied(voice, reading, applied, dry_run, done)

    return await attempt(voice, story)


async def publish(
    *sites: Annotated[str, Parameter(help="workspace/site, or a site's app id. None: all sites.")],
    stage: OnStage = Stage.PRODUCTION,
    reconsent: Annotated[bool, Parameter(negative="", help="Have everybody asked anew.")] = False,
    again: Annotated[bool, Parameter(negative="", help="Publish even what has not changed.")] = False,
    organisation: Org = "",
    by: By = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Publish settings as last applied: clients get them within a second."""

    async def story() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            author = author_of(by)
            done = await edit_catalogue.publish(id_, stage, stores.catalogue, author, sites, reconsent, again)
        if isinstance(done, Refused):
            return complain(voice, "\n".join(str(each) for each in done.findings), FOUND)
        return say(voice, published_told(done), published_data(done))

    return await attempt(voice, story)


async def rollback(
    site: Annotated[str, Parameter(help="workspace/site, or its app id.")],
    *,
    stage: OnStage = Stage.PRODUCTION,
    to: Annotated[int | None, Parameter(help="The publication's number. Default: the one before the current.")] = None,
    organisation: Org = "",
    by: By = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Make an earlier publication of a site current again. The settings as applied stay as they are."""

    async def story() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            now = await edit_catalogue.rollback(id_, site, stage, stores.catalogue, author_of(by), to)
        line = f"{site} is back at publication {now.number} ({now.version}) on {stage}"
        return say(voice, [styled(line, "+")], publication_data(now))

    return await attempt(voice, story)


async def export(
    *,
    out: Annotated[Path | None, Parameter(help="The file to write. Default: standard output.")] = None,
    organisation: Org = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Write an organisation's settings as one canonical file. Secrets are left out; applying it keeps them."""

    async def story() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            text = write(await edit_catalogue.export(id_, stores.catalogue))
        if out is None:
            return say(voice, [text.rstrip("\n")], {"settings": text})
        out.write_text(text, "utf-8")
        return say(voice, [f"written to {out}"], {"file": str(out)})

    return await attempt(voice, story)


async def history(
    site: Annotated[str, Parameter(help="workspace/site, or its app id. None: what was done to all settings.")] = "",
    *,
    stage: OnStage = Stage.PRODUCTION,
    limit: Annotated[int, Parameter(help="How many entries at most; 20 unless said.")] = 20,
    organisation: Org = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Tell who did what to the settings, or which publications a site has had; newest first."""

    async def story() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            if site:
                told_of = await edit_catalogue.history(id_, site, stage, stores.catalogue)
                return say(voice, site_told(told_of, limit), site_data(told_of, limit))
            entries = await edit_catalogue.audit(id_, stores.catalogue, limit)
            settings = await edit_catalogue.export(id_, stores.catalogue)
        return say(voice, audit_told(entries, settings), entries)

    return await attempt(voice, story)


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
    every = await edit_catalogue.organisations(catalogue)
    found = [each for each in every if not name or name.lower() in (each.id.lower(), each.name.lower())]
    if len(found) == 1:
        return found[0].id
    if not every:
        raise Missing("no settings have been applied yet: begin with placet apply")
    known = ", ".join(f"{each.name} ({each.id})" for each in every)
    raise Unclear(f"which organisation? Say --organisation with one of: {known}")
