"""A draft of one connection: what would judge events if somebody applied it."""

from typing import Any

from msgspec import Struct, ValidationError, convert, to_builtins
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.errors import Invalid
from placet.events.filters.ast import BadFilter
from placet.events.policy.compile_source import Source, compile_source, mapping_of
from placet.events.policy.consent_state import EventConsent
from placet.events.policy.purposes import PurposeMapping
from placet.events.simulate.preview import DraftPolicy
from placet.settings.connections import ConnectionSetting
from placet.settings.organisation import Organisation, Workspace


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody thinks of changing: fields of connections by their id, and the purposes of categories.

    A connection that is not there yet is made; it then needs `source` and `destination`.
    """

    connections: dict[str, dict[str, Any]] = {}
    categories: dict[str, str] = {}


def drafted(organisation: Organisation, workspace: str, source: str, proposal: Proposal) -> DraftPolicy:
    """The connections of a source as proposed, and the mapping they would be read with. Raises Invalid."""
    space = next((one for one in organisation.workspaces if one.id == workspace), None)
    setting = next((one for one in space.sources if one.id == source), None) if space else None
    if space is None or setting is None:
        raise Invalid(f"there is no source '{source}' in this workspace")
    try:
        after = proposed(space, proposal)
        compiled = compile_source(organisation, after, setting, mapping_of(organisation, after, 0))
    except BadFilter as why:
        raise Invalid(f"{why.problem}: {why.cure}") from why
    except (KeyError, StopIteration) as why:
        raise Invalid(f"the draft names something that is not there: {why}") from why
    return live(compiled)


def live(source: Source) -> DraftPolicy:
    """A source as it judges now."""
    return DraftPolicy(tuple(gate.connection for gate in source.routes.compiled), source.routes.mapping)


def proposed(space: Workspace, proposal: Proposal) -> Workspace:
    """The workspace with the proposal in it. Raises Invalid."""
    known = {one.id: one for one in space.connections}
    unknown = proposal.categories.keys() - {one.id for one in space.categories}
    if unknown:
        raise Invalid(f"there is no category '{min(unknown)}' in this workspace")
    for id, fields in proposal.connections.items():
        before = to_builtins(known[id]) if id in known else {"id": id}
        try:
            known[id] = convert({**before, **fields, "id": id}, ConnectionSetting)
        except ValidationError as why:
            raise Invalid(f"the draft of the connection '{id}' cannot be read: {why}") from why
    categories = tuple(replace(one, purpose=proposal.categories.get(one.id, one.purpose)) for one in space.categories)
    return replace(space, connections=tuple(known.values()), categories=categories)


def profile_of(state: EventConsent, mapping: PurposeMapping) -> Profile:
    """What a profile said, from what judges read of it then: item by item, as far as it was mapped."""
    items: dict[str, Item] = {}
    for voice in state.signals:
        for key, bit in mapping.item_bits.items():
            if (voice.yes | voice.no) & bit:
                items[key] = Item(PurposeStatus.ACTIVE if voice.yes & bit else PurposeStatus.OPT_OUT, voice.at)
    return Profile(items)
