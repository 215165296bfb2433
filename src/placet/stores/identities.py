"""Who goes by which names, and who turned out to be whom (the promises of `ports` hold here too)."""

from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from placet.consent.profile import Profile

Key: TypeAlias = bytes
"""Sixteen bytes."""


class Name(Struct, frozen=True, array_like=True):
    """A name somebody goes by, as it is kept: its kind, a keyed hash of it (`key`), and where its memories are.

    `claimed` and `proven` are the persons of two profiles; `proven` is empty for what nobody can prove. `lent`
    says that somebody else went by it first, `since` on which day (counted from 1970) it came, where that matters.
    Nobody is found by a `bound` name: only what was refused under it holds for them.
    """

    kind: str
    key: Key
    claimed: Key
    proven: bytes = b""
    lent: bool = False
    since: int = 0
    bound: bool = False

    @property
    def memories(self) -> tuple[Key, ...]:
        """The persons of its profiles."""
        return (self.claimed, self.proven) if self.proven else (self.claimed,)


class Somebody(Struct, frozen=True):
    """A person: their names, and the version that was seen (0 = not kept yet).

    `joined` is who they turned out to be, if they did: then they have no names of their own any more.
    """

    id: Key
    names: tuple[Name, ...] = ()
    version: int = 0
    joined: bytes = b""


class Tie(Struct, frozen=True):
    """Who goes by a name, oldest first: as it was seen, and from now on."""

    name: Key
    seen: tuple[Key, ...]
    now: tuple[Key, ...]


class Ties(Struct, frozen=True):
    """What a decision changed about people and their names, all of it or nothing."""

    people: tuple[Somebody, ...] = ()
    ties: tuple[Tie, ...] = ()


UNCHANGED: Final = Ties()


class Near(Struct, frozen=True):
    """The people some names lead to, who goes by each of those names, and what is remembered under all their names.

    `memories` are by person of the profile, each with its version.
    """

    people: tuple[Somebody, ...] = ()
    ties: dict[Key, tuple[Key, ...]] = {}
    memories: dict[Key, tuple[int, Profile]] = {}


class Identities(Protocol):
    """People and their names: found by name or id, changed by whoever saw them as they are."""

    async def near(self, names: Sequence[Name], group: Key | None, people: Sequence[Key] = ()) -> Near:
        """Everybody who goes by one of these names or has one of these ids, all as of one moment.

        Who turned out to be somebody else comes with them. `memories` are looked for in this consent group, under
        these names and those of the people; None: nowhere. Costs a few look-ups by key for each name, however
        many people there are.
        """
        ...

    async def joined_to(self, people: Sequence[Key]) -> list[Key]:
        """These people, and everybody who turned out to be one of them, also by way of others."""
        ...

    async def keep(self, ties: Ties) -> None:
        """Write changes down; `Events.keep` takes them along with a batch.

        Raises Stale when a person's version or a name's people are not those that were seen; nothing was written.
        """
        ...
