"""What Segment's clients load before they send: a source's settings and its active destinations (segment.md §2)."""

from typing import Any
from urllib.parse import urlsplit

from placet.events.policy.compile_source import Source
from placet.events.policy.connection import Connection
from placet.events.policy.device_mode_destination import PageDestination
from placet.settings.connections import DestinationSetting, PageDestinationSetting


def settings(source: Source, write_key: str, public_url: str) -> dict[str, Any]:
    """The settings document. It sends the client back here, and tells its consent tools what to ask for."""
    active = active_connections(source)
    where = urlsplit(public_url)
    segment = {
        "apiKey": write_key,
        "apiHost": f"{where.netloc}{where.path}/v1",
        "protocol": where.scheme,
        "retryQueue": True,
        "addBundledMetadata": True,
        "unbundledIntegrations": sorted({source.destinations[one.id].name for one in active}),
        "bundledConfigIds": [],
        "unbundledConfigIds": [],
        "maybeBundledConfigIds": {},
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
    }
    others = {source.destinations[one.id].name: cloud_mode(source, one) for one in active}
    others |= {one.setting.name: page_mode(one) for one in source.in_page}
    return {
        "integrations": {"Segment.io": segment, **others},
        "plan": {kind: {"__default": {"enabled": True}} for kind in ("track", "identify", "group")},
        "middlewareSettings": {"routingRules": [rule for one in source.in_page for rule in one.rules]},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [remote_plugin(one.setting) for one in source.in_page],
        "consentSettings": consent_settings(source, active),
        "edgeFunction": {},
        "autoInstrumentationSettings": {"sampleRate": 0},
    }


def cloud_mode(source: Source, connection: Connection) -> dict[str, Any]:
    """A destination that our server delivers to; the page loads nothing for it."""
    return {
        "type": "server",
        "bundlingStatus": "unbundled",
        "versionSettings": {"componentTypes": ["server"]},
        "consentSettings": {"categories": source.categories(connection)},
    }


def page_mode(destination: PageDestination) -> dict[str, Any]:
    """A destination that the page delivers to. Nothing for the loader of classic ones: its plugin says where it is."""
    return {"versionSettings": {"componentTypes": []}, "consentSettings": {"categories": destination.categories}}


def remote_plugin(setting: PageDestinationSetting) -> dict[str, Any]:
    """The script that the page loads for it, and what makes the plugin."""
    return {
        "name": setting.name,
        "creationName": setting.name,
        "libraryName": setting.library,
        "url": setting.script,
        "settings": setting.options,
    }


def consent_settings(source: Source, active: list[Connection]) -> dict[str, Any]:
    """The categories of all enabled destinations, and whether one of them has none (segment.md §11.17)."""
    mapped = [source.categories(connection) for connection in active] + [one.categories for one in source.in_page]
    return {
        "allCategories": sorted({category for categories in mapped for category in categories}),
        "hasUnmappedDestinations": not all(mapped),
    }


def integrations(source: Source) -> list[dict[str, str]]:
    """The active destinations, as consent managers read them."""
    sent = (source.destinations[one.id] for one in active_connections(source))
    found: list[DestinationSetting | PageDestinationSetting] = [*sent, *(one.setting for one in source.in_page)]
    return [
        {"name": one.name, "creationName": one.name, "category": one.category, "description": "", "website": ""}
        for one in found
    ]


def active_connections(source: Source) -> list[Connection]:
    """The connections that are switched on."""
    return [compiled.connection for compiled in source.routes.compiled if compiled.connection.enabled]
