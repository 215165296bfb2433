"""What a company sends to its people: links to their own preferences."""

import os
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import urlencode

from cyclopts import App, Group, Parameter

from placet.app.dialects import public_url
from placet.app.startup_checks import secret_of_store
from placet.cli.output import FINE, OutputOptions, write_output
from placet.cli.store import Unclear, Where, attempt, opened
from placet.formats.crypto import sealed_links
from placet.formats.crypto.sealed_links import PreferenceLink
from placet.formats.crypto.secret_box import NONCE_BYTES, SecretBox, make
from placet.formats.placeholders import names_nobody

FAMILY = Group("People")
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()
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
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Make the link by which a person reaches their own preferences, without a login: for a mail, say.

    Whoever holds the link may change them until it ends: send it to the person and to nobody else. It holds the
    identifier encrypted. Works for sites of a consent group; prints one link for each person.
    """

    async def use_case() -> int:
        app_id, master = await site_with_profiles(where, site.lower())
        config = where.settings()
        secret_box, ends = make(master), time.time_ns() // 1_000_000 + days * DAY_MS
        base = f"{public_url(config)}/preferences/{app_id}"
        made = [
            f"{base}?{query_of(PreferenceLink(app_id, who, ends, kind), secret_box, language)}"
            for who in people(person)
        ]
        return write_output(options, made, {"links": made, "ends": ends}, FINE)

    return await attempt(options, use_case)


def query_of(link: PreferenceLink, secret_box: SecretBox, language: str) -> str:
    """What follows the `?`."""
    sealed = {"link": sealed_links.write(link, secret_box, os.urandom(NONCE_BYTES))}
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
        published_settings = await stores.catalogue.snapshot()
        master = await secret_of_store(where.settings(), stores, make=False)
    found = next((one.site for one in published_settings.publications if one.app_id == app_id), None)
    if found is None:
        raise Unclear(f"nothing is published for {app_id}")
    if found.group is None:
        raise Unclear(f"{found.name} is in no consent group, so it keeps no profiles that a link could open")
    return app_id, master
