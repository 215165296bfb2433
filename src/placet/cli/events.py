"""Events: why one went where it went, or did not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

from cyclopts import App, Group, Parameter
from rich.text import Text

from placet.cli.output import FINE, FOUND, OutputOptions, styled, write_output
from placet.cli.render import moment
from placet.cli.settings import Org, one_organisation
from placet.cli.store import Unclear, Where, attempt, opened
from placet.events.policy.verdict import Allowed
from placet.services.events.explain_event import ConnectionExplanation, EventExplanation, explain_event
from placet.services.events.list_events import EventPage, list_events
from placet.services.settings.settings_history import export
from placet.stores.ports.stores import Stores

FAMILY = Group("Events")
MOST: Final = 1000
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()


def add_to(app: App) -> None:
    """Add this family's commands."""
    app.command(explain, group=FAMILY)
    family = App(name="events", help="Events as they came in.", group=FAMILY)
    family.command(show, name="list")
    app.command(family)


async def explain(
    event: Annotated[str, Parameter(help="The event's message id.")],
    *,
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Say what became of an event, and why: every verdict, derived again from what was stored."""

    async def use_case() -> int:
        async with opened(where) as stores:
            found = await explain_event(event, stores)
        agree = all(one.agree for each in found for one in each.connections)
        return write_output(options, [line for each in found for line in lines(each)], found, FINE if agree else FOUND)

    return await attempt(options, use_case)


async def show(
    *,
    source: Annotated[str, Parameter(help="workspace/source. Needed where there are several.")] = "",
    held: Annotated[bool, Parameter(negative="", help="Only events that a connection held back.")] = False,
    limit: Annotated[int, Parameter(help="How many at most, up to 1000; 50 unless said.")] = 50,
    cursor: Annotated[str, Parameter(help="Where to go on: the cursor that the page before ended with.")] = "",
    organisation: Org = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """List a source's events, newest first: which connections let each pass, which held it, and why."""

    async def use_case() -> int:
        if not 1 <= limit <= MOST:
            raise Unclear(f"--limit must be from 1 to {MOST}")
        async with opened(where) as stores:
            id_ = (await one_organisation(stores.catalogue, organisation)).lower()
            place = await one_source(stores, id_, source)
            page = await list_events(id_, place, stores, limit, cursor, held=held)
        return write_output(options, page_lines(page), page)

    return await attempt(options, use_case)


async def one_source(stores: Stores, organisation: str, source: str) -> str:
    """The source that is meant, as `workspace/source`. Raises Unclear."""
    settings = await export(organisation, stores.catalogue)
    known = [f"{workspace.id}/{one.id}" for workspace in settings.workspaces for one in workspace.sources]
    if not source and len(known) == 1:
        return known[0]
    if not known:
        raise Unclear("the settings have no source: add one under `sources` of a workspace, and apply them")
    if source not in known:
        given = f"there is no source '{source}'" if source else "there are several sources"
        raise Unclear(f"{given}: say --source with one of: {', '.join(known)}")
    return source


def page_lines(page: EventPage) -> Iterator[str | Text]:
    """A page of events in words."""
    for one in page.events:
        yield Text.assemble((moment(one.at), "dim"), f"  {one.id}  {one.kind} {one.name}".rstrip())
        if one.allowed:
            yield styled(f"  allowed: {', '.join(one.allowed)}", "+")
        yield from (styled(f"  held: {each.connection}: {each.reason} ({each.path})", "-") for each in one.held)
    if not page.events:
        yield "no such event" + (" on this page" if page.next else "")
    if page.next:
        yield Text(f"more: --cursor {page.next}", "dim")


def lines(told: EventExplanation) -> Iterator[str | Text]:
    """One event in words."""
    at = datetime.fromtimestamp(told.at // 1000, UTC).isoformat()
    yield f"{told.kind} {told.name}".strip() + f", taken in by {told.source} at {at}"
    for one in told.connections:
        yield from connection_lines(one)


def connection_lines(one: ConnectionExplanation) -> Iterator[str | Text]:
    """What one connection made of it."""
    verdict, connection = one.then, one.again.connection
    if isinstance(verdict, Allowed):
        yield styled(f"  {connection}: allowed", "+")
    else:
        yield styled(f"  {connection}: held: {verdict.reason} ({verdict.path})", "-")
    for answer in one.again.answers:
        yield f"    {answer.purpose} is {answer.stands}" + "".join(
            f", says {options.by}" for options in answer.voices[:1]
        )
    for outcome in one.outcomes:
        yield f"    {outcome.outcome}" + (f": {outcome.why}" if outcome.why else "")
    if not one.agree:
        yield styled(f"    derived again it says otherwise: {one.again.verdict}", "error")
