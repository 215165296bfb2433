"""Who is calling: a key with its secret, a signature made with it, or a page's public key alone (mparticle.md §5.1)."""

from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final

from msgspec import Struct

from placet.api.http.request import HttpRefusal, Request
from placet.errors import Denied

KEY: Final = b"x-mp-key"
SIGNATURE: Final = b"x-mp-signature"
NO_SECRET: Final = b"\0" * 32
"""Compared with where there is no such key, so that the answer takes as long as for a wrong secret."""

SecretOf = Callable[[str], bytes | None]
"""The secret of an input by its key; None where there is no such input."""


class Caller(Struct, frozen=True):
    """Whoever is calling, by their key; `proven`: with its secret, so it is an input's."""

    key: str
    proven: bool


def unnamed() -> HttpRefusal:
    """Nobody said who they are."""
    return HttpRefusal(401, "say who you are: key and secret, or a signature")


def basic(request: Request) -> tuple[str, str] | None:
    """Key and secret of `Authorization: Basic`; None where there is none that can be read."""
    scheme, _, credentials = request.header(b"authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return key, secret


def speaks_mparticle(request: Request) -> bool:
    """Is a request to a path that Segment has too (`/v1/identify`) meant for mParticle?

    Its clients name their key in a header, or send a secret with it; Segment's write keys stand alone, or with an
    empty password (mparticle.md §2.4, §5.1; segment.md §1.2).
    """
    credentials = basic(request)
    return KEY in request.headers or bool(credentials and credentials[1])


def with_secret(request: Request, secret_of: SecretOf) -> Caller:
    """A server that sends key and secret. Raises Refusal (401) where it sends nothing, Denied where they do not fit."""
    if b"authorization" not in request.headers:
        raise unnamed()
    key, said = basic(request) or ("", "")
    secret = secret_of(key)
    right = compare_digest(said.encode(), secret or NO_SECRET)
    if secret is None or not right:
        raise Denied("no input has this key and secret")
    return Caller(key, proven=True)


def with_signature(request: Request, key: str, body: bytes, secret_of: SecretOf) -> Caller:
    """An app that signs what it sends, unpacked, in the way it wrote the date. Raises Refusal (401) and Denied."""
    if SIGNATURE not in request.headers:
        raise unnamed()
    secret = secret_of(key)
    expected = signature(secret or NO_SECRET, request.method, request.header(b"date"), request.target, body)
    right = compare_digest(request.header(SIGNATURE).strip().lower().encode(), expected.encode())
    if secret is None or not right:
        raise Denied("the signature does not fit this key")
    return Caller(key, proven=True)


def signature(secret: bytes, method: str, date: str, target: str, body: bytes) -> str:
    """What an app writes into `x-mp-signature`: method, date, path with query, then the body, signed."""
    return digest(secret, f"{method}\n{date}\n{target}".encode() + body, sha256).hex()


def who(request: Request, body: bytes, secret_of: SecretOf, is_public: Callable[[str], bool]) -> Caller:
    """Whoever calls IDSync, in any of its three ways. Raises Refusal (401) and Denied."""
    if b"authorization" in request.headers:
        return with_secret(request, secret_of)
    key = request.header(KEY)
    if SIGNATURE in request.headers:
        return with_signature(request, key, body, secret_of)
    if not is_public(key):
        raise unnamed()
    return Caller(key, proven=False)
