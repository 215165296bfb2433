"""Joins the administration: its routes, and the use cases behind them, each bound to one bearer's workspace."""

from collections.abc import Callable

from placet.api.admin.authenticate import Admit
from placet.api.admin.filters import FilterDialect, FilterServices
from placet.api.admin.regulations import RegulationDialect, RegulationServices
from placet.api.admin.tools import ToolDialect, ToolServices
from placet.api.http.routes import Route
from placet.errors import Invalid, Missing
from placet.events.event import Event
from placet.events.simulate.draft import Proposal
from placet.events.simulate.preview import Previewed, WhatIf
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.privacy.regulation import Regulation
from placet.privacy.withdrawal_state import WithdrawalState
from placet.runtime.context import NodeContext
from placet.services.events.explain_event import EventExplanation, explain_event
from placet.services.events.list_events import EventPage, list_events
from placet.services.events.replay_dead_letters import DeadLetterEntry, dead_letters, replay_all, replay_one
from placet.services.events.simulate_draft import DraftTrial, simulate_connection, simulate_draft
from placet.services.privacy.list_withdrawals import WithdrawalStatus, acknowledge, list_withdrawals
from placet.services.privacy.suppressions_and_deletions import (
    RegulationRequest,
    RegulationStatus,
    one_regulation,
    regulate,
    regulations,
    suppressed,
)
from placet.services.settings.edit_filters import FilterEdit, PlacedFilter, edit_filters, filters, one_filter
from placet.settings.api_tokens import Bearer
from placet.stores.ports.catalogue import AuditEntry


def admin_routes(
    context: NodeContext, admit: Admit, breakers: CircuitBreakers, clock: Callable[[], int]
) -> list[Route]:
    """Every path of the administration but the live stream."""
    ingest = AdminServices(context, breakers, clock)
    tools = ToolServices(
        admit=admit,
        explain=ingest.explain,
        events=ingest.events,
        preview=ingest.preview,
        what_if=ingest.what_if,
        letters=ingest.letters,
        replay=ingest.replay,
        withdrawals=ingest.withdrawals,
        acknowledge=ingest.acknowledge,
        breakers=ingest.breakers,
        now=clock,
    )
    own = FilterServices(
        admit=admit,
        filters=ingest.filters,
        one=ingest.one_filter,
        edit=ingest.edit,
        now=clock,
        new_id=lambda: context.new_id(clock()).hex(),
    )
    rules = RegulationServices(admit, ingest.regulate, ingest.regulations, ingest.one_regulation, ingest.suppressed)
    return [*ToolDialect(tools).routes(), *FilterDialect(own).routes(), *RegulationDialect(rules).routes()]


