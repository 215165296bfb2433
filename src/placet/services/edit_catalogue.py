"""The settings' life: applied, published, rolled back, exported, told.

Each story is handed the catalogue, who acts, and *now* (epoch ms). What the store raises (Stale, Busy, Missing)
passes through: nothing was written, and the caller says what to do.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct

from placet.consent.changes import Change, changes
from placet.consent.check import Finding, check, check_app_ids, check_write_keys, stands_in_the_way
from placet.consent.checks.destinations import check_destinations
from placet.consent.checks.sending import write_keys
from placet.consent.keyring import Settled, settle_keys, settle_senders
from placet.consent.organisation import Organisation, SiteSetting, Workspace, build_site
from placet.consent.secrets import masked
from placet.consent.site import Publication, Site, Stage, content_hash
from placet.events.source import check_filters
from placet.formats.vault import Vault
from placet.outputs.registry import types
from placet.stores.ports import AuditEntry, Catalogue, Draft, Missing, Shelf

MOST_LINES = 200
"""How many changes an audit entry spells out."""


class Refused(Struct, frozen=True):
    """The settings have errors; nothing was written."""

    findings: tuple[Finding, ...]


class Applied(Struct, frozen=True):
    """What an apply changed (or, on a dry run, would change) and the version the settings now have."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    version: int


class Published(Struct, frozen=True):
    """What was published now, and the sites (`workspace/site`) that were current already."""

    publications: tuple[Publication, ...]
    unchanged: tuple[str, ...]


class Told(Struct, frozen=True):
    """A site's publications on one stage, newest first, and which of them is current (0 = none)."""

    site: str
    publications: tuple[Publication, ...]
    current: int


class Author(Struct, frozen=True):
    """Who edits, and when (epoch ms)."""

    by: str
    now: int


class Secrets(Struct, frozen=True):
    """Where secrets come from and go: `look` reads `env:` and `file:` places (raising LookupError), `fresh` makes n
    random bytes, `vault` seals."""

    look: Callable[[str], str]
    fresh: Callable[[int], bytes]
    vault: Vault


async def apply(
    organisation: Organisation,
    catalogue: Catalogue,
    secrets: Secrets,
    author: Author,
    dry_run: bool = False,
) -> Applied | Refused:
    """Make these the organisation's settings; nothing is published by that. Unchanged settings write nothing.

    Errors of `check`, app ids of other organisations, and secrets that cannot be found or are too short, refuse.
    Secrets are sealed before they are kept. Raises Stale when somebody else applied meanwhile.
    """
    draft = await catalogue.draft(organisation.id.lower())
    settled = settle(organisation, draft, await catalogue.shelf(), secrets)

    if stands_in_the_way(settled.findings):
        return Refused(settled.findings)
    made = changes(draft.organisation if draft else None, settled.organisation)
    version = draft.version if draft else 0
    if dry_run or not made:
        return Applied(made, settled.findings, version)

    kept = await catalogue.apply(settled.organisation, version, author.by, author.now, spelled(made))
    return Applied(made, settled.findings, kept.version)


def settle(organisation: Organisation, draft: Draft | None, shelf: Shelf, secrets: Secrets) -> Settled:
    """The settings as they will be kept, their secrets sealed, and everything that was found wrong."""
    findings = (
        *check(organisation),
        *check_filters(organisation),
        *check_destinations(organisation, types()),
        *check_app_ids(organisation, app_ids_of_others(organisation, shelf)),
        *check_write_keys(organisation, write_keys_of_others(organisation, shelf)),
    )
    if stands_in_the_way(findings):
        return Settled(organisation, findings)
    stored = draft.organisation.keys if draft else ()
    settled = settle_keys(organisation, stored, secrets.vault, secrets.look, secrets.fresh)
    before = draft.organisation if draft else None
    sealed = settle_senders(settled.organisation, before, secrets.vault, secrets.look, secrets.fresh)
    return Settled(sealed.organisation, findings + settled.findings + sealed.findings)


def spelled(made: tuple[Change, ...]) -> str:
    """The changes as an audit entry tells them."""
    lines = [str(change) for change in made[:MOST_LINES]]
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
) -> Published | Refused:
    """Publish some sites (none named: all) of the settings as last applied, all at once.

    A site whose content is current already is left alone unless asked for `again`, or with `reconsent`, which
    makes everybody be asked anew. Raises Missing, Stale.
    """
    draft = await wanted_draft(organisation, catalogue)
    others = app_ids_of_others(draft.organisation, await catalogue.shelf())
    findings = check(draft.organisation) + check_app_ids(draft.organisation, others)
    if stands_in_the_way(findings):
        return Refused(findings)

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
    return Published(tuple(publications), tuple(unchanged))


def built(organisation: Organisation, names: tuple[str, ...]) -> list[tuple[str, Site]]:
    """The chosen sites as they would be published, by `workspace/site`. Raises Missing."""
    chosen = chosen_sites(organisation, names)
    return [(f"{workspace.id}/{site.id}", build_site(organisation, workspace, site)) for workspace, site in chosen]


