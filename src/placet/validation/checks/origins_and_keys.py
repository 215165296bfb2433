"""The origins browsers may call from, and the keys that prove who a person is."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import DecodeError, json

from placet.formats.crypto.signatures import ALGORITHMS, VerifyKey, open_key
from placet.formats.domains import common_domain, is_public_suffix
from placet.formats.errors import Malformed
from placet.settings.organisation import KeySetting, Organisation
from placet.settings.site import Channel
from placet.validation.paths import Path, Remark, sites
from placet.validation.secrets import ELSEWHERE

ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?")
LOOPBACK: Final = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")

SECRET_BYTES: Final = {"HS256": 32, "HS384": 48, "HS512": 64}
"""A secret is at least as long as the hash it keys (RFC 7518 §3.2)."""
PUBLIC: Final = frozenset(ALGORITHMS) - SECRET_BYTES.keys()
"""Algorithms whose keys come in pairs, of which we get the public one."""
PRIVATE_MEMBERS: Final = frozenset("d p q dp dq qi oth k".split())
"""JWK members that only a private or a shared key has (RFC 7518 §6)."""


def bad_origins(organisation: Organisation) -> Iterator[Remark]:
    """An origin is scheme, host and port, lower case, without a path (RFC 6454 §6.2)."""
    for path, _, site in sites(organisation):
        for at, origin in enumerate(site.origins):
            if not ORIGIN.fullmatch(origin):
                message = f"'{origin}' is not an origin"
                yield Remark(
                    (*path, "origins", at), message, f"write {origin_of(origin)}: no path, no slash at the end"
                )


def origin_of(text: str) -> str:
    """The origin that was probably meant."""
    match = re.match(r"(https?://)?([^/?#\s*@]+)", text.lower())
    host = match[2] if match else "shop.example"
    return ((match and match[1]) or "https://") + host


def open_origins(organisation: Organisation) -> Iterator[Remark]:
    """Consent travels encrypted, except on the developer's own machine."""
    for path, _, site in sites(organisation):
        for at, origin in enumerate(site.origins):
            if origin.startswith("http://") and not LOOPBACK.fullmatch(origin):
                yield Remark((*path, "origins", at), f"'{origin}' is not encrypted", "use https")


def no_origins(organisation: Organisation) -> Iterator[Remark]:
    """A website names the origins its pages call us from."""
    for path, _, site in sites(organisation):
        if site.channel is Channel.WEB and not site.origins:
            message = f"the website '{site.id}' has no origins: browsers will not let its pages call us"
            yield Remark(path, message, "add origins: [https://…], or set its channel")


def public_suffixes(organisation: Organisation) -> Iterator[Remark]:
    """The hosts of a site share their cookies under a domain of one owner."""
    for path, _, site in sites(organisation):
        domain = common_domain(site.origins)
        if domain and is_public_suffix(domain):
            message = f"the origins of '{site.id}' have only the public suffix '{domain}' in common"
            cure = "each host asks for itself; make a site for each domain and put them into one consent group"
            yield Remark((*path, "origins"), message, cure)


def trusts_anybody(organisation: Organisation) -> Iterator[Remark]:
    """A site that trusts bare identifiers lets anybody speak for anybody."""
    for path, _, site in sites(organisation):
        if site.trusts_identifiers:
            message = f"whoever knows an identifier can answer for that person on '{site.id}'"
            cure = "send signed tokens and leave trusts_identifiers out, or keep it for servers of your own"
            yield Remark((*path, "trusts_identifiers"), message, cure)


def unknown_algorithms(organisation: Organisation) -> Iterator[Remark]:
    """A key is fixed to an algorithm we verify."""
    for path, key in keys(organisation):
        if key.algorithm not in SECRET_BYTES and key.algorithm not in PUBLIC:
            known = ", ".join(sorted(SECRET_BYTES) + sorted(PUBLIC))
            yield Remark((*path, "algorithm"), f"there is no algorithm '{key.algorithm}'", f"choose of {known}")


