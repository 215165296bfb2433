"""How a key's material may be spelled: written out, named by where it is, sealed at rest, or kept as it is."""

from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from placet.consent.organisation import Organisation

ENV: Final = "env:"
FILE: Final = "file:"
KEPT: Final = "kept:"
"""`kept:FINGERPRINT`, in an export: the stored secret with that fingerprint stays."""
SEALED: Final = "sealed:"
"""A secret as stores hold it: encrypted (formats/vault.py)."""
ELSEWHERE: Final = (ENV, FILE, KEPT, SEALED)
"""How material begins that is not written out."""


def fingerprint(stored: str) -> str:
    """Which stored secret this is: 16 hex digits of the SHA-256 of its sealed form, which tell nothing about it."""
    return sha256(stored.encode()).hexdigest()[:16]


def mask(secret: str) -> str:
    """A secret as it may be shown and exported: where it is, or `kept:` and its fingerprint."""
    if not secret or secret.startswith((ENV, FILE, KEPT)):
        return secret
    return KEPT + fingerprint(secret)


def masked(organisation: Organisation) -> Organisation:
    """The organisation without its secrets."""
    keys = tuple(replace(key, secret=mask(key.secret)) for key in organisation.keys)
    workspaces = tuple(
        replace(workspace, destinations=tuple(replace(one, secret=mask(one.secret)) for one in workspace.destinations))
        for workspace in organisation.workspaces
    )
    return replace(organisation, keys=keys, workspaces=workspaces)
