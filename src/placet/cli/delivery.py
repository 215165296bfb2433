"""Deliveries: what was given up, and how far withdrawals have come."""

import time
from collections.abc import Iterator
from typing import Annotated

from cyclopts import App, Group, Parameter
from rich.text import Text

from placet.cli.output import FINE, FOUND, OutputOptions, styled, write_output
from placet.cli.render import moment
from placet.cli.settings import Org, one_organisation
from placet.cli.store import Where, attempt, opened
from placet.privacy.withdrawal_state import WithdrawalState
from placet.services.events.replay_dead_letters import DeadLetterEntry, dead_letters, replay_all, replay_one
from placet.services.privacy.list_withdrawals import WithdrawalStatus, acknowledge, list_withdrawals

FAMILY = Group("Deliveries")
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()

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
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Show deliveries that were given up, with the reason, or try them again.

    What is tried again is judged again: nothing leaves that its person no longer agrees to. Exit code 1 when there
    are any.
    """

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            place = " ".join(part for part in (id_.lower(), source, connection) if part)
            if replay:
                now = time.time_ns() // 1_000_000
                everything = replay == "all"
                count = await (replay_all(place, stores, now) if everything else replay_one(replay, place, stores, now))
                return write_output(options, [styled(f"{count} will be tried again", "+")], {"replayed": count})
            found = await dead_letters(place, stores, limit)
        lines = [letter_line(one) for one in found] or [Text("nothing was given up")]
        return write_output(options, lines, found, FOUND if found else FINE)

    return await attempt(options, use_case)


async def withdrawals(
    *,
    state: Annotated[WithdrawalState | None, Parameter(help="Only those that have come so far.")] = None,
    acknowledged: Annotated[str, Parameter(help="Mark this one as carried out, by its id: somebody did it.")] = "",
    limit: Limit = 100,
    organisation: Org = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Show which destinations were told to forget somebody, and how far that has come; newest first.

    Exit code 1 when one of those shown failed, or cannot be told at all.
    """

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = await one_organisation(stores.catalogue, organisation)
            if acknowledged:
                one = await acknowledge(id_.lower(), acknowledged, stores, time.time_ns() // 1_000_000)
                return write_output(options, followed_lines([one]), one)
            found = await list_withdrawals(id_.lower(), stores, state, limit)
        bad = any(one.state in (WithdrawalState.FAILED, WithdrawalState.UNSUPPORTED) for one in found)
        return write_output(options, followed_lines(found), found, FOUND if bad else FINE)

    return await attempt(options, use_case)


def letter_line(one: DeadLetterEntry) -> Text:
    """A dead letter in one line."""
    what = f"withdrawal {one.withdrawal}" if one.withdrawal else f"event {one.event or '(no longer kept)'}"
    said = f"  {one.source} → {one.connection}  {what}, {one.tries + 1} tries: "
    return Text.assemble((moment(one.at), "dim"), f"  {one.id}", said, (one.why, "red"))


def followed_lines(found: list[WithdrawalStatus]) -> Iterator[Text]:
    """Withdrawals in a line each."""
    if not found:
        yield Text("no destination holds anything that was withdrawn")
    styles = {WithdrawalState.ACKNOWLEDGED: "+", WithdrawalState.FAILED: "error", WithdrawalState.UNSUPPORTED: "error"}
    for one in found:
        purposes = ", ".join(one.purposes)
        line = f"{moment(one.at)}  {one.id}  {one.source} → {one.connection}  {purposes}: {one.state}"
        yield styled(line + (f" ({one.why})" if one.why else ""), styles.get(one.state, "warning"))
