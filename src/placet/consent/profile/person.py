"""The person a request is for, and the pseudonym their records are stored under."""

from hashlib import blake2b
from typing import Final

from msgspec import Struct

NAME_SIZE: Final = 16
"""Bytes of a pseudonym: long enough that two people never share one."""


class Person(Struct, frozen=True):
    """The person of a request: the identifier as sent by the client, its type, and whether it was proven."""

    identifier: str
    known: bool = False
    identifier_type: str = ""


class Mismatch(Struct, frozen=True):
    """The request names one person and the consent string another, and no renaming was asked for."""

    named: str
    remembered: str


def who_speaks(
    named: str, remembered: str, minted: str, *, known: bool, rename: bool, type: str = ""
) -> Person | Mismatch:
    """The person this request is for (cmp-api.md §3, rules for combinations).

    1. Nobody is named: the one the device remembers, else the id minted for it.
    2. The named one is whom the device remembers, or it remembers nobody, or renaming was asked for: the named one.
    3. Else the two contradict each other.
    """
    if not named:
        return Person(remembered or minted, False, type)
    if remembered and named != remembered and not rename:
        return Mismatch(named, remembered)
    return Person(named, known, type)


def pseudonym(pepper: bytes, organisation: str, person: Person, *, test: bool) -> bytes:
    """The pseudonym a person's records are stored under: a keyed hash, useless without the key.

    A proven name and the same name unproven are two people: nobody can write into a known person's history
    by merely naming them, but for an opt-out, of which the law wants no proof (`global_opt_out`). So are the
    person of a test publication and the one of production: their consents must not mix (cmp-api.md §20, trap 28).
    `pepper` is 16 to 64 secret bytes; losing it orphans every record.
    """
    realm = (b"test " if test else b"") + (b"known\0" if person.known else b"claimed\0")
    subject = realm + organisation.encode() + b"\0" + person.identifier.encode()
    return blake2b(subject, digest_size=NAME_SIZE, key=pepper, person=b"placet-person").digest()


def masked(identifier: str) -> str:
    """First character, asterisks, last character (cmp-api.md §17.4)."""
    if len(identifier) < 3:
        return "*" * len(identifier)
    return identifier[0] + "*" * (len(identifier) - 2) + identifier[-1]
