"""The settings' life: applied, published, rolled back, exported, told.

Each story is handed the catalogue, who acts, and *now* (epoch ms). What the store raises (Stale, Busy, Missing)
passes through: nothing was written, and the caller says what to do.
"""

from collections.abc import Callable

from msgspec import Struct

from placet.formats.crypto.secret_box import SecretBox
from placet.outputs.registry import types
from placet.services.settings.published_sites import (
    Author,
    app_ids_of_others,
    built,
    current_publications,
    publication,
    wanted_draft,
    write_keys_of_others,
)
from placet.settings.organisation import Organisation
from placet.settings.site import Publication, Stage, content_hash
from placet.stores.ports.catalogue import Catalogue, CatalogueSnapshot, Draft
from placet.validation.check import check, check_app_ids, check_write_keys, stands_in_the_way
from placet.validation.checks.destinations import check_destinations
from placet.validation.checks.filters import check_filters
from placet.validation.diff import SettingChange, changes
from placet.validation.finding import Finding
from placet.validation.seal_secrets import SealedSettings, seal_connections, seal_keys

MAX_LINES = 200
"""How many changes an audit entry spells out."""


class ApplyRefused(Struct, frozen=True):
    """The settings have errors; nothing was written."""

    findings: tuple[Finding, ...]


class ApplyResult(Struct, frozen=True):
    """What an apply changed (or, on a dry run, would change) and the version the settings now have."""

    changes: tuple[SettingChange, ...]
    findings: tuple[Finding, ...]
    version: int


class PublishResult(Struct, frozen=True):
    """What was published now, and the sites (`workspace/site`) that were current already."""

    publications: tuple[Publication, ...]
    unchanged: tuple[str, ...]


class Secrets(Struct, frozen=True):
    """Where secrets come from and go: `look` reads `env:` and `file:` places (raising LookupError), `fresh` makes n
    random bytes, `secret_box` seals."""

    look: Callable[[str], str]
    fresh: Callable[[int], bytes]
    secret_box: SecretBox


async def apply(
    organisation: Organisation,
    catalogue: Catalogue,
    secrets: Secrets,
    author: Author,
    dry_run: bool = False,
) -> ApplyResult | ApplyRefused:
    """Make these the organisation's settings; nothing is published by that. Unchanged settings write nothing.

    Errors of `check`, app ids of other organisations, and secrets that cannot be found or are too short, refuse.
    Secrets are sealed before they are kept. Raises Stale when somebody else applied meanwhile.
    """
    draft = await catalogue.draft(organisation.id.lower())
    settled = prepare_draft(organisation, draft, await catalogue.snapshot(), secrets)

    if stands_in_the_way(settled.findings):
        return ApplyRefused(settled.findings)
    made = changes(draft.organisation if draft else None, settled.organisation)
    version = draft.version if draft else 0
    if dry_run or not made:
        return ApplyResult(made, settled.findings, version)

    kept = await catalogue.apply(settled.organisation, version, author.by, author.now, spelled(made))
    return ApplyResult(made, settled.findings, kept.version)


def prepare_draft(
    organisation: Organisation, draft: Draft | None, published_settings: CatalogueSnapshot, secrets: Secrets
) -> SealedSettings:
    """The settings as they will be kept, their secrets sealed, and everything that was found wrong."""
    findings = (
        *check(organisation),
        *check_filters(organisation),
        *check_destinations(organisation, types()),
        *check_app_ids(organisation, app_ids_of_others(organisation, published_settings)),
        *check_write_keys(organisation, write_keys_of_others(organisation, published_settings)),
    )
    if stands_in_the_way(findings):
        return SealedSettings(organisation, findings)
    stored = draft.organisation.keys if draft else ()
    settled = seal_keys(organisation, stored, secrets.secret_box, secrets.look, secrets.fresh)
    before = draft.organisation if draft else None
    sealed = seal_connections(settled.organisation, before, secrets.secret_box, secrets.look, secrets.fresh)
    return SealedSettings(sealed.organisation, findings + settled.findings + sealed.findings)


def spelled(made: tuple[SettingChange, ...]) -> str:
    """The changes as an audit entry tells them."""
    lines = [str(change) for change in made[:MAX_LINES]]
    more = len(made) - len(lines)
    return "\n".join([*lines, f"… and {more} more"] if more else lines)


async def publish(
    organisation: str,
    stage: Stage,
    catalogue: Catalogue,
    author: Author,
    sites: tuple[str, ...] = (),
    reconsent: bool = False,
    again: bool = False,
) -> PublishResult | ApplyRefused:
    """Publish some sites (none named: all) of the settings as last applied, all at once.

    A site whose content is current already is left alone unless asked for `again`, or with `reconsent`, which
    makes everybody be asked anew. Raises Missing, Stale.
    """
    draft = await wanted_draft(organisation, catalogue)
    others = app_ids_of_others(draft.organisation, await catalogue.snapshot())
    findings = check(draft.organisation) + check_app_ids(draft.organisation, others)
    if stands_in_the_way(findings):
        return ApplyRefused(findings)

    current = await current_publications(draft.organisation, stage, catalogue)
    publications, unchanged = [], []
    for name, site in built(draft.organisation, sites):
        before = current.get(site.app_id)
        if before and before.content_hash == content_hash(site) and not (again or reconsent):
            unchanged.append(name)
            continue
        earlier = await catalogue.history(site.organisation, site.app_id, stage)
        publications.append(publication(site, stage, earlier, before, author, reconsent))

    if publications:
        await catalogue.publish(publications)
    return PublishResult(tuple(publications), tuple(unchanged))
