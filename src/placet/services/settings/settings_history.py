"""History, audit, export and rollback of an organisation's settings."""

from msgspec import Struct

from placet.errors import Missing
from placet.services.settings.published_sites import Author, chosen_sites, current_publications, wanted_draft
from placet.settings.organisation import Organisation
from placet.settings.site import Publication, Stage
from placet.stores.ports.catalogue import AuditEntry, Catalogue
from placet.validation.secrets import masked


class PublicationHistory(Struct, frozen=True):
    """A site's publications on one stage, newest first, and which of them is current (0 = none)."""

    site: str
    publications: tuple[Publication, ...]
    current: int


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


async def history(organisation: str, site: str, stage: Stage, catalogue: Catalogue) -> PublicationHistory:
    """A site's publications. Raises Missing."""
    draft = await wanted_draft(organisation, catalogue)
    ((workspace, setting),) = chosen_sites(draft.organisation, (site,))
    app_id = setting.app_id.lower()
    publications = await catalogue.history(organisation.lower(), app_id, stage)
    current = (await current_publications(draft.organisation, stage, catalogue)).get(app_id)
    return PublicationHistory(f"{workspace.id}/{setting.id}", tuple(publications), current.number if current else 0)


async def audit(organisation: str, catalogue: Catalogue, limit: int = 100) -> tuple[AuditEntry, ...]:
    """Who changed what, newest first."""
    return tuple(await catalogue.audit(organisation.lower(), limit))


async def organisations(catalogue: Catalogue) -> tuple[Organisation, ...]:
    """Every organisation that has settings, secrets masked."""
    published_settings = await catalogue.snapshot()
    return tuple(masked(draft.organisation) for draft in published_settings.drafts)