def keys(organisation: Organisation) -> Iterator[tuple[Path, KeySetting]]:
    """Every key."""
    for at, key in enumerate(organisation.keys):
        yield ("keys", at), key


def wrong_material(organisation: Organisation) -> Iterator[Remark]:
    """HS… keys hold a secret and nothing else, all others a public key and nothing else."""
    for path, key in keys(organisation):
        right, wrong = ("secret", "public_key") if key.algorithm in SECRET_BYTES else ("public_key", "secret")
        if not getattr(key, right):
            yield Remark(path, f"the key '{key.id}' ({key.algorithm}) has no {right}", f"add {right}")
        if getattr(key, wrong):
            message = f"a key for {key.algorithm} has a {right}, not a {wrong}"
            yield Remark((*path, wrong), message, f"move it to {right} if it is one, else take it out")


def short_secrets(organisation: Organisation) -> Iterator[Remark]:
    """A secret written in the file is long enough; one that is elsewhere is measured when it is applied."""
    for path, key in keys(organisation):
        if key.secret and not key.secret.startswith(ELSEWHERE) and too_short(key.algorithm, key.secret.encode()):
            message = f"the secret of '{key.id}' is too short for {key.algorithm}"
            need = SECRET_BYTES[key.algorithm]
            yield Remark((*path, "secret"), message, f"use at least {need} random bytes (openssl rand -base64 {need})")


def too_short(algorithm: str, secret: bytes) -> bool:
    """True when a secret is shorter than the hash it keys (RFC 7518 §3.2)."""
    return len(secret) < SECRET_BYTES.get(algorithm, 0)


def open_secrets(organisation: Organisation) -> Iterator[Remark]:
    """Secrets do not stand in settings files."""
    for path, key in keys(organisation):
        if key.secret and not key.secret.startswith(ELSEWHERE):
            cure = "keep it in the environment or a file, and write env:NAME or file:PATH here"
            yield Remark((*path, "secret"), f"the secret of '{key.id}' is written out in the settings", cure)


def private_keys(organisation: Organisation) -> Iterator[Remark]:
    """We verify, we never sign: only public keys are wanted, and a PEM is never a shared secret."""
    for path, key in keys(organisation):
        if is_private(key.public_key):
            message = f"the key '{key.id}' holds private key material"
            yield Remark((*path, "public_key"), message, "put the public key here and treat the private one as leaked")
        if key.secret.lstrip().startswith("-----BEGIN"):
            message = f"the secret of '{key.id}' is a PEM key"
            yield Remark(
                (*path, "secret"), message, "a PEM belongs to public_key, with an RS, PS, ES or EdDSA algorithm"
            )


def is_private(text: str) -> bool:
    """True for a PEM private key, or a JWK with members only a private or shared key has."""
    if "PRIVATE KEY-----" in text:
        return True
    if not text.lstrip().startswith("{"):
        return False
    try:
        members = json.decode(text, type=dict)
    except DecodeError:
        return False
    return not PRIVATE_MEMBERS.isdisjoint(members)


def misfit_keys(organisation: Organisation) -> Iterator[Remark]:
    """A public key is a PEM or a JWK, and one its algorithm can be verified with."""
    for path, key in keys(organisation):
        if key.algorithm not in PUBLIC or not key.public_key or key.public_key.startswith(ELSEWHERE):
            continue
        why = None if is_private(key.public_key) else misfit(key, key.public_key)
        if why is not None:
            yield Remark((*path, "public_key"), f"the public key of '{key.id}' {why.problem}", why.cure)


def misfit(key: KeySetting, material: str) -> Malformed | None:
    """Why this material cannot serve under the key's algorithm, or None when it can."""
    try:
        open_key(VerifyKey(key.id, key.algorithm, material))
    except Malformed as why:
        return why
    return None


def none_active(organisation: Organisation) -> Iterator[Remark]:
    """Some key is active, if there are any."""
    if organisation.keys and not any(key.active for key in organisation.keys):
        yield Remark(("keys",), "no key is active: every token is refused", "set 'active: true' on one")
