"""What mParticle's clients load before they send: switches, and the kit that reads consent (mparticle.md §2.2)."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from placet.api.mparticle.kits import kit
from placet.events.policy.compile_source import Source
from placet.events.policy.purposes import spelled
from placet.settings.forwarding_rules import KitSetting, VendorListKind

ONETRUST: Final = 134
"""The kit's module id."""

VENDORS: Final = {
    VendorListKind.IAB: "vendorIABConsentGroups",
    VendorListKind.GOOGLE: "vendorGoogleConsentGroups",
    VendorListKind.GENERAL: "vendorGeneralConsentGroups",
}
"""The kit's settings for vendors, by their list (mparticle.md §3.1)."""

FLAGS: Final = {
    "eventsV3": "100",
    "eventBatchingIntervalMillis": "0",
    "reportBatching": False,
    "offlineStorage": "0",
    "directURLRouting": "False",
    "cacheIdentity": "True",
    "audienceAPI": "False",
    "captureIntegrationSpecificIds": "False",
    "captureIntegrationSpecificIds.V2": "none",
    "astBackgroundEvents": "False",
}
"""Switches of the web client, as texts but for the one it tests for truth. `directURLRouting` would lead it away."""


def for_pages(source: Source, base: str, debug: bool) -> dict[str, Any]:
    """What the web client loads; it sends it back to `base`. A kit runs only where `debug` is the page's own mode."""
    where = urlsplit(base)
    service = f"{where.netloc}{where.path}/v2/JS/"
    return {
        "appName": source.id,
        "workspaceToken": workspace_token(source),
        "serviceUrl": service,
        "secureServiceUrl": service,
        "minWebviewBridgeVersion": 2,
        "pixelConfigs": [],
        "dataPlanResult": None,
        "flags": FLAGS,
        "kitConfigs": kits(source, debug),
    }


def kits(source: Source, debug: bool) -> list[dict[str, Any]]:
    """Every kit of a source; the one that tells of consent comes first, and waits for none."""
    return [onetrust(source, debug)] * source.onetrust_kit + [kit(one, debug) for one in source.kits]


def for_apps(source: Source, now: int) -> dict[str, Any]:
    """What an app loads: its kits and nothing that would change its own ways."""
    settings = {"mobileConsentGroups": consent_groups(replace(source, vendor_consents=()))}
    kits = [{"id": ONETRUST, "as": settings, "hs": {}}] if source.onetrust_kit else []
    return {"dt": "ac", "id": workspace_token(source), "ct": now, "eks": kits}


def workspace_token(source: Source) -> str:
    """Eight digits by which pages keep the memories of workspaces apart."""
    workspace = source.id.partition("/")[0]
    return blake2b(msgspec.json.encode([source.organisation, workspace]), digest_size=4).hexdigest()


def onetrust(source: Source, debug: bool) -> dict[str, Any]:
    """The kit that reads a page's active groups, told which purpose each of them grants (mparticle.md §3.1)."""
    settings = {"consentGroups": consent_groups(source)} | vendor_groups(source)
    quoted = {name: text.replace('"', "&quot;") for name, text in settings.items()}
    return kit(KitSetting("OneTrust", ONETRUST, quoted), debug)


def consent_groups(source: Source) -> str:
    """Groups and purposes as the kit reads them. Ids that begin with `group` are left out: it fails on them (§11.4).

    So are purposes that a vendor speaks for: the kit would write both, one over the other.
    """
    spoken = {spelled(one.purpose) for one in source.vendor_consents}
    mapped = source.routes.mapping.categories.items()
    return rows(
        (group, purpose)
        for group, purpose in mapped
        if not group.lower().startswith("group") and spelled(purpose) not in spoken
    )


def vendor_groups(source: Source) -> dict[str, str]:
    """Vendors and purposes, list by list; those without any are left out."""
    lists = {one.list for one in source.vendor_consents}
    return {VENDORS[each]: rows((v.vendor, v.purpose) for v in source.vendor_consents if v.list is each)
            for each in sorted(lists)}  # fmt: skip


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """What the page knows, and the purpose it speaks for, as rows of the kit's settings."""
    said = [{"jsmap": None, "map": to, "maptype": "ConsentPurposes", "value": value} for value, to in pairs]
    return msgspec.json.encode(said).decode()