def publication(
    site: Site,
    stage: Stage,
    earlier: list[Publication],
    current: Publication | None,
    author: Author,
    reconsent: bool,
) -> Publication:
    """The next publication of a site: the next number, a version of its own, and since when people are asked anew."""
    since = current.reconsent_at if current else 0
    return Publication(
        site=site,
        stage=stage,
        number=earlier[0].number + 1 if earlier else 1,
        version=version_of(earlier, author.now),
        published_at=author.now,
        published_by=author.by,
        content_hash=content_hash(site),
        reconsent_at=author.now if reconsent else since,
    )


def version_of(earlier: list[Publication], now: int) -> str:
    """`YYYYMM.n.0` (cmp-api.md §16.3): the month in UTC, and a count that begins anew each month."""
    month = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m")
    numbers = [int(each.version.split(".")[1]) for each in earlier if each.version.startswith(month + ".")]
    return f"{month}.{max(numbers, default=0) + 1}.0"


async def rollback(
    organisation: str, site: str, stage: Stage, catalogue: Catalogue, author: Author, number: int | None = None
) -> Publication:
    """Make an earlier publication of a site current again: this one, or the one before the current. Raises Missing."""
    told = await history(organisation, site, stage, catalogue)
    target = number if number is not None else told.current - 1
    wanted = next((each for each in told.publications if each.number == target), None)
    if wanted is None:
        known = ", ".join(str(each.number) for each in told.publications) or "none"
        raise Missing(f"{told.site} has no earlier {stage} publication to go back to (there are: {known})")

    await catalogue.point(organisation.lower(), wanted.site.app_id, stage, target, author.by, author.now)
    return wanted


async def export(organisation: str, catalogue: Catalogue) -> Organisation:
    """The settings as last applied, secrets masked. Raises Missing."""
    draft = await wanted_draft(organisation, catalogue)
    return masked(draft.organisation)


async def history(organisation: str, site: str, stage: Stage, catalogue: Catalogue) -> Told:
    """A site's publications. Raises Missing."""
    draft = await wanted_draft(organisation, catalogue)
    ((workspace, setting),) = chosen_sites(draft.organisation, (site,))
    app_id = setting.app_id.lower()
    publications = await catalogue.history(organisation.lower(), app_id, stage)
    current = (await current_publications(draft.organisation, stage, catalogue)).get(app_id)
    return Told(f"{workspace.id}/{setting.id}", tuple(publications), current.number if current else 0)


async def audit(organisation: str, catalogue: Catalogue, limit: int = 100) -> tuple[AuditEntry, ...]:
    """Who changed what, newest first."""
    return tuple(await catalogue.audit(organisation.lower(), limit))


async def organisations(catalogue: Catalogue) -> tuple[Organisation, ...]:
    """Every organisation that has settings, secrets masked."""
    shelf = await catalogue.shelf()
    return tuple(masked(draft.organisation) for draft in shelf.drafts)


async def wanted_draft(organisation: str, catalogue: Catalogue) -> Draft:
    """The settings as last applied. Raises Missing."""
    draft = await catalogue.draft(organisation.lower())
    if draft is None:
        raise Missing(f"there is no organisation {organisation}: apply its settings first")
    return draft


async def current_publications(
    organisation: Organisation, stage: Stage, catalogue: Catalogue
) -> dict[str, Publication]:
    """What is current on a stage, by app id."""
    shelf = await catalogue.shelf()
    ours = (p for p in shelf.publications if p.site.organisation == organisation.id.lower() and p.stage is stage)
    return {each.site.app_id: each for each in ours}


def app_ids_of_others(organisation: Organisation, shelf: Shelf) -> frozenset[str]:
    """The app ids that belong to other organisations of the store, applied or published."""
    id_ = organisation.id.lower()
    published = {each.site.app_id for each in shelf.publications if each.site.organisation != id_}
    drafts = (draft.organisation for draft in shelf.drafts if draft.organisation.id.lower() != id_)
    applied = {site.app_id.lower() for each in drafts for workspace in each.workspaces for site in workspace.sites}
    return frozenset(published | applied)


def write_keys_of_others(organisation: Organisation, shelf: Shelf) -> frozenset[str]:
    """The write keys that open sources of other organisations of the store."""
    drafts = (draft.organisation for draft in shelf.drafts if draft.organisation.id.lower() != organisation.id.lower())
    return frozenset(key for each in drafts for _, key in write_keys(each))


def chosen_sites(organisation: Organisation, names: tuple[str, ...]) -> list[tuple[Workspace, SiteSetting]]:
    """The sites of these names (`workspace/site`, an app id, or a site's id where only one has it); all for none.

    Raises Missing.
    """
    every = [(workspace, site) for workspace in organisation.workspaces for site in workspace.sites]
    if not names:
        return every
    return [one_site(every, name) for name in dict.fromkeys(names)]


def one_site(every: list[tuple[Workspace, SiteSetting]], name: str) -> tuple[Workspace, SiteSetting]:
    """The one site this name stands for. Raises Missing."""
    exact = [(w, s) for w, s in every if name.lower() in (f"{w.id}/{s.id}".lower(), s.app_id.lower())]
    found = exact or [(w, s) for w, s in every if s.id == name]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{workspace.id}/{site.id}" for workspace, site in (found or every))
    raise Missing(f"{'several sites are' if found else 'no site is'} called '{name}': choose of {known}")
