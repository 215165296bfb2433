"""A house with the small organisation published, in memory, and people who speak to it."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from placet.app.derived_secrets import secrets_of
from placet.consent.choices.apply_interaction import StatedChoices
from placet.consent.context import InteractionInput
from placet.consent.request import ConsentRequest
from placet.ids import new_id
from placet.runtime.context import NodeContext
from placet.runtime.published_settings import PublishedSettings
from placet.services.consent.save_consent import SaveConsent
from placet.services.settings.refresh_published import KeyRules, refresh_published
from placet.settings.interactions import INTERACTIONS
from placet.settings.organisation import Organisation
from placet.settings.regions import Place
from placet.stores.memory.stores import MemoryStores
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.stores import Stores
from tests.api.node_context import MASTER, put_live, token
from tests.small_organisation import small

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

    async def write(self, keep: WriteDecision) -> WriteResult:
        """See `Stores.write`."""
        if self.meanwhile is not None and self.left:
            self.left -= 1
            self.tried += 1
            await self.meanwhile()
        return await super().write(keep)


def rules() -> KeyRules:
    """How tokens are checked."""
    return KeyRules(secrets_of(MASTER).secret_box, 60_000, 100)


async def a_house(stores: Stores | None = None, organisation: Organisation | None = None) -> NodeContext:
    """A house whose shelf is up to date."""
    context = NodeContext(stores or MemoryStores(), PublishedSettings(), b"pepper for tests", new_id)
    await put_live(organisation or small(), context.stores, NOW - 1_000_000)
    assert await refresh_published(context, rules(), lambda _: None)
    return context


def nobody(app: str = WEB, **more: Any) -> ConsentRequest:
    """An anonymous approach from Germany."""
    return replace(ConsentRequest(app, place=Place("DE")), **more)


def anna(app: str = WEB, **more: Any) -> ConsentRequest:
    """An approach of a person who proves who she is."""
    return replace(nobody(app), identifier=WHO, token=token(WHO), fetches=True, rename=True, **more)


def interaction(name: str, **groups: bool) -> InteractionInput:
    """A pressed button, and what was stated with it."""
    return InteractionInput(INTERACTIONS[name], StatedChoices(groups=groups))


def save(consent_request: ConsentRequest, name: str = "BANNER_ALLOW_ALL", **more: Any) -> SaveConsent:
    """A save as it arrives."""
    return replace(SaveConsent(consent_request, interaction(name), b"as sent"), **more)
