"""Events: why one went where it went, or did not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Group, Parameter
from rich.text import Text

from placet.cli.say import FINE, FOUND, Voice, say, styled
from placet.cli.store import Where, attempt, opened
from placet.events.verdict import Allowed
from placet.services.explain_event import Explained, Told, explain_event

FAMILY = Group("Events")
SPEAK = Voice()
HERE = Where()


def add_to(app: App) -> None:
    """Add this family's commands."""
    app.command(explain, group=FAMILY)


async def explain(
    event: Annotated[str, Parameter(help="The event's message id.")], *, where: Where = HERE, voice: Voice = SPEAK
) -> int:
    """Say what became of an event, and why: every verdict, derived again from what was stored."""

    async def story() -> int:
        async with opened(where) as stores:
            found = await explain_event(event, stores)
        agree = all(one.agree for each in found for one in each.connections)
        return say(voice, [line for each in found for line in lines(each)], found, FINE if agree else FOUND)

    return await attempt(voice, story)


def lines(told: Told) -> Iterator[str | Text]:
    """One event in words."""
    at = datetime.fromtimestamp(told.at // 1000, UTC).isoformat()
    yield f"{told.kind} {told.name}".strip() + f", taken in by {told.source} at {at}"
    for one in told.connections:
        yield from connection_lines(one)


def connection_lines(one: Explained) -> Iterator[str | Text]:
    """What one connection made of it."""
    verdict, connection = one.then, one.again.connection
    if isinstance(verdict, Allowed):
        yield styled(f"  {connection}: allowed", "+")
    else:
        yield styled(f"  {connection}: held: {verdict.reason} ({verdict.path})", "-")
    for answer in one.again.answers:
        yield f"    {answer.purpose} is {answer.stands}" + "".join(f", says {voice.by}" for voice in answer.voices[:1])
    for outcome in one.outcomes:
        yield f"    {outcome.became}" + (f": {outcome.why}" if outcome.why else "")
    if not one.agree:
        yield styled(f"    derived again it says otherwise: {one.again.verdict}", "error")
