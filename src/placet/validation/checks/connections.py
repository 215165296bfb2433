"""Sending: events enter by keys of their own, and go where somebody said what must be agreed to."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from placet.settings.connections import ConnectionSetting, DestinationSetting, Mode, SourceSetting
from placet.settings.forwarding_rules import Forward
from placet.settings.organisation import Organisation, Workspace
from placet.validation.checks.names import twice, unknown, unknown_each
from placet.validation.paths import Path, Remark, ids, workspaces
from placet.validation.secrets import ELSEWHERE, secret_path, secrets_in

WRITE_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
WEBHOOK: Final = "webhook"
POINTS: Final = {"event": 4, "screen": 3, "user": 2, "identity": 2}
"""What a data point begins with, and how many steps its path may have."""
SALE: Final = "sale"
"""The purpose every workspace has: the sale of data, which one opts out of."""


def sources(organisation: Organisation) -> Iterator[tuple[Path, Workspace, SourceSetting]]:
    """Every source."""
    for path, workspace in workspaces(organisation):
        for at, source in enumerate(workspace.sources):
            yield (*path, "sources", at), workspace, source


def destinations(organisation: Organisation) -> Iterator[tuple[Path, Workspace, DestinationSetting]]:
    """Every destination."""
    for path, workspace in workspaces(organisation):
        for at, destination in enumerate(workspace.destinations):
            yield (*path, "destinations", at), workspace, destination


def connections(organisation: Organisation) -> Iterator[tuple[Path, Workspace, ConnectionSetting]]:
    """Every connection."""
    for path, workspace in workspaces(organisation):
        for at, connection in enumerate(workspace.connections):
            yield (*path, "connections", at), workspace, connection


def unknown_sites(organisation: Organisation) -> Iterator[Remark]:
    """A source belongs to a site of its workspace."""
    for path, workspace, source in sources(organisation):
        yield from unknown((*path, "site"), source.site, ids(workspace.sites), "site")


def unknown_ends(organisation: Organisation) -> Iterator[Remark]:
    """A connection joins a source and a destination of its workspace."""
    for path, workspace, connection in connections(organisation):
        yield from unknown((*path, "source"), connection.source, ids(workspace.sources), "source")
        yield from unknown((*path, "destination"), connection.destination, ids(workspace.destinations), "destination")


def unknown_purposes(organisation: Organisation) -> Iterator[Remark]:
    """A connection and its rules need purposes that the categories of its workspace ask for, or `sale`."""
    for path, workspace, connection in connections(organisation):
        known = frozenset(category.purpose or category.id for category in workspace.categories) | {SALE}
        yield from unknown_each((*path, "purposes"), connection.purposes, known, "purpose")
        rows = connection.rules.consent.when if connection.rules.consent else ()
        for at, row in enumerate(rows):
            yield from unknown((*path, "rules", "consent", "when", at, "purpose"), row.purpose, known, "purpose")


def bad_shares(organisation: Organisation) -> Iterator[Remark]:
    """A share of people is from 0 to 100."""
    for path, _, connection in connections(organisation):
        if not 0 <= connection.share <= 100:
            yield Remark((*path, "share"), f"{connection.share} of a hundred people is no share", "write 0 to 100")


def idle_rules(organisation: Organisation) -> Iterator[Remark]:
    """A rule on consent has rows: without any, "only" sends nothing and "except" everything."""
    for path, _, connection in connections(organisation):
        rule = connection.rules.consent
        if rule is not None and not rule.when:
            yield Remark((*path, "rules", "consent", "when"), "the rule on consent names no purpose", "name one")


def bad_points(organisation: Organisation) -> Iterator[Remark]:
    """A data point is a path that begins with event, screen, user or identity, and is switched once."""
    for path, _, connection in connections(organisation):
        seen: dict[tuple[str, ...], None] = {}
        for field in ("off", "on"):
            for at, point in enumerate(getattr(connection.data, field)):
                here = (*path, "data", field, at)
                if not point or len(point) > POINTS.get(point[0], 0):
                    yield Remark(here, f"'{' > '.join(point)}' is no data point", f"begin it with {', '.join(POINTS)}")
                if point in seen:
                    yield Remark(here, f"'{' > '.join(point)}' is switched twice", "keep one of the two")
                seen[point] = None


def bad_write_keys(organisation: Organisation) -> Iterator[Remark]:
    """A source has a write key or an input, whose key is 8 to 64 letters, digits, '-' and '_'."""
    cure = "make one: openssl rand -hex 16"
    for path, _, source in sources(organisation):
        if not source.write_keys and not source.inputs:
            yield Remark(path, f"nobody can send to the source '{source.id}': it has no write key", cure)
    for path, key in write_keys(organisation):
        if not WRITE_KEY.fullmatch(key):
            yield Remark(path, f"'{key}' is no write key", cure)


def write_keys(organisation: Organisation) -> Iterator[tuple[Path, str]]:
    """Every write key and every input's key, and where it stands."""
    for path, _, source in sources(organisation):
        yield from (((*path, "write_keys", at), key) for at, key in enumerate(source.write_keys))
        yield from (((*path, "inputs", at, "key"), one.key) for at, one in enumerate(source.inputs))