class AdminServices:
    """The use cases of the administration, each within the bearer's workspace; changes are audited."""

    def __init__(self, context: NodeContext, breakers: CircuitBreakers, clock: Callable[[], int]) -> None:
        """Bound to one node."""
        self.context, self.node_breakers, self.clock = context, breakers, clock
        self.stores = context.stores

    async def explain(self, who: Bearer, id: str) -> tuple[EventExplanation, ...]:
        """An event's explanations. Raises Missing."""
        own = [one for one in await explain_event(id, self.stores) if one.organisation == who.organisation]
        found = tuple(one for one in own if one.source.startswith(f"{who.workspace}/"))
        if not found:
            raise Missing(f"no source has taken in an event called '{id}'")
        return found

    async def events(self, who: Bearer, source: str, limit: int, after: str, held: bool) -> EventPage:
        """A page of a source's events. Raises Invalid."""
        known = self.sources(who)
        if not source and len(known) == 1:
            source = known[0]
        if source not in known:
            raise Invalid(f"source must be one of: {', '.join(known) or '(the workspace has none)'}")
        return await list_events(who.organisation, f"{who.workspace}/{source}", self.stores, limit, after, held=held)

    async def preview(self, who: Bearer, source: str, connection: str, event: Event, draft: Proposal) -> Previewed:
        """One event through one connection."""
        return await simulate_connection(who, source, connection, event, draft, self.context)

    async def what_if(self, who: Bearer, trial: DraftTrial) -> list[WhatIf]:
        """Stored events through a draft."""
        return await simulate_draft(who, trial, self.context)

    async def letters(self, who: Bearer, source: str, connection: str, limit: int, after: str) -> list[DeadLetterEntry]:
        """Dead letters of the workspace, source by source where none is named."""
        sources = [source] if source else self.sources(who)
        found: list[DeadLetterEntry] = []
        for one in sources:
            found += await dead_letters(place(who, one, connection), self.stores, limit - len(found), after)
            if len(found) >= limit:
                break
        return found

    async def replay(self, who: Bearer, id: str, source: str, connection: str) -> int:
        """Try again; written into the history."""
        now = self.clock()
        if not id and not (source and connection):
            raise Invalid("say what to try again: an id, or a source and a connection of it")
        if id:
            letter = await self.stores.outbox.find_dead_letter(bytes.fromhex(id))
            if not letter.place.startswith(f"{who.organisation} {who.workspace}/"):
                raise Missing(f"no dead letter {id}")
            count = await replay_one(id, "", self.stores, now)
        else:
            count = await replay_all(place(who, source, connection), self.stores, now)
        await self.note(who, "replay", id or f"{source} {connection}", f"{count} deliveries")
        return count

    async def withdrawals(self, who: Bearer, state: str, limit: int, before: str) -> list[WithdrawalStatus]:
        """How far the workspace's withdrawals have come."""
        if state and state not in list(WithdrawalState):
            raise Invalid(f"'{state}' is no state: choose of {', '.join(WithdrawalState)}")
        wanted = WithdrawalState(state) if state else None
        return await list_withdrawals(who.organisation, self.stores, wanted, limit, before, f"{who.workspace}/")

    async def acknowledge(self, who: Bearer, id: str) -> WithdrawalStatus:
        """It is carried out; written into the history."""
        one = await acknowledge(who.organisation, id, self.stores, self.clock(), f"{who.workspace}/")
        await self.note(who, "acknowledge", id, one.connection)
        return one

    def breakers(self, who: Bearer) -> dict[str, str]:
        """The workspace's destinations whose breakers are not closed here."""
        found = self.node_breakers.not_closed(self.clock())
        own = (who.organisation, who.workspace)
        return {name[2]: position.value for name, position in found.items() if name[:2] == own}

    async def filters(self, who: Bearer, destination: str) -> tuple[PlacedFilter, ...]:
        """A destination's filters."""
        return await filters(who, destination, self.stores)

    async def one_filter(self, who: Bearer, destination: str, id: str) -> PlacedFilter:
        """One of them."""
        return await one_filter(who, destination, id, self.stores)

    async def edit(self, who: Bearer, edit: FilterEdit) -> tuple[PlacedFilter, ...]:
        """Change them; the catalogue writes that into the history."""
        return await edit_filters(who, edit, self.stores, self.clock())

    async def regulate(self, who: Bearer, asked: RegulationRequest) -> Regulation:
        """Suppress people, lift that, or delete; the store writes it into the history."""
        return await regulate(who, asked, self.context, self.clock())

    async def regulations(self, who: Bearer, limit: int, source: str, before: str) -> list[RegulationStatus]:
        """What was asked for."""
        return await regulations(who, limit, source, self.context, before)

    async def one_regulation(self, who: Bearer, id: str) -> RegulationStatus:
        """One of them."""
        return await one_regulation(who, id, self.context)

    async def suppressed(self, who: Bearer, limit: int, after: str) -> list[str]:
        """Who is suppressed."""
        return await suppressed(who, limit, after, self.context)

    def sources(self, who: Bearer) -> list[str]:
        """The ids of the workspace's sources."""
        return self.context.published_settings.sources_of(who.organisation, who.workspace)

    async def note(self, who: Bearer, action: str, subject: str, detail: str) -> None:
        """Write into the history who did what."""
        entry = AuditEntry(self.clock(), f"token {who.name}", action, subject, detail)
        await self.stores.catalogue.append_audit(who.organisation, entry)


def place(who: Bearer, source: str, connection: str) -> str:
    """Where dead letters of a source or connection are found."""
    return " ".join(part for part in (who.organisation, f"{who.workspace}/{source}", connection) if part)
