"""The form of an e-mail address, as browsers check it before they submit a form."""

import re
from typing import Final

LONGEST: Final = 254
"""Characters of an address that mail can be sent to (RFC 5321 §4.5.3.1.3, without the angle brackets)."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")


def is_email(text: str) -> bool:
    """Is this a "valid e-mail address" as HTML defines it (§4.10.5.1.5)? No server is contacted."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None