def same_write_keys(organisation: Organisation) -> Iterator[Remark]:
    """A write key opens one source."""
    yield from twice(write_keys(organisation), "opens a source already", "give each source keys of its own")


def bad_addresses(organisation: Organisation) -> Iterator[Remark]:
    """A destination's address is https, or http on this machine where `loopback` allows that."""
    for path, _, destination in destinations(organisation):
        if not destination.url:
            continue
        try:
            parts = urlsplit(destination.url)
            scheme, host, port = parts.scheme, parts.hostname, parts.port
        except ValueError:
            scheme, host, port = "", None, None
        allowed = scheme == "https" or (scheme == "http" and destination.loopback)
        if not allowed or not host or port == 0:
            yield Remark((*path, "url"), f"'{destination.url}' is not an address we send to", "write https://host/path")


def unsigned(organisation: Organisation) -> Iterator[Remark]:
    """What we send to a webhook is signed, so that whoever gets it can tell us from others."""
    for path, _, destination in destinations(organisation):
        if destination.type == WEBHOOK and not destination.secret:
            yield Remark(path, f"what goes to '{destination.id}' is not signed", "add secret: env:NAME or file:PATH")


def open_secrets(organisation: Organisation) -> Iterator[Remark]:
    """Secrets of destinations and inputs stay out of files that many people read."""
    for path, _, destination in destinations(organisation):
        for name, secret in secrets_in(destination).items():
            if not secret.startswith(ELSEWHERE):
                message = f"the {'secret' if not name else f'secret {name}'} of '{destination.id}' is written out"
                yield Remark((*path, *secret_path(name)), message, "name where it is: env:NAME or file:PATH")
    for path, _, source in sources(organisation):
        for at, one in enumerate(source.inputs):
            if one.secret and not one.secret.startswith(ELSEWHERE):
                message = f"the secret of '{one.id}' is written out"
                yield Remark((*path, "inputs", at, "secret"), message, "name where it is: env:NAME or file:PATH")


def unproven(organisation: Organisation) -> Iterator[Remark]:
    """An input has a secret: whoever knew its key alone could speak for the company."""
    for path, _, source in sources(organisation):
        for at, one in enumerate(source.inputs):
            if not one.secret:
                cure = "add secret: env:NAME or file:PATH, or make it one of the write_keys"
                yield Remark((*path, "inputs", at), f"the input '{one.key}' has no secret", cure)


def unmapped(organisation: Organisation) -> Iterator[Remark]:
    """Somebody said for which purposes a destination uses what it gets."""
    for path, _, connection in connections(organisation):
        gated = connection.rules.consent is not None and connection.rules.consent.forward is Forward.ONLY
        if not connection.purposes and not connection.exempt and not gated and connection.mode is Mode.CLOSED:
            message = f"nothing passes '{connection.id}': nobody said which purposes it serves"
            yield Remark(path, message, "add purposes: […], or exempt: true for a storage of your own")


def without_profile(organisation: Organisation) -> Iterator[Remark]:
    """A source's site shares profiles, so that what a person said later still counts."""
    grouped = frozenset(site for group in organisation.consent_groups for site in group.sites)
    for path, workspace, source in sources(organisation):
        if f"{workspace.id}/{source.site}" not in grouped and source.site in ids(workspace.sites):
            message = f"the site of '{source.id}' is in no consent group: only what events carry themselves counts"
            yield Remark((*path, "site"), message, "list the site in a consent group")
