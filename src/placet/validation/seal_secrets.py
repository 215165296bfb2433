"""An organisation's secrets as they are written become secrets as they are kept: found, measured, sealed."""

from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from placet.formats.crypto.secret_box import NONCE_BYTES, BrokenSecret, SecretBox
from placet.settings.connections import DestinationSetting, InputSetting
from placet.settings.organisation import KeySetting, Organisation, Workspace
from placet.validation.checks.connections import WEBHOOK
from placet.validation.checks.origins_and_keys import SECRET_BYTES, is_private, misfit, too_short
from placet.validation.finding import Finding, Severity
from placet.validation.paths import Path
from placet.validation.secrets import ENV, FILE, KEPT, SEALED, fingerprint, secret_path, secrets_in, with_secrets

PLACED: Final = (ENV, FILE)

Holder = TypeVar("Holder", DestinationSetting, InputSetting)


class SealedSettings(Struct, frozen=True):
    """Settings ready to be kept, and what was found wrong on the way."""

    organisation: Organisation
    findings: tuple[Finding, ...] = ()


class Wrong(Exception):
    """A key cannot be kept: what is wrong, and the cure."""

    def __init__(self, field: str | Path, code: str, message: str, cure: str) -> None:
        super().__init__(message)
        self.path = (field,) if isinstance(field, str) else field
        self.code, self.message, self.cure = code, message, cure

    def finding(self, path: Path) -> Finding:
        """The same, as a finding on the key at `path`."""
        return Finding(Severity.ERROR, self.code, (*path, *self.path), self.message, self.cure)


class Sealing(Struct, frozen=True):
    """What sealing takes: the organisation it is bound to, what was kept before, and the tools."""

    organisation: str
    stored: tuple[KeySetting, ...]
    secret_box: SecretBox
    look: Callable[[str], str]
    fresh: Callable[[int], bytes]


def seal_keys(
    organisation: Organisation,
    stored: tuple[KeySetting, ...],
    secret_box: SecretBox,
    look: Callable[[str], str],
    fresh: Callable[[int], bytes],
) -> SealedSettings:
    """The organisation with every secret sealed and every public key at hand.

    `look` reads an `env:` or `file:` place and raises LookupError; `fresh` hands out random bytes. A secret that is
    stored already keeps its sealed form, so that applying the same settings twice changes nothing.
    """
    sealing = Sealing(organisation.id.lower(), stored, secret_box, look, fresh)
    keys, findings = [], []
    for at, key in enumerate(organisation.keys):
        try:
            keys.append(seal_key(key, sealing))
        except Wrong as wrong:
            findings.append(wrong.finding(("keys", at)))
    return SealedSettings(replace(organisation, keys=tuple(keys)), tuple(findings))


def seal_connections(
    organisation: Organisation,
    stored: Organisation | None,
    secret_box: SecretBox,
    look: Callable[[str], str],
    fresh: Callable[[int], bytes],
) -> SealedSettings:
    """The organisation with the secrets of every destination and input sealed, as `seal_keys` does for keys.

    Those that sign, with HMAC-SHA256, are measured like every other secret of that algorithm.
    """
    before = tuple(key for space in (stored.workspaces if stored else ()) for key in keys_in(space))
    sealing = Sealing(organisation.id.lower(), before, secret_box, look, fresh)
    workspaces: list[Workspace] = []
    findings: list[Finding] = []
    for at, workspace in enumerate(organisation.workspaces):
        path = ("workspaces", at)
        destinations = seal_each(workspace.destinations, (*path, "destinations"), sealing, findings)
        sources = tuple(
            replace(source, inputs=seal_each(source.inputs, (*path, "sources", place, "inputs"), sealing, findings))
            for place, source in enumerate(workspace.sources)
        )
        workspaces.append(replace(workspace, destinations=destinations, sources=sources))
    return SealedSettings(replace(organisation, workspaces=tuple(workspaces)), tuple(findings))


def seal_each(items: tuple[Holder, ...], path: Path, sealing: Sealing, findings: list[Finding]) -> tuple[Holder, ...]:
    """Each of these with its secrets sealed; what is wrong with one is added to the findings."""
    settled = list(items)
    for at, one in enumerate(items):
        try:
            sealed = {name: seal_named(name, key, sealing) for name, key in as_keys(one).items()}
            settled[at] = with_all(one, sealed)
        except Wrong as wrong:
            findings.append(wrong.finding((*path, at)))
    return tuple(settled)


def with_all(holder: Holder, held: dict[str, str]) -> Holder:
    """A destination or input with these secrets and no others."""
    if isinstance(holder, InputSetting):
        return replace(holder, secret=held.get("", ""))
    return with_secrets(holder, held)


