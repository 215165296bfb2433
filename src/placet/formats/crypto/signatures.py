"""Verification keys, each fixed to one algorithm, and the check of a signature by such a key.

Rules: the algorithm comes from the settings, never from the text being checked · the key type follows from its
algorithm, so a public key can never serve as a shared secret (the confusion attack, RFC 8725 §2.1) · a key that does
not fit is refused when it is opened, with a cure, and never at the time of a request.
"""

import hmac
import json
from collections.abc import Callable
from functools import partial
from types import UnionType
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from msgspec import Struct

from placet.formats.errors import Malformed

Check: TypeAlias = Callable[[bytes, bytes], bool]
"""(message, signature) → was it made with this key?"""

MIN_SECRET: Final = 16
"""Bytes. RFC 7518 §3.2 wants the length of the hash; secrets in the field are shorter. Below this they are guessed."""

MIN_RSA: Final = 2048
"""Bits (RFC 7518 §3.3)."""


class VerifyKey(Struct, frozen=True, repr_omit_defaults=True):
    """A key as registered: its name (`kid`), the one algorithm it may be used with, and the key as text.

    For HS* the text is the secret itself or an `oct` JWK; for all others a public key as PEM or JWK.
    """

    id: str
    algorithm: str
    material: str

    def __repr__(self) -> str:
        return f"VerifyKey({self.id!r}, {self.algorithm!r})"


def open_key(key: VerifyKey) -> Check:
    """The check that `key` makes possible. Malformed when algorithm and key do not fit each other."""
    opened = ALGORITHMS.get(key.algorithm)
    if opened is None:
        raise _unusable(
            key, f"{key.algorithm or 'no algorithm'} is not supported", f"use one of {', '.join(ALGORITHMS)}"
        )
    return opened(key)


def hmac_check(digest: str, key: VerifyKey) -> Check:
    """HS*: the same secret signs and verifies (RFC 7518 §3.2)."""
    secret = _secret(key)
    if len(secret) < MIN_SECRET:
        raise _unusable(key, f"a secret of {len(secret)} bytes can be guessed", f"use at least {MIN_SECRET}, better 64")

    def check(message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(secret, message, digest), signature)

    return check


def rsa_check(digest: hashes.HashAlgorithm, pad: padding.AsymmetricPadding, key: VerifyKey) -> Check:
    """RS* and PS* (RFC 7518 §3.3, §3.5)."""
    public = _public(key)
    if not isinstance(public, rsa.RSAPublicKey):
        raise _unusable(key, "is not an RSA key", "register it under the algorithm it was made for")
    if public.key_size < MIN_RSA:
        raise _unusable(key, f"{public.key_size} bits are too few", f"use an RSA key of at least {MIN_RSA} bits")
    return _asking(lambda message, signature: public.verify(signature, message, pad, digest))


def curve_check(curve: type[ec.EllipticCurve], digest: hashes.HashAlgorithm, key: VerifyKey) -> Check:
    """ES*: the signature is r and s side by side, each as long as the curve (RFC 7518 §3.4)."""
    public = _public(key)
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, curve):
        raise _unusable(
            key, f"is not a key on the curve {curve.name}", "register it under the algorithm it was made for"
        )
    half = (public.key_size + 7) // 8
    scheme = ec.ECDSA(digest)

    def verify(message: bytes, signature: bytes) -> None:
        if len(signature) != 2 * half:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
        public.verify(encode_dss_signature(r, s), message, scheme)

    return _asking(verify)


def edwards_check(kind: type | UnionType, key: VerifyKey) -> Check:
    """EdDSA by either curve (RFC 8037), or the name of the one curve (RFC 9864)."""
    public = _public(key)
    if not isinstance(public, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) or not isinstance(public, kind):
        raise _unusable(key, "is not an Edwards key of that name", "register it under the algorithm it was made for")
    return _asking(lambda message, signature: public.verify(signature, message))


def _pss(digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)


_256, _384, _512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()

ALGORITHMS: Final[dict[str, Callable[[VerifyKey], Check]]] = {
    "HS256": partial(hmac_check, "sha256"),
    "HS384": partial(hmac_check, "sha384"),
    "HS512": partial(hmac_check, "sha512"),
    "RS256": partial(rsa_check, _256, padding.PKCS1v15()),
    "RS384": partial(rsa_check, _384, padding.PKCS1v15()),
    "RS512": partial(rsa_check, _512, padding.PKCS1v15()),
    "PS256": partial(rsa_check, _256, _pss(_256)),
    "PS384": partial(rsa_check, _384, _pss(_384)),
    "PS512": partial(rsa_check, _512, _pss(_512)),
    "ES256": partial(curve_check, ec.SECP256R1, _256),
    "ES384": partial(curve_check, ec.SECP384R1, _384),
    "ES512": partial(curve_check, ec.SECP521R1, _512),
    "EdDSA": partial(edwards_check, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey),
    "Ed25519": partial(edwards_check, ed25519.Ed25519PublicKey),
    "Ed448": partial(edwards_check, ed448.Ed448PublicKey),
}
"""Every algorithm we verify, and how a key registered for it is opened. There is no `none`."""


def _asking(verify: Callable[[bytes, bytes], object]) -> Check:
    """A check that returns a boolean, from a function that raises InvalidSignature."""

    def check(message: bytes, signature: bytes) -> bool:
        try:
            verify(message, signature)
        except InvalidSignature:
            return False
        return True

    return check


def _secret(key: VerifyKey) -> bytes:
    if "-----BEGIN" in key.material:
        raise _unusable(
            key, "a PEM key cannot be a shared secret", "register it under an RS, PS, ES or EdDSA algorithm"
        )
    jwk = _jwk(key)
    if jwk is None:
        return key.material.encode()
    if jwk.get("kty") != "oct":
        raise _unusable(
            key, "a public JWK cannot be a shared secret", "register it under the algorithm it was made for"
        )
    secret = _opened(key, jwk)
    return secret if isinstance(secret, bytes) else b""


def _public(key: VerifyKey) -> object:
    """The public key, from PEM or from a JWK."""
    jwk = _jwk(key)
    if jwk is not None:
        return _opened(key, jwk)
    try:
        return load_pem_public_key(key.material.encode())
    except (ValueError, UnsupportedAlgorithm) as why:
        raise _unreadable(key) from why


def _jwk(key: VerifyKey) -> dict[str, str | list[str]] | None:
    """The material as a JWK, or None when it is not JSON at all."""
    if not key.material.lstrip().startswith("{"):
        return None
    try:
        jwk: dict[str, str | list[str]] = json.loads(key.material)
    except (ValueError, RecursionError) as why:
        raise _unusable(key, "is broken JSON", "give a whole JWK or a PEM key") from why
    if jwk.get("alg", key.algorithm) != key.algorithm:
        raise _unusable(key, f"says it is for {jwk['alg']}", "register it under that algorithm")
    return jwk


def _opened(key: VerifyKey, jwk: dict[str, str | list[str]]) -> object:
    """The key inside a JWK: bytes for `oct`, else a public key."""
    try:
        return import_key(jwk).get_op_key("verify")
    except (ValueError, TypeError, UnsupportedAlgorithm, JoseError) as why:
        raise _unreadable(key) from why


def _unreadable(key: VerifyKey) -> Malformed:
    cure = "give the public key as PEM (-----BEGIN PUBLIC KEY-----) or as a JWK"
    return _unusable(key, "is not a key we can read", cure)


def _unusable(key: VerifyKey, problem: str, cure: str) -> Malformed:
    return Malformed(problem, cure, standard=key.algorithm, field=f"key {key.id!r}")
