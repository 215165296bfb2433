"""Links by which a person opens their own preferences, for example from an e-mail; encrypted and authenticated."""

from typing import Final

import msgspec
from msgspec import Struct

from placet.formats.crypto.jwt_verify import TokenRefused
from placet.formats.crypto.secret_box import MARK, BrokenSecret, SecretBox

MOST: Final = 2048
"""Characters of a link's text. A longer one is refused without being decrypted."""


class PreferenceLink(Struct, frozen=True, array_like=True):
    """Whose preferences, of which site, and until when (epoch ms). New fields go to the end."""

    app_id: str
    identifier: str
    ends: int
    identifier_type: str = ""


def write(link: PreferenceLink, secret_box: SecretBox, nonce: bytes) -> str:
    """The link's text: letters, digits, `-`, `_`, `.` and `=`. `nonce`: 12 fresh random bytes.

    It is encrypted, not only signed: URLs are kept in histories and logs, which must not contain identifiers.
    """
    sealed = secret_box.seal(msgspec.json.encode(link), _about(link.app_id), nonce)
    return sealed.removeprefix(f"{MARK}:").replace(":", ".")


def read(text: str, app_id: str, secret_box: SecretBox, now: int) -> PreferenceLink | TokenRefused:
    """The link, if it is authentic, for this site, and not expired at `now`; else why it is refused."""
    if len(text) > MOST:
        return TokenRefused(f"the link is longer than {MOST} characters")
    try:
        link = msgspec.json.decode(
            secret_box.open(f"{MARK}:{text.replace('.', ':')}", _about(app_id)), type=PreferenceLink
        )
    except (BrokenSecret, msgspec.DecodeError):
        return TokenRefused("the link was not made by this server for this site")
    return TokenRefused("the link has expired") if now >= link.ends else link


def _about(app_id: str) -> str:
    return f"preference link {app_id.lower()}"
