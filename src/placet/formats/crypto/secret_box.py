"""Encrypts small secrets at rest: AES-256-GCM under a key derived from the server's master secret."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

MARK: Final = "sealed"
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
LEAST_BYTES: Final = 32
"""The minimum length of a master secret, in bytes."""


class BrokenSecret(Exception):
    """The secret cannot be decrypted: it was changed, belongs to another context, or its key is not available."""


class SecretBox(Struct, frozen=True):
    """Encrypts under the current key, decrypts under any known key. Keys are by their id, as `make` derives them."""

    current: str
    keys: Mapping[str, bytes]

    def seal(self, plain: bytes, about: str, nonce: bytes) -> str:
        """`sealed:KEY:BASE64URL`, which decrypts only with the same `about`. `nonce`: 12 fresh random bytes."""
        box = AESGCM(self.keys[self.current]).encrypt(nonce, plain, about.encode())
        return f"{MARK}:{self.current}:{urlsafe_b64encode(nonce + box).decode()}"

    def open(self, sealed: str, about: str) -> bytes:
        """The decrypted secret. Raises BrokenSecret."""
        mark, _, rest = sealed.partition(":")
        key, _, text = rest.partition(":")
        if mark != MARK:
            raise BrokenSecret("this is not a sealed secret")
        if key not in self.keys:
            raise BrokenSecret(f"sealed with the key {key}, which this server does not have")
        try:
            box = urlsafe_b64decode(text)
            return AESGCM(self.keys[key]).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], about.encode())
        except (ValueError, InvalidTag):
            raise BrokenSecret("the sealed secret was changed, or belongs elsewhere") from None

    def is_current(self, sealed: str) -> bool:
        """Is it encrypted under the current key? If not, it should be encrypted again."""
        return sealed.startswith(f"{MARK}:{self.current}:")


def make(master: bytes, *older: bytes) -> SecretBox:
    """A secret box under the server's secret; `older` secrets still decrypt what they encrypted (rotation).

    Each has 32 bytes or more. The key and its id are derived by HKDF-SHA256 (RFC 5869), so that the same secret may
    serve other uses. Raises ValueError.
    """
    keys = dict(derive(each) for each in (*older, master))
    return SecretBox(derive(master)[0], keys)


def derive(master: bytes) -> tuple[str, bytes]:
    """A key's id (8 hex digits) and the key itself."""
    if len(master) < LEAST_BYTES:
        raise ValueError(f"the server's secret must have {LEAST_BYTES} bytes or more, not {len(master)}")
    made = HKDF(SHA256(), KEY_BYTES + 4, salt=None, info=b"placet settings vault").derive(master)
    return made[KEY_BYTES:].hex(), made[:KEY_BYTES]