def keys_in(workspace: Workspace) -> list[KeySetting]:
    """The secrets of a workspace's destinations and inputs."""
    holders: list[DestinationSetting | InputSetting] = list(workspace.destinations)
    holders += (one for source in workspace.sources for one in source.inputs)
    return [key for holder in holders for key in as_keys(holder).values()]


def as_keys(holder: DestinationSetting | InputSetting) -> dict[str, KeySetting]:
    """The secrets of a destination or input, by name, as the keys they are; what only opens a vendor's door is of none.

    An input has one, if it has any.
    """
    if isinstance(holder, InputSetting):
        return {"": KeySetting(holder.id, "HS256", holder.secret)} if holder.secret else {}
    signs = "HS256" if holder.type == WEBHOOK else ""
    return {name: KeySetting(holder.id, "" if name else signs, one) for name, one in secrets_in(holder).items()}


def seal_named(name: str, key: KeySetting, sealing: Sealing) -> str:
    """`seal_secret`, for a secret of this name. Raises Wrong, which then names the field it stands in."""
    try:
        return seal_secret(key, sealing)
    except Wrong as wrong:
        raise Wrong(secret_path(name), wrong.code, wrong.message, wrong.cure) from None


def seal_key(key: KeySetting, sealing: Sealing) -> KeySetting:
    """One key as it is kept. Raises Wrong."""
    if key.algorithm in SECRET_BYTES:
        return replace(key, secret=seal_secret(key, sealing))
    public_key = found("public_key", key.public_key, sealing)
    if is_private(public_key):
        message = f"the key '{key.id}' holds private key material"
        raise Wrong("public_key", "private-key", message, "name the public key instead")
    why = misfit(key, public_key)
    if why is not None:
        raise Wrong("public_key", "bad-public-key", f"the public key of '{key.id}' {why.problem}", why.cure)
    return replace(key, public_key=public_key)


def seal_secret(key: KeySetting, sealing: Sealing) -> str:
    """A secret's sealed form: the stored one where it is the same, else a new one. Raises Wrong."""
    if key.secret.startswith(KEPT):
        return kept_secret(key, sealing)
    if key.secret.startswith(SEALED):
        return own_secret(key, sealing)
    plain = found("secret", key.secret, sealing).encode()
    if too_short(key.algorithm, plain):
        need = SECRET_BYTES[key.algorithm]
        message = f"the secret of '{key.id}' is too short for {key.algorithm}"
        raise Wrong(
            "secret", "short-secret", message, f"use at least {need} random bytes (openssl rand -base64 {need})"
        )
    why = misfit(key, plain.decode()) if key.algorithm else None
    if why is not None:
        raise Wrong("secret", "wrong-material", f"the secret of '{key.id}' {why.problem}", why.cure)
    # Its own first: two that share a secret were sealed apart, and must not seem changed the next time.
    for old in sorted(sealing.stored, key=lambda old: old.id != key.id):
        if sealing.secret_box.is_current(old.secret) and opened(old.secret, sealing) == plain:
            return old.secret
    return sealing.secret_box.seal(plain, sealing.organisation, sealing.fresh(NONCE_BYTES))


def kept_secret(key: KeySetting, sealing: Sealing) -> str:
    """The stored secret that a `kept:` names, long enough for the key's algorithm. Raises Wrong."""
    for old in sealing.stored:
        if old.secret and KEPT + fingerprint(old.secret) == key.secret:
            plain = opened(old.secret, sealing)
            if plain is not None and too_short(key.algorithm, plain):
                cure = "name a longer secret (env:NAME or file:PATH)"
                raise Wrong("secret", "short-secret", f"the kept secret is too short for {key.algorithm}", cure)
            return old.secret
    message = f"no stored secret has the fingerprint of '{key.id}'"
    raise Wrong("secret", "unknown-secret", message, "write env:NAME or file:PATH of the secret instead of kept:…")


def own_secret(key: KeySetting, sealing: Sealing) -> str:
    """A sealed secret as it is, if it is one of ours. Raises Wrong."""
    if opened(key.secret, sealing) is None:
        message = f"the sealed secret of '{key.id}' cannot be opened by this server"
        raise Wrong("secret", "unknown-secret", message, "write env:NAME or file:PATH of the secret")
    return key.secret


def opened(sealed: str, sealing: Sealing) -> bytes | None:
    """A stored secret in the clear, or None when this vault cannot open it."""
    try:
        return sealing.secret_box.open(sealed, sealing.organisation)
    except BrokenSecret:
        return None


def found(field: str, written: str, sealing: Sealing) -> str:
    """What is written, or what stands at the place that is written. Raises Wrong."""
    if not written.startswith(PLACED):
        return written
    try:
        return sealing.look(written)
    except LookupError as error:
        message = f"there is nothing at {written}: {error.args[0] if error.args else error}"
        raise Wrong(field, "unknown-secret", message, "set it where placet apply runs") from None
