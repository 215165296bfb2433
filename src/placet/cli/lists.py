"""Vendor lists on the command line: which are in force, and fetching newer ones."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from cyclopts import App, Parameter
from rich.text import Text

from placet.app.vendor_lists import sources_of, update_lists, vendor_list_cache, vendor_lists_of
from placet.cli.output import FINE, FOUND, STYLES, USAGE, OutputOptions, styled, write_error, write_output
from placet.cli.render import moment
from placet.cli.store import Where, opened
from placet.cli.strings import FAMILY
from placet.config import BadSettings, Config
from placet.errors import Busy
from placet.formats.lists.library import VendorLists, bundled_vendor_lists
from placet.services.settings.refresh_vendor_lists import CANADA, EUROPE, GOOGLE, PLATFORMS, WORDS, ListUpdate
from placet.settings.iab import UNHEARD
from placet.settings.site import unheard
from placet.stores.ports.vendor_list_cache import CachedList
from placet.stores.sql.migrate import SchemaMismatch

OUTPUT = OutputOptions()
STORE_OPTIONS = Where()
OLD: Final = 180
"""Days after which a European list is called old: a new one appears every week."""


def add_to(app: App) -> None:
    """Add this family's commands."""
    lists = App(name="lists", help="Vendor lists: what is in force, and newer ones.", group=FAMILY)
    lists.command(status)
    lists.command(update)
    app.command(lists)


async def status(*, where: Where = STORE_OPTIONS, options: OutputOptions = OUTPUT) -> int:
    """Say which vendor lists are in force, how old they are and where newer ones come from. Asks no other server.

    Also names the published sites whose strings nobody heeds, because no registered platform stands behind them.
    """
    try:
        config = where.settings()
    except BadSettings as why:
        return write_error(options, str(why), USAGE)
    rows, silent = [*rows_of(config, vendor_lists_of(config))], await unheard_sites(where)
    lines = [*status_lines(rows, time.time()), *(styled(f"{site}: {UNHEARD}", "warning") for site in silent)]
    return write_output(options, lines, {"lists": rows, "unregistered": silent})


async def unheard_sites(where: Where) -> tuple[str, ...]:
    """The published sites without a registered platform; none where the store can not be asked."""
    try:
        async with opened(where) as stores:
            published_settings = await stores.catalogue.snapshot()
    except (BadSettings, SchemaMismatch, Busy, ValueError):
        return ()
    return unheard(each.site for each in published_settings.publications)


async def update(
    *,
    force: Annotated[bool, Parameter(negative="", help="Ask even for what is still fresh.")] = False,
    where: Where = STORE_OPTIONS,
    options: OutputOptions = OUTPUT,
) -> int:
    """Fetch newer vendor lists from the configured addresses, and take those that are sound.

    A running server looks for itself and notices within a minute. Exit code 1 when a list could not be had.
    """
    try:
        config = where.settings()
        if not sources_of(config):
            cure = "set PLACET_GVL_URL (docs/reference/settings.md, vendor lists) to have newer ones"
            return write_output(options, [f"no address is configured: the bundled lists are used; {cure}"], [])
        done = await update_lists(config, time.time_ns() // 1_000_000, force=force)
    except BadSettings as why:
        return write_error(options, str(why), USAGE)
    except Busy as why:
        return write_error(options, str(why), FOUND)
    code = FOUND if any(each.failed for each in done) else FINE
    return write_output(options, map(outcome_lines, done), done, code)


def rows_of(config: Config, vendor_lists: VendorLists) -> Iterator[dict[str, Any]]:
    """What is to be said of each list."""
    bundled, list_cache = bundled_vendor_lists(), vendor_list_cache(config)
    urls = {source.name: source.url for source in sources_of(config)}
    every: dict[str, tuple[Any, Any]] = {
        EUROPE: (vendor_lists.vendors, bundled.vendors),
        CANADA: (vendor_lists.canada, bundled.canada),
        GOOGLE: (vendor_lists.providers, bundled.providers),
        PLATFORMS: (vendor_lists.cmps, bundled.cmps),
    }
    for language, words in vendor_lists.words.items():
        every[WORDS + language] = (words, bundled.words.get(language))
    for name, (held, own) in every.items():
        known = list_cache.known(name) or CachedList("")
        yield {
            "list": name,
            "from": "bundled" if held is own else "fetched",
            **facts_of(held),
            "url": urls.get(name, ""),
            "asked_at": known.asked_at,
            "fresh_until": known.fresh_until,
        }


def facts_of(held: Any) -> dict[str, Any]:
    """Version, policy, date and size, as far as a list has them."""
    found: dict[str, Any] = {}
    for name, label in (("version", "version"), ("policy", "policy")):
        if hasattr(held, name):
            found[label] = getattr(held, name)
    updated = getattr(held, "updated", None) or getattr(held, "last_updated", None)
    if updated:
        found["date"] = f"{updated:%Y-%m-%d}"
    for name, label in (("vendors", "vendors"), ("by_id", "providers"), ("cmps", "platforms")):
        if hasattr(held, name):
            found[label] = len(getattr(held, name))
    return found


def status_lines(rows: list[dict[str, Any]], now: float) -> Iterator[Text]:
    """The rows for a person, and what is worth knowing about them."""
    for row in rows:
        facts = ", ".join(f"{key} {row[key]}" for key in row if key in SHOWN)
        asked = f", asked {moment(row['asked_at'])}" if row["asked_at"] else ""
        yield Text.assemble((f"{row['list']:<11}", "bold"), f" {row['from']:<8} {facts}", (asked, "dim"))
    europe = rows[0]
    age = (datetime.fromtimestamp(now, UTC).date() - datetime.fromisoformat(europe["date"]).date()).days
    if age > OLD:
        cure = "give PLACET_GVL_URL" if not europe["url"] else "run placet lists update"
        yield styled(f"the European list is {age} days old; vendors expect a current one: {cure}", "warning")


SHOWN: Final = frozenset({"version", "policy", "date", "vendors", "providers", "platforms"})


def outcome_lines(each: ListUpdate) -> Text:
    """What became of one list."""
    style = STYLES["error"] if each.failed else STYLES["+"] if each.what == "updated" else ""
    detail = f": {each.detail}" if each.detail else ""
    return Text(f"{each.name}: {each.what}{detail}", style)
