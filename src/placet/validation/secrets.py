"""How a key's material may be spelled: written out, named by where it is, sealed at rest, or kept as it is."""

from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from placet.settings.connections import DestinationSetting
from placet.settings.organisation import Organisation, Workspace

ENV: Final = "env:"
FILE: Final = "file:"
KEPT: Final = "kept:"
"""`kept:FINGERPRINT`, in an export: the stored secret with that fingerprint stays."""
SEALED: Final = "sealed:"
"""A secret as stores hold it: encrypted (formats/crypto/secret_box.py)."""
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
    workspaces = tuple(masked_workspace(workspace) for workspace in organisation.workspaces)
    return replace(organisation, keys=keys, workspaces=workspaces)


def masked_workspace(workspace: Workspace) -> Workspace:
    """The workspace without the secrets of its destinations and inputs."""
    destinations = tuple(map(masked_destination, workspace.destinations))
    sources = tuple(
        replace(source, inputs=tuple(replace(one, secret=mask(one.secret)) for one in source.inputs))
        for source in workspace.sources
    )
    return replace(workspace, destinations=destinations, sources=sources)


def masked_destination(destination: DestinationSetting) -> DestinationSetting:
    """The same for one destination."""
    return with_secrets(destination, {name: mask(secret) for name, secret in secrets_in(destination).items()})


def secrets_in(destination: DestinationSetting) -> dict[str, str]:
    """Every secret of a destination by its name, its `secret` under ""; those that are empty are left out."""
    every = {"": destination.secret, **destination.secrets}
    return {name: secret for name, secret in every.items() if secret}


def secret_path(name: str) -> tuple[str, ...]:
    """Where in a destination a secret of this name stands."""
    return ("secrets", name) if name else ("secret",)


def with_secrets(destination: DestinationSetting, held: dict[str, str]) -> DestinationSetting:
    """The destination with these secrets and no others."""
    named = {name: secret for name, secret in held.items() if name}
    return replace(destination, secret=held.get("", ""), secrets=named)
