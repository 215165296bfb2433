"""Joins the administration: its routes, and the stories behind them, each bound to one bearer's workspace."""

from collections.abc import Callable

from placet.consent.access import Bearer
from placet.consent.errors import Invalid
from placet.events.draft import Proposal
from placet.events.event import Event
from placet.events.preview import Previewed, WhatIf
from placet.faces.admin.doors import Admit
from placet.faces.admin.filters import FilterFace, FilterStories
from placet.faces.admin.regulations import RegulationFace, RegulationStories
from placet.faces.admin.tools import ToolFace, ToolStories
from placet.faces.routes import Route
from placet.outputs.breakers import Breakers
from placet.services.edit_filters import Edit, Placed, edit_filters, filters, one_filter
from placet.services.explain_event import Told, explain_event
from placet.services.follow import Followed, acknowledge, follow
from placet.services.list_events import Page, list_events
from placet.services.regulate import Asked, Regulation, Standing, one_regulation, regulate, regulations, suppressed
from placet.services.replay import DeadLetter, dead_letters, replay_all, replay_one
from placet.services.try_draft import Trial, try_connection, try_draft
from placet.stores.house import House
from placet.stores.ports import AuditEntry, Missing, State


def admin_routes(house: House, admit: Admit, breakers: Breakers, clock: Callable[[], int]) -> list[Route]:
    """Every path of the administration but the live stream."""
    desk = Desk(house, breakers, clock)
    tools = ToolStories(
        admit=admit,
        explain=desk.explain,
        events=desk.events,
        preview=desk.preview,
        what_if=desk.what_if,
        letters=desk.letters,
        replay=desk.replay,
        withdrawals=desk.withdrawals,
        acknowledge=desk.acknowledge,
        breakers=desk.breakers,
        now=clock,
    )
    own = FilterStories(
        admit=admit,
        filters=desk.filters,
        one=desk.one_filter,
        edit=desk.edit,
        now=clock,
        new_id=lambda: house.new_id(clock()).hex(),
    )
    rulings = RegulationStories(admit, desk.regulate, desk.regulations, desk.one_regulation, desk.suppressed)
    return [*ToolFace(tools).routes(), *FilterFace(own).routes(), *RegulationFace(rulings).routes()]


class Desk:
    """The stories of the administration, each within the bearer's own workspace; what changes something is audited."""

    def __init__(self, house: House, breakers: Breakers, clock: Callable[[], int]) -> None:
        """Bound to one node."""
        self.house, self.node_breakers, self.clock = house, breakers, clock
        self.stores = house.stores

    async def explain(self, who: Bearer, id: str) -> tuple[Told, ...]:
        """An event's explanations. Raises Missing."""
        own = [one for one in await explain_event(id, self.stores) if one.organisation == who.organisation]
        found = tuple(one for one in own if one.source.startswith(f"{who.workspace}/"))
        if not found:
            raise Missing(f"no source has taken in an event called '{id}'")
        return found

    async def events(self, who: Bearer, source: str, most: int, after: str, held: bool) -> Page:
        """A page of a source's events. Raises Invalid."""
        known = self.sources(who)
        if not source and len(known) == 1:
            source = known[0]
        if source not in known:
            raise Invalid(f"source must be one of: {', '.join(known) or '(the workspace has none)'}")
        return await list_events(who.organisation, f"{who.workspace}/{source}", self.stores, most, after, held=held)

    async def preview(self, who: Bearer, source: str, connection: str, event: Event, draft: Proposal) -> Previewed:
        """One event through one connection."""
        return await try_connection(who, source, connection, event, draft, self.house)

    async def what_if(self, who: Bearer, trial: Trial) -> list[WhatIf]:
        """Stored events through a draft."""
        return await try_draft(who, trial, self.house)

    async def letters(self, who: Bearer, source: str, connection: str, most: int, after: str) -> list[DeadLetter]:
        """Dead letters of the workspace, source by source where none is named."""
        sources = [source] if source else self.sources(who)
        found: list[DeadLetter] = []
        for one in sources:
            found += await dead_letters(place(who, one, connection), self.stores, most - len(found), after)
            if len(found) >= most:
                break
        return found

    async def replay(self, who: Bearer, id: str, source: str, connection: str) -> int:
        """Try again; written into the history."""
        now = self.clock()
        if not id and not (source and connection):
            raise Invalid("say what to try again: an id, or a source and a connection of it")
        if id:
            letter = await self.stores.outbox.one_aside(bytes.fromhex(id))
            if not letter.place.startswith(f"{who.organisation} {who.workspace}/"):
                raise Missing(f"no dead letter {id}")
            count = await replay_one(id, "", self.stores, now)
        else:
            count = await replay_all(place(who, source, connection), self.stores, now)
        await self.note(who, "replay", id or f"{source} {connection}", f"{count} deliveries")
        return count

    async def withdrawals(self, who: Bearer, state: str, most: int, before: str) -> list[Followed]:
        """How far the workspace's withdrawals have come."""
        if state and state not in list(State):
            raise Invalid(f"'{state}' is no state: choose of {', '.join(State)}")
        wanted = State(state) if state else None
        return await follow(who.organisation, self.stores, wanted, most, before, f"{who.workspace}/")

    async def acknowledge(self, who: Bearer, id: str) -> Followed:
        """It is carried out; written into the history."""
        one = await acknowledge(who.organisation, id, self.stores, self.clock(), f"{who.workspace}/")
        await self.note(who, "acknowledge", id, one.connection)
        return one

    def breakers(self, who: Bearer) -> dict[str, str]:
        """The workspace's destinations whose breakers are not closed here."""
        found = self.node_breakers.not_closed(self.clock())
        own = (who.organisation, who.workspace)
        return {name[2]: position.value for name, position in found.items() if name[:2] == own}

    async def filters(self, who: Bearer, destination: str) -> tuple[Placed, ...]:
        """A destination's filters."""
        return await filters(who, destination, self.stores)

    async def one_filter(self, who: Bearer, destination: str, id: str) -> Placed:
        """One of them."""
        return await one_filter(who, destination, id, self.stores)

    async def edit(self, who: Bearer, edit: Edit) -> tuple[Placed, ...]:
        """Change them; the catalogue writes that into the history."""
        return await edit_filters(who, edit, self.stores, self.clock())

    async def regulate(self, who: Bearer, asked: Asked) -> Regulation:
        """Suppress people, lift that, or delete; the store writes it into the history."""
        return await regulate(who, asked, self.house, self.clock())

    async def regulations(self, who: Bearer, most: int, source: str, before: str) -> list[Standing]:
        """What was asked for."""
        return await regulations(who, most, source, self.house, before)

    async def one_regulation(self, who: Bearer, id: str) -> Standing:
        """One of them."""
        return await one_regulation(who, id, self.house)

    async def suppressed(self, who: Bearer, most: int, after: str) -> list[str]:
        """Who is suppressed."""
        return await suppressed(who, most, after, self.house)

    def sources(self, who: Bearer) -> list[str]:
        """The ids of the workspace's sources."""
        return self.house.shelf.sources_of(who.organisation, who.workspace)

    async def note(self, who: Bearer, action: str, subject: str, detail: str) -> None:
        """Write into the history who did what."""
        entry = AuditEntry(self.clock(), f"token {who.name}", action, subject, detail)
        await self.stores.catalogue.write_down(who.organisation, entry)


def place(who: Bearer, source: str, connection: str) -> str:
    """Where dead letters of a source or connection are found."""
    return " ".join(part for part in (who.organisation, f"{who.workspace}/{source}", connection) if part)
