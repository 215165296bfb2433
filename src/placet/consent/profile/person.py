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

    1. The request names no person: the person of the device state, else a newly created id.
    2. The request names the person of the device state, or that is empty, or renaming was requested: the named person.
    3. Otherwise the two contradict each other.
    """
    if not named:
        return Person(remembered or minted, False, type)
    if remembered and named != remembered and not rename:
        return Mismatch(named, remembered)
    return Person(named, known, type)


def pseudonym(pepper: bytes, organisation: str, person: Person, *, test: bool) -> bytes:
    """The pseudonym a person's records are stored under: a keyed hash, useless without the key.

    A proven identifier and the same identifier unproven are two people: an unproven caller cannot write to a known
    person's records, except for an opt-out, for which the law requires no proof (`global_opt_out`). A person of a test
    publication and one of production are also two: their consents must not mix (cmp-api.md §20, trap 28).
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
