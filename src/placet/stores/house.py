"""What every story may use: the stores, the published settings in memory, and the keys to names and ids."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from msgspec import Struct

from placet.consent.person import Person, pseudonym
from placet.consent.profile import Profile
from placet.consent.published import Published
from placet.consent.settle import Call
from placet.formats.tokens import Keyring, Verified
from placet.stores.ports import Key, Known, Missing, Stores

NOTHING_AGREED: Final = Profile()


class Bookshelf:
    """Current publications and keys, by app id and tenant, replaced as a whole when settings change.

    Looking something up touches no store. `stores.shelf` keeps it fresh.
    """

    def __init__(self) -> None:
        self.revision = -1
        self._by_app: dict[str, Published] = {}
        self._keyrings: dict[str, Keyring] = {}

    def put(self, revision: int, by_app: dict[str, Published], keyrings: dict[str, Keyring]) -> None:
        """Everything current, at one revision; what is unchanged should be passed on as the same objects."""
        self.revision, self._by_app, self._keyrings = revision, by_app, keyrings

    def published(self, app_id: str) -> Published:
        """The publication that clients of this app id get. Raises Missing."""
        found = self._by_app.get(app_id)
        if found is None:
            raise Missing(f"nothing is published for {app_id}")
        return found

    def keyring(self, organisation: str) -> Keyring | None:
        """The keys with which an organisation's people prove who they are."""
        return self._keyrings.get(organisation)

    def of_organisation(self, organisation: str) -> list[Published]:
        """Everything an organisation has published."""
        return [one for one in self._by_app.values() if one.publication.site.organisation == organisation]

    def current(self) -> dict[str, Published]:
        """Everything published, by app id."""
        return self._by_app


class House(Struct, frozen=True):
    """The stores, the bookshelf, the pepper of pseudonyms, and where new ids come from."""

    stores: Stores
    shelf: Bookshelf
    pepper: bytes
    new_id: Callable[[int], UUID]

    def proves(self, organisation: str, token: str, identifier: str, now: int) -> bool:
        """Does the token prove, to this organisation, that its bearer is `identifier`?"""
        keyring = self.shelf.keyring(organisation)
        return keyring is not None and isinstance(keyring.verify(token, identifier, now), Verified)

    def name(self, organisation: str, person: Person) -> Key:
        """The pseudonym a person is kept under."""
        return pseudonym(self.pepper, organisation, person)

    async def known(self, call: Call) -> Known | None:
        """The profile that takes part in a call: the kept one, a new empty place for it, or none."""
        group = call.publication.site.group
        if group is None or not call.fetches:
            return None
        shared, person = UUID(group.id).bytes, self.name(call.publication.site.organisation, call.person)
        return await self.stores.people.find(shared, person) or Known(shared, person, NOTHING_AGREED)
