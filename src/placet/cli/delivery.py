"""Deliveries: what was given up, and how far withdrawals have come."""

import time
from collections.abc import Iterator
from typing import Annotated

from cyclopts import App, Group, Parameter
from rich.text import Text

from placet.cli.say import FINE, FOUND, Voice, say, styled
from placet.cli.settings import Org, one_organisation
from placet.cli.store import Where, attempt, opened
from placet.cli.telling import moment
from placet.services.follow import Followed, acknowledge, follow
from placet.services.replay import DeadLetter, dead_letters, replay_all, replay_one
from placet.stores.ports import State

FAMILY = Group("Deliveries")
SPEAK = Voice()
HERE = Where()

Limit = Annotated[int, Parameter(help="How many at most; 100 unless said.")]


def add_to(app: App) -> None:
    """Add this family's commands."""
    app.command(letters, name="dead-letters", group=FAMILY)
    app.command(withdrawals, group=FAMILY)


async def letters(
    *,
    source: Annotated[str, Parameter(help="Only those of this source (workspace/source).")] = "",
    connection: Annotated[str, Parameter(help="Only those of this connection of the source.")] = "",
    replay: Annotated[str, Parameter(help="Try this one again, by its id; `all` for everything that is shown.")] = "",
    limit: Limit = 100,
    organisation: Org = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Show deliveries that were given up, with the reason, or try them again.

    What is tried again is judged again: nothing leaves that its person no longer agrees to. Exit code 1 when there
    are any.
    """

    async def story() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            place = " ".join(part for part in (id_.lower(), source, connection) if part)
            if replay:
                now = time.time_ns() // 1_000_000
                everything = replay == "all"
                count = await (replay_all(place, stores, now) if everything else replay_one(replay, place, stores, now))
                return say(voice, [styled(f"{count} will be tried again", "+")], {"replayed": count})
            found = await dead_letters(place, stores, limit)
        lines = [letter_line(one) for one in found] or [Text("nothing was given up")]
        return say(voice, lines, found, FOUND if found else FINE)

    return await attempt(voice, story)


async def withdrawals(
    *,
    state: Annotated[State | None, Parameter(help="Only those that have come so far.")] = None,
    acknowledged: Annotated[str, Parameter(help="Mark this one as carried out, by its id: somebody did it.")] = "",
    limit: Limit = 100,
    organisation: Org = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Show which destinations were told to forget somebody, and how far that has come; newest first.

    Exit code 1 when one of those shown failed, or cannot be told at all.
    """

    async def story() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            if acknowledged:
                one = await acknowledge(id_.lower(), acknowledged, stores, time.time_ns() // 1_000_000)
                return say(voice, followed_lines([one]), one)
            found = await follow(id_.lower(), stores, state, limit)
        bad = any(one.state in (State.FAILED, State.UNSUPPORTED) for one in found)
        return say(voice, followed_lines(found), found, FOUND if bad else FINE)

    return await attempt(voice, story)


def letter_line(one: DeadLetter) -> Text:
    """A dead letter in one line."""
    what = f"withdrawal {one.withdrawal}" if one.withdrawal else f"event {one.event or '(no longer kept)'}"
    said = f"  {one.source} → {one.connection}  {what}, {one.tries + 1} tries: "
    return Text.assemble((moment(one.at), "dim"), f"  {one.id}", said, (one.why, "red"))


def followed_lines(found: list[Followed]) -> Iterator[Text]:
    """Withdrawals in a line each."""
    if not found:
        yield Text("no destination holds anything that was withdrawn")
    styles = {State.ACKNOWLEDGED: "+", State.FAILED: "error", State.UNSUPPORTED: "error"}
    for one in found:
        purposes = ", ".join(one.purposes)
        line = f"{moment(one.at)}  {one.id}  {one.source} → {one.connection}  {purposes}: {one.state}"
        yield styled(line + (f" ({one.why})" if one.why else ""), styles.get(one.state, "warning"))
