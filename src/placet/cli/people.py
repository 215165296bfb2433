"""What a company sends to its people: links to their own preferences."""

import os
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import urlencode

from cyclopts import App, Group, Parameter

from placet.app import public_url
from placet.cli.say import FINE, Voice, say
from placet.cli.store import Unclear, Where, attempt, opened
from placet.formats import links
from placet.formats.links import Link
from placet.formats.placeholders import names_nobody
from placet.formats.vault import NONCE_BYTES, Vault, make
from placet.starting import secret_of_store

FAMILY = Group("People")
SPEAK = Voice()
HERE = Where()
STDIN: Final = "-"
DAY_MS: Final = 86_400_000


def add_to(app: App) -> None:
    """Add this family's commands."""
    app.command(link, group=FAMILY)


async def link(
    site: Annotated[str, Parameter(help="App id of a published site.")],
    person: Annotated[
        str, Parameter(help="Their identifier; - reads one a line from standard input.", allow_leading_hyphen=True)
    ],
    /,
    *,
    kind: Annotated[str, Parameter(name="--type", help="Type of the identifier, as receipts name it.")] = "",
    days: Annotated[int, Parameter(help="How long the link opens, in days.")] = 7,
    language: Annotated[str, Parameter(help="Language of the page; else the browser's.")] = "",
    where: Where = HERE,
    voice: Voice = SPEAK,
) -> int:
    """Make the link by which a person reaches their own preferences, without a login: for a mail, say.

    Whoever holds the link may change them until it ends: send it to the person and to nobody else. It holds the
    identifier encrypted. Works for sites of a consent group; prints one link for each person.
    """

    async def story() -> int:
        app_id, master = await site_with_profiles(where, site.lower())
        config = where.settings()
        vault, ends = make(master), time.time_ns() // 1_000_000 + days * DAY_MS
        made = [
            f"{public_url(config)}/preferences/{app_id}?{query_of(Link(app_id, who, ends, kind), vault, language)}"
            for who in people(person)
        ]
        return say(voice, made, {"links": made, "ends": ends}, FINE)

    return await attempt(voice, story)


def query_of(link: Link, vault: Vault, language: str) -> str:
    """What follows the `?`."""
    sealed = {"link": links.write(link, vault, os.urandom(NONCE_BYTES))}
    return urlencode(sealed | ({"lang": language} if language else {}))


def people(named: str) -> Iterator[str]:
    """The identifiers that were given. Raises Unclear for one that names nobody."""
    for one in filter(None, map(str.strip, sys.stdin)) if named == STDIN else (named,):
        if names_nobody(one):
            raise Unclear(f"{one!r} is a placeholder and no identifier: give the one the person is known by")
        yield one


async def site_with_profiles(where: Where, app_id: str) -> tuple[str, bytes]:
    """The app id, if such a site is published and keeps profiles, and the store's master secret; none is made.

    Raises Unclear, BadSettings, or what stores raise.
    """
    async with opened(where) as stores:
        shelf = await stores.catalogue.shelf()
        master = await secret_of_store(where.settings(), stores, make=False)
    found = next((one.site for one in shelf.publications if one.app_id == app_id), None)
    if found is None:
        raise Unclear(f"nothing is published for {app_id}")
    if found.group is None:
        raise Unclear(f"{found.name} is in no consent group, so it keeps no profiles that a link could open")
    return app_id, master
