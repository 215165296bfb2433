"""Sources as events meet them: settings compiled to gates, the same for everybody who judges."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from msgspec import Struct

from placet.events.filters.actions import only_send
from placet.events.filters.filter import read_filter
from placet.events.filters.from_settings import rule_of
from placet.events.identity.graph import IdentityRules
from placet.events.identity.strategies import SEGMENT_RULES, rules_from
from placet.events.policy.connection import Connection
from placet.events.policy.data_filter import DataFilter, Switch
from placet.events.policy.device_mode_destination import PageDestination, page_destination, reaches_pages
from placet.events.policy.evaluate import Routes, compile_routes
from placet.events.policy.forwarding_rules import (
    ConsentRow,
    ConsentRule,
    EventAttributeRule,
    ForwardingRules,
    SaleRow,
    UserAttributeRule,
)
from placet.events.policy.purposes import SALE, PurposeMapping
from placet.settings.connections import ConnectionSetting, DestinationSetting, SourceSetting
from placet.settings.forwarding_rules import (
    AttributeRuleSetting,
    ConsentRowSetting,
    DataSetting,
    Forward,
    KitSetting,
    RulesSetting,
    VendorConsentSetting,
)
from placet.settings.organisation import Organisation, Workspace, group_of, purpose_guid

SALE_ITEM: Final = "s:sale"
"""What a profile keeps about the sale of data."""


class Source(Struct, frozen=True, dict=True):
    """Where events enter, with everything between there and their destinations, at one version of the settings.

    `id` is `workspace/source`, unique in the organisation. `write_keys` are public, `inputs` keys that need proof,
    with their secrets as they are kept. `group` is the consent group its people's profiles are
    in (None: they have none). `destinations` are by connection id; to those `in_page` visitors' pages send
    by themselves.
    """

    organisation: str
    id: str
    write_keys: tuple[str, ...]
    enabled: bool
    group: bytes | None
    routes: Routes
    destinations: dict[str, DestinationSetting]
    in_page: tuple[PageDestination, ...] = ()
    inputs: dict[str, str] = {}
    onetrust_kit: bool = False
    vendor_consents: tuple[VendorConsentSetting, ...] = ()
    kits: tuple[KitSetting, ...] = ()
    rules: IdentityRules = SEGMENT_RULES

    @property
    def workspace(self) -> str:
        """The workspace it is in: within it, a name is always the same name."""
        return self.id.partition("/")[0]

    @property
    def place(self) -> tuple[str, str]:
        """Organisation and id: the same for all versions."""
        return (self.organisation, self.id)

    def connection(self, id: str) -> Connection | None:
        """The connection of this id, if it is still there."""
        return next((gate.connection for gate in self.routes.compiled if gate.connection.id == id), None)

    def categories(self, connection: Connection) -> tuple[str, ...]:
        """The categories that must be granted, as pages know them."""
        need, bits = self.routes.mapping.mask(connection.purposes), self.routes.mapping.category_bits
        return tuple(sorted(category for category, bit in bits.items() if bit & need))


def sources_of(organisation: Organisation, version: int) -> Iterator[Source]:
    """Every source of these settings, which must have passed `check` and `check_filters`."""
    for workspace in organisation.workspaces:
        mapping = mapping_of(organisation, workspace, version) if workspace.sources else PurposeMapping()
        for source in workspace.sources:
            yield compile_source(organisation, workspace, source, mapping)


def compile_source(
    organisation: Organisation, workspace: Workspace, setting: SourceSetting, mapping: PurposeMapping
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
        inputs={one.key: one.secret for one in setting.inputs},
        onetrust_kit=setting.onetrust_kit,
        vendor_consents=setting.vendor_consents,
        kits=setting.kits,
        rules=rules_from(workspace.identity),
    )


def mapping_of(organisation: Organisation, workspace: Workspace, version: int) -> PurposeMapping:
    """Which category, and which item of a profile, speaks for which purpose.

    The sale of data has an item of its own, for no category asks about it: an opt-out that an event tells of stays.
    """
    named = {category.id: category.purpose or category.id for category in workspace.categories}
    items = {"p:" + purpose_guid(organisation, workspace, one): named[one.id] for one in workspace.categories}
    return PurposeMapping(named, items | {SALE_ITEM: SALE}, version=version)


def connection_of(setting: ConnectionSetting, destination: DestinationSetting, version: int) -> Connection:
    """A connection as judges see it. Raises BadFilter."""
    own = (only_send("filter", read_filter(setting.filter)),) if setting.filter else ()
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
        rules=rules_of(setting.rules),
        share=setting.share / 100,
        filters=own + tuple(map(rule_of, setting.filters)),
        data=data_of(setting.data),
    )


def rules_of(setting: RulesSetting) -> ForwardingRules:
    """Forwarding rules as judges see them."""
    person, event, consent = setting.person, setting.event, setting.consent
    return ForwardingRules(
        consent=ConsentRule(consent.forward is Forward.ONLY, tuple(map(row_of, consent.when))) if consent else None,
        user=UserAttributeRule(*attribute_of(person)) if person else None,
        event=EventAttributeRule(*attribute_of(event)) if event else None,
        known_only=setting.known_only,
    )


def row_of(row: ConsentRowSetting) -> ConsentRow | SaleRow:
    """A row of a rule on consent; whoever refused the sale of their data opted out of it."""
    return SaleRow(present=not row.given) if row.purpose == SALE else ConsentRow(row.purpose, row.given)


def attribute_of(rule: AttributeRuleSetting) -> tuple[bool, str, str]:
    """Whether to forward only what matches, and the attribute."""
    return rule.forward is Forward.ONLY, rule.name, rule.value


def data_of(setting: DataSetting) -> DataFilter:
    """The switches of a connection's data points."""
    switches = (*(Switch(point, False) for point in setting.off), *(Switch(point, True) for point in setting.on))
    return DataFilter(switches, setting.new)
