"""A house with the small organisation published, in memory, and people who speak to it."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from placet.app import new_id, secrets_of
from placet.consent.approach import Approach
from placet.consent.interactions import INTERACTIONS
from placet.consent.organisation import Organisation
from placet.consent.press import Stated
from placet.consent.regions import Place
from placet.consent.settle import Press
from placet.services.refresh_shelf import KeyRules, refresh_shelf
from placet.services.save_consent import Save
from placet.stores.house import Bookshelf, House
from placet.stores.memory import MemoryStores
from placet.stores.ports import Keep, Kept, Stores
from tests.faces.house import MASTER, put_live, token
from tests.small import small

NOW = 1_772_600_000_000
WEB, APP = "55555555-5555-4555-8555-555555555555", "66666666-6666-4666-8666-666666666666"
ORGANISATION = "11111111-1111-4111-8111-111111111111"
WHO = "anna"


class Interrupted(MemoryStores):
    """Stores at which somebody else is faster: before each of the first keeps, `meanwhile` does its own work."""

    def __init__(self, times: int = 1) -> None:
        super().__init__()
        self.left = times
        self.tried = 0
        self.meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def keep(self, keep: Keep) -> Kept:
        """See `Stores.keep`."""
        if self.meanwhile is not None and self.left:
            self.left -= 1
            self.tried += 1
            await self.meanwhile()
        return await super().keep(keep)


def rules() -> KeyRules:
    """How tokens are checked."""
    return KeyRules(secrets_of(MASTER).vault, 60_000, 100)


async def a_house(stores: Stores | None = None, organisation: Organisation | None = None) -> House:
    """A house whose shelf is up to date."""
    house = House(stores or MemoryStores(), Bookshelf(), b"pepper for tests", new_id)
    await put_live(organisation or small(), house.stores, NOW - 1_000_000)
    assert await refresh_shelf(house, rules(), lambda _: None)
    return house


def nobody(app: str = WEB, **more: Any) -> Approach:
    """An anonymous approach from Germany."""
    return replace(Approach(app, place=Place("DE")), **more)


def anna(app: str = WEB, **more: Any) -> Approach:
    """An approach of a person who proves who she is."""
    return replace(nobody(app), identifier=WHO, token=token(WHO), fetches=True, rename=True, **more)


def press(name: str, **groups: bool) -> Press:
    """A pressed button, and what was stated with it."""
    return Press(INTERACTIONS[name], Stated(groups=groups))


def save(approach: Approach, name: str = "BANNER_ALLOW_ALL", **more: Any) -> Save:
    """A save as it arrives."""
    return replace(Save(approach, press(name), b"as sent"), **more)
