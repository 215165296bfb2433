"""The shop with events: one source for its website, and destinations that need different consent."""

from typing import Final

from msgspec.structs import replace

from placet.settings.connections import ConnectionSetting, DestinationSetting, PageDestinationSetting, SourceSetting
from placet.settings.organisation import Organisation
from tests.clients.deployment import SECRET

KEY: Final = "shop-page-key"
NEEDS: Final = {"counter": ("Analytics", "count"), "ads": ("Advertising", "ads"), "desk": ("Live Chat", "run")}
"""Each destination's category in Segment's catalogue, and the purpose that its events need."""


def selling(shop: Organisation, url: str, pixels: str) -> Organisation:
    """The shop, sending what it may to paths below this address; its pages load pixels from there."""
    (workspace,) = shop.workspaces
    destinations = (
        DestinationSetting(id, id.title(), f"{url}/{id}", category=category, secret=SECRET, loopback=True)
        for id, (category, _) in NEEDS.items()
    )
    connections = (
        ConnectionSetting(f"to-{id}", "website", id, purposes=(purpose,)) for id, (_, purpose) in NEEDS.items()
    )
    pixel = PageDestinationSetting(
        "pixel", "Pixel", "website", f"{pixels}/pixel.js", "pixel", {"account": "a-1"}, "Advertising", ("ads",),
        filter="type = 'track'",
    )  # fmt: skip
    sending = replace(
        workspace,
        sources=(SourceSetting("website", "Website", "bottom", (KEY,)),),
        destinations=tuple(destinations),
        connections=tuple(connections),
        page_destinations=(pixel,),
    )
    return replace(shop, workspaces=(sending,))
