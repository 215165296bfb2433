"""Identity records as stores keep them: hashed identifiers, people, changes."""

from typing import Final, TypeAlias

from msgspec import Struct

from placet.consent.profile.profile import Profile

Id: TypeAlias = bytes
"""Sixteen bytes."""


class HashedIdentifier(Struct, frozen=True, array_like=True):
    """A name somebody goes by, as it is kept: its kind, a keyed hash of it (`key`), and where its memories are.

    `claimed` and `proven` are the persons of two profiles; `proven` is empty for what nobody can prove. `shared`
    says that somebody else went by it first, `since` on which day (counted from 1970) it came, where that matters.
    Nobody is found by a `bound` name: only what was refused under it holds for them.
    """

    kind: str
    key: Id
    claimed: Id
    proven: bytes = b""
    shared: bool = False
    since: int = 0
    bound: bool = False

    @property
    def memories(self) -> tuple[Id, ...]:
        """The persons of its profiles."""
        return (self.claimed, self.proven) if self.proven else (self.claimed,)


class PersonRecord(Struct, frozen=True):
    """A person: their names, and the version that was seen (0 = not kept yet).

    `merged` is who they turned out to be, if they did: then they have no names of their own any more.
    """

    id: Id
    names: tuple[HashedIdentifier, ...] = ()
    version: int = 0
    merged: bytes = b""


class IdentityChange(Struct, frozen=True):
    """Who goes by a name, oldest first: as it was seen, and from now on."""

    identifier: Id
    seen: tuple[Id, ...]
    now: tuple[Id, ...]


class IdentityChanges(Struct, frozen=True):
    """What a decision changed about people and their names, all of it or nothing."""

    people: tuple[PersonRecord, ...] = ()
    changes: tuple[IdentityChange, ...] = ()


NO_IDENTITY_CHANGES: Final = IdentityChanges()


class IdentityLookup(Struct, frozen=True):
    """The people some names lead to, who goes by each of those names, and what is remembered under all their names.

    `profiles` are by person of the profile, each with its version.
    """

    people: tuple[PersonRecord, ...] = ()
    identifiers: dict[Id, tuple[Id, ...]] = {}
    profiles: dict[Id, tuple[int, Profile]] = {}
