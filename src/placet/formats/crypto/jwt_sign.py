"""Tokens signed by placet: the receipt returned for a saved choice, and collection point tokens (cmp-api.md §17)."""

import binascii
import hmac
from functools import lru_cache
from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.hmac import HMAC

from placet.formats.crypto.jwt_verify import Claims, TokenRefused, take_apart
from placet.formats.errors import Malformed

MAX_COLLECTION_POINT: Final = 65_536
"""Characters. A collection point's token lists its purposes, so it may be far longer than a profile token."""


def sign_receipt(claims: Claims, secret: bytes, kid: str) -> str:
    """A receipt token: HS512 under the header `{"kid", "alg"}`, claims in the order given (cmp-api.md §17.4).

    `secret` has 64 bytes or more and is used for nothing else; `kid` names it, in base64.
    """
    return _sign(_header(kid), claims, secret)


def sign_collection_point(claims: Claims, secret: bytes) -> str:
    """The token that lets its bearer send receipts to one collection point; it never expires (cmp-api.md §17.3).

    Chosen: HS512 with a secret derived from `secret`. The original seems to be RS512, but only the server that
    signed such a token ever checks it, and a derived secret keeps a receipt from passing as one.
    """
    return _sign(_header(""), claims, _derived(secret))


def read_collection_point(token: str, secret: bytes) -> Claims | TokenRefused:
    """The claims of a collection point's token, if it was signed with `secret`; else why it is refused."""
    if len(token) > MAX_COLLECTION_POINT:
        return TokenRefused(f"the collection point token is longer than {MAX_COLLECTION_POINT} characters")
    try:
        parts = take_apart(token)
    except Malformed as why:
        return TokenRefused(why.problem)
    if parts.header.get("alg") != "HS512":
        return TokenRefused("the collection point token is not signed the way we sign")
    if not hmac.compare_digest(hmac.digest(_derived(secret), parts.signed, "sha512"), parts.signature):
        return TokenRefused("the collection point token was not signed by this server")
    return parts.claims


def _sign(header: bytes, claims: Claims, secret: bytes) -> str:
    signed = b"%b.%b" % (header, _web64(msgspec.json.encode(claims)))
    mac = _keyed(secret).copy()
    mac.update(signed)
    return (b"%b.%b" % (signed, _web64(mac.finalize()))).decode()


@lru_cache(8)
def _keyed(secret: bytes) -> HMAC:
    """HS512 with the key already loaded, to be copied: a token costs half as much as with loading the key each time."""
    return HMAC(secret, SHA512())


@lru_cache(64)
def _header(kid: str) -> bytes:
    return _web64(msgspec.json.encode({"kid": kid, "alg": "HS512"} if kid else {"alg": "HS512"}))


@lru_cache(8)
def _derived(secret: bytes) -> bytes:
    return hmac.digest(secret, b"placet collection point", "sha512")


def _web64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")
