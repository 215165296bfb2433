"""Who goes by which names, and who turned out to be whom (the promises of `ports` hold here too)."""

from collections.abc import Sequence
from typing import Protocol

from placet.events.identity.records import HashedIdentifier, Id, IdentityChanges, IdentityLookup


class Identities(Protocol):
    """People and their names: found by name or id, changed by whoever saw them as they are."""

    async def lookup(
        self, names: Sequence[HashedIdentifier], group: Id | None, people: Sequence[Id] = ()
    ) -> IdentityLookup:
        """Everybody who goes by one of these names or has one of these ids, all as of one moment.

        Who turned out to be somebody else comes with them. `profiles` are looked for in this consent group, under
        these names and those of the people; None: nowhere. Costs a few look-ups by key for each name, however
        many people there are.
        """
        ...

    async def merged_into(self, people: Sequence[Id]) -> list[Id]:
        """These people, and everybody who turned out to be one of them, also by way of others."""
        ...

    async def apply(self, identity_changes: IdentityChanges) -> None:
        """Write changes down; `Events.apply` takes them along with a batch.

        Raises Stale when a person's version or a name's people are not those that were seen; nothing was written.
        """
        ...
