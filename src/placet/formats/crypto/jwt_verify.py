"""Profile tokens (JWT): the verified identity of a caller, or the reason why not (cmp-api.md §15.5).

Rules: caller input raises nothing here, the result is `TokenVerified` or `TokenRefused` · a token's header chooses
among the registered keys, never the algorithm of a key · times are epoch milliseconds and passed in.
"""

import binascii
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct

from placet.formats.crypto.signatures import Check, VerifyKey, open_key
from placet.formats.errors import Malformed
from placet.formats.placeholders import names_nobody

MAX_TOKEN: Final = 8192
"""Characters. A longer profile token is refused without being parsed."""

Claims: TypeAlias = Mapping[str, Any]

_FOREVER: Final = 1e12
"""Seconds; beyond the year 30,000."""

_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_TO_PLAIN: Final = bytes.maketrans(b"-_", b"+/")


class TokenVerified(Struct, frozen=True):
    """The caller proved to be `subject`; `claims` are all claims of the token."""

    subject: str
    claims: Claims


class TokenRefused(Struct, frozen=True):
    """The caller stays anonymous; `why` is a sentence for the operator that contains nothing from the token itself."""

    reason: str


class Parts(NamedTuple):
    """The parts of a compact token; `signed` is what the signature covers."""

    header: Claims
    claims: Claims
    signed: bytes
    signature: bytes


class _Genuine(Struct, frozen=True):
    """A token whose signature was verified, and when it is valid (epoch ms, leeway included)."""

    answer: TokenVerified
    begins: float
    ends: float


class Keyring:
    """The keys of one organisation. Make a new one when its keys change, which also clears the cache.

    `leeway` (ms) allows for clock differences; up to `remember` verified tokens are cached, so that a returning token
    costs a look-up and not a signature check. Raises Malformed for a key that does not fit its algorithm.
    """

    def __init__(self, keys: Iterable[VerifyKey], leeway: int = 60_000, remember: int = 4096) -> None:
        self._keys = tuple((key.id, key.algorithm, open_key(key)) for key in keys)
        self._leeway = leeway
        self._remember = remember
        self._genuine: OrderedDict[str, _Genuine] = OrderedDict()

    def verify(self, token: str, identifier: str, now: int) -> TokenVerified | TokenRefused:
        """Does `token`, bare or after `Bearer `, prove at `now` that its bearer is `identifier`?"""
        known = self._genuine.get(token) or self._check(token)
        if isinstance(known, TokenRefused):
            return known
        self._genuine.move_to_end(token)
        return _evaluate(known, identifier, now)

    def _check(self, token: str) -> _Genuine | TokenRefused:
        """Check the signature, and cache the token if it is valid."""
        if len(token) > MAX_TOKEN:
            return TokenRefused(f"the token is longer than {MAX_TOKEN} characters")
        try:
            parts = take_apart(bare(token))
            genuine = _genuine(parts, self._leeway)
        except Malformed as why:
            return TokenRefused(why.problem)
        checks = self._checks(parts.header)
        if not checks:
            return TokenRefused("no active key is registered for the algorithm of the token")
        if not any(check(parts.signed, parts.signature) for check in checks):
            return TokenRefused("the signature does not belong to any registered key")
        self._genuine[token] = genuine
        if len(self._genuine) > self._remember:
            self._genuine.popitem(last=False)
        return genuine

    def _checks(self, header: Claims) -> list[Check]:
        """The checks to try: the named key's if the `kid` is known, else all of that algorithm."""
        algorithm, kid = header.get("alg"), header.get("kid")
        named = [key for key in self._keys if key[0] == kid]
        return [check for _, its_algorithm, check in named or self._keys if its_algorithm == algorithm]


def bare(token: str) -> str:
    """The token without the `Bearer ` that some callers put before it."""
    return token[7:].strip() if token[:7].lower() == "bearer " else token


def take_apart(token: str) -> Parts:
    """Read a compact JWS (RFC 7515 §7.1) without checking its signature. Raises Malformed with the reason."""
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise Malformed("the token is not three base64url parts with a signature")
    head, body, signature = match.groups()
    header = _object(head, "header")
    # RFC 7515 §4.1.11: an extension marked critical that is not understood must be refused; none is supported.
    if "crit" in header:
        raise Malformed("the token demands an extension (crit) that we do not know")
    return Parts(header, _object(body, "payload"), f"{head}.{body}".encode(), _bytes(signature, "signature"))


def _evaluate(known: _Genuine, identifier: str, now: int) -> TokenVerified | TokenRefused:
    if now >= known.ends:
        return TokenRefused("the token has expired")
    if now < known.begins:
        return TokenRefused("the token is not valid yet")
    if names_nobody(identifier) or known.answer.subject != identifier:
        return TokenRefused("the token speaks for another identifier")
    return known.answer


def _genuine(parts: Parts, leeway: int) -> _Genuine:
    """The subject and validity of a token whose signature was verified."""
    claims = parts.claims
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise Malformed("the token has no subject (sub)")
    begins = max(_moment(claims, "nbf", 0.0), _moment(claims, "iat", 0.0)) - leeway
    ends = _moment(claims, "exp", _FOREVER) + leeway
    return _Genuine(TokenVerified(subject, claims), begins, ends)


def _moment(claims: Claims, name: str, absent: float) -> float:
    """A NumericDate (seconds, RFC 7519 §2) as epoch milliseconds."""
    value = claims.get(name, absent)
    if type(value) not in {int, float}:
        raise Malformed(f"{name} of the token is not a number of seconds")
    # Clamped, since an integer in JSON may be too large for a float.
    return 1000.0 * float(max(-_FOREVER, min(value, _FOREVER)))


def _object(part: str, name: str) -> Claims:
    """The JSON object in a part. A duplicate key is refused, since two parsers could each use another value."""
    text = _bytes(part, name)
    try:
        value = json.loads(text.decode(), object_pairs_hook=_once_each, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed(f"the {name} of the token is not JSON with unique keys") from None
    if not isinstance(value, dict):
        raise Malformed(f"the {name} of the token is not an object")
    return dict(value)


def _bytes(part: str, name: str) -> bytes:
    try:
        return binascii.a2b_base64(part.encode().translate(_TO_PLAIN) + b"=" * (-len(part) % 4), strict_mode=True)
    except ValueError:
        raise Malformed(f"the {name} of the token is not base64url") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
