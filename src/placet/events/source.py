"""Sources as events meet them: settings compiled to gates, the same for everybody who judges."""

from collections.abc import Iterator
from uuid import UUID

from msgspec import Struct

from placet.consent.check import Finding, Severity
from placet.consent.checks.in_page import in_pages
from placet.consent.checks.sending import connections
from placet.consent.checks.walk import Path
from placet.consent.organisation import Organisation, Workspace, group_of, purpose_guid
from placet.consent.sending import ConnectionSetting, DestinationSetting, PageDestinationSetting, SourceSetting
from placet.events.connection import Connection
from placet.events.filters import read_filter
from placet.events.filters_actions import only_send
from placet.events.filters_device import doubts
from placet.events.filters_tree import BadFilter
from placet.events.judge import Routes, compile_routes
from placet.events.page_destination import PageDestination, page_destination, reaches_pages
from placet.events.purposes import Mapping


class Source(Struct, frozen=True, dict=True):
    """Where events enter, with everything between there and their destinations, at one version of the settings.

    `id` is `workspace/source`, unique in the organisation. `group` is the consent group its people's profiles are
    in (None: they have none). `destinations` are by connection id; to those `in_page` the
    visitor's own page sends.
    """

    organisation: str
    id: str
    write_keys: tuple[str, ...]
    enabled: bool
    group: bytes | None
    routes: Routes
    destinations: dict[str, DestinationSetting]
    in_page: tuple[PageDestination, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Organisation and id: the same for all versions."""
        return (self.organisation, self.id)

    def connection(self, id: str) -> Connection | None:
        """The connection of this id, if it is still there."""
        return next((gate.connection for gate in self.routes.gates if gate.connection.id == id), None)

    def categories(self, connection: Connection) -> tuple[str, ...]:
        """The categories that must be granted, as pages know them."""
        need, bits = self.routes.mapping.mask(connection.purposes), self.routes.mapping.category_bits
        return tuple(sorted(category for category, bit in bits.items() if bit & need))


def sources_of(organisation: Organisation, version: int) -> Iterator[Source]:
    """Every source of these settings, which must have passed `check` and `check_filters`."""
    for workspace in organisation.workspaces:
        mapping = mapping_of(organisation, workspace, version) if workspace.sources else Mapping()
        for source in workspace.sources:
            yield compile_source(organisation, workspace, source, mapping)


def compile_source(
    organisation: Organisation, workspace: Workspace, setting: SourceSetting, mapping: Mapping
) -> Source:
    """One source, its connections compiled in the order they are written."""
    site = next(site for site in workspace.sites if site.id == setting.site)
    group = group_of(organisation, workspace, site)
    own = [one for one in workspace.connections if one.source == setting.id]
    by_id = {destination.id: destination for destination in workspace.destinations}
    gates = [connection_of(one, by_id[one.destination], mapping.version) for one in own]
    return Source(
        organisation=organisation.id.lower(),
        id=f"{workspace.id}/{setting.id}",
        write_keys=setting.write_keys,
        enabled=setting.enabled,
        group=UUID(group.id).bytes if group else None,
        routes=compile_routes(gates, mapping),
        destinations={one.id: by_id[one.destination] for one in own},
        in_page=tuple(
            page_destination(one, mapping)
            for one in workspace.page_destinations
            if one.source == setting.id and reaches_pages(one)
        ),
    )


def mapping_of(organisation: Organisation, workspace: Workspace, version: int) -> Mapping:
    """Which category, and which item of a profile, speaks for which purpose."""
    named = {category.id: category.purpose or category.id for category in workspace.categories}
    items = {"p:" + purpose_guid(organisation, workspace, one): named[one.id] for one in workspace.categories}
    return Mapping(named, items, version=version)


def connection_of(setting: ConnectionSetting, destination: DestinationSetting, version: int) -> Connection:
    """A connection as judges see it. Raises BadFilter."""
    filters = (only_send("filter", read_filter(setting.filter)),) if setting.filter else ()
    return Connection(
        id=setting.id,
        version=version,
        names=(destination.id, destination.name),
        enabled=setting.enabled and destination.enabled,
        mode=setting.mode,
        truth=setting.truth,
        purposes=setting.purposes,
        need=setting.need,
        exempt=setting.exempt,
        filters=filters,
    )


def check_filters(organisation: Organisation) -> tuple[Finding, ...]:
    """Filters that cannot be read. `consent.check` cannot see this: it knows nothing of events."""
    found = []
    filtered: list[tuple[Path, ConnectionSetting | PageDestinationSetting]] = [
        *((path, setting) for path, _, setting in connections(organisation)),
        *((path, setting) for path, _, setting in in_pages(organisation)),
    ]
    for path, setting in filtered:
        try:
            condition = read_filter(setting.filter or "all")
        except BadFilter as why:
            found.append(Finding(Severity.ERROR, "bad-filter", (*path, "filter"), why.problem, why.cure))
            continue
        if isinstance(setting, PageDestinationSetting):
            cure = "write it another way, or nothing goes there: no page can be trusted to read it as we do"
            found.extend(
                Finding(Severity.WARNING, "doubtful-filter", (*path, "filter"), doubt, cure)
                for doubt in doubts(condition.tree)
            )
    return tuple(found)
