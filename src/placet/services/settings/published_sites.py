"""Sites of a draft and the publications made from them."""

from datetime import UTC, datetime

from msgspec import Struct

from placet.errors import Missing
from placet.settings.organisation import Organisation, SiteSetting, Workspace, build_site
from placet.settings.site import Publication, Site, Stage, content_hash
from placet.stores.ports.catalogue import Catalogue, CatalogueSnapshot, Draft
from placet.validation.checks.connections import write_keys


class Author(Struct, frozen=True):
    """Who edits, and when (epoch ms)."""

    by: str
    now: int


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
    published_settings = await catalogue.snapshot()
    ours = (
        p
        for p in published_settings.publications
        if p.site.organisation == organisation.id.lower() and p.stage is stage
    )
    return {each.site.app_id: each for each in ours}


def app_ids_of_others(organisation: Organisation, published_settings: CatalogueSnapshot) -> frozenset[str]:
    """The app ids that belong to other organisations of the store, applied or published."""
    id_ = organisation.id.lower()
    published = {each.site.app_id for each in published_settings.publications if each.site.organisation != id_}
    drafts = (draft.organisation for draft in published_settings.drafts if draft.organisation.id.lower() != id_)
    applied = {site.app_id.lower() for each in drafts for workspace in each.workspaces for site in workspace.sites}
    return frozenset(published | applied)


def write_keys_of_others(organisation: Organisation, published_settings: CatalogueSnapshot) -> frozenset[str]:
    """The write keys that open sources of other organisations of the store."""
    drafts = (
        draft.organisation
        for draft in published_settings.drafts
        if draft.organisation.id.lower() != organisation.id.lower()
    )
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
