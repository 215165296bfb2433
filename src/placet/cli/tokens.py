"""Tokens: keys to the administration of one workspace, for tools and people who have no other."""

import os
import time
from typing import Annotated

from cyclopts import App, Group, Parameter
from rich.text import Text

from placet.cli.output import OutputOptions, styled, write_output
from placet.cli.render import moment
from placet.cli.settings import By, Org, author_of, one_organisation
from placet.cli.store import Where, attempt, opened
from placet.services.settings.api_tokens import CreatedToken, NewToken, make_token
from placet.settings.api_tokens import ApiToken, Role

FAMILY = Group("Tokens")
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()

Roles = Annotated[tuple[Role, ...], Parameter(help="What it allows; may be said several times. Default: read.")]


def add_to(app: App) -> None:
    """Add this family's commands."""
    family = App(name="token", help="Keys to the administration of one workspace.", group=FAMILY)
    for use_case in (create, show, revoke):
        family.command(use_case, name="list" if use_case is show else use_case.__name__)
    app.command(family)


async def create(
    name: Annotated[str, Parameter(help="Who will hold it, for the history.")],
    *,
    workspace: Annotated[str, Parameter(help="The workspace it opens.")],
    role: Roles = (Role.READ,),
    days: Annotated[int, Parameter(help="For how many days it is good; 0, the default, is for ever.")] = 0,
    organisation: Org = "",
    by: By = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Make a token and show it, this once: only its hash is kept."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = (await one_organisation(stores.catalogue, organisation)).lower()
            wanted, author = NewToken(id_, workspace, name, frozenset(role), days), author_of(by)
            made = await make_token(wanted, stores, author.by, os.urandom, author.now)
        return write_output(
            options, [made.secret, Text("keep it now: it is not shown again", "dim")], created_lines(made)
        )

    return await attempt(options, use_case)


async def show(*, organisation: Org = "", where: Where = STORE_OPTIONS, options: OutputOptions = OUTPUT) -> int:
    """Tell which tokens there are, without what makes them work."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = (await one_organisation(stores.catalogue, organisation)).lower()
            found = await stores.tokens.of(id_)
        now = time.time_ns() // 1_000_000
        return write_output(
            options, [line(one, now) for one in found] or ["there are none"], [data(one) for one in found]
        )

    return await attempt(options, use_case)


async def revoke(
    token: Annotated[str, Parameter(help="Its id, as `placet token list` tells it.")],
    *,
    organisation: Org = "",
    by: By = "",
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Let a token open nothing any more, from the next request on."""

    async def use_case() -> int:
        async with opened(where) as stores:
            id_ = (await one_organisation(stores.catalogue, organisation)).lower()
            author = author_of(by)
            await stores.tokens.revoke(id_, token, author.by, author.now)
        return write_output(options, [styled(f"{token} opens nothing any more", "-")], {"revoked": token})

    return await attempt(options, use_case)


def line(one: ApiToken, now: int) -> Text:
    """A token in one line."""
    state = "revoked" if one.revoked_at else "" if one.opens(now) else "expired"
    roles = " ".join(sorted(one.roles))
    text = f"{one.id}  {one.workspace}  {one.name}  {roles}  made by {one.created_by} {moment(one.created_at)}  {state}"
    return Text(text.rstrip(), "dim" if state else "")


def data(one: ApiToken) -> dict[str, object]:
    """The same for scripts."""
    return {
        "id": one.id,
        "workspace": one.workspace,
        "name": one.name,
        "roles": sorted(one.roles),
        "created_at": one.created_at,
        "created_by": one.created_by,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
    }


def created_lines(made: CreatedToken) -> dict[str, object]:
    """A new token for scripts, with its text."""
    return {**data(made.token), "token": made.secret}
