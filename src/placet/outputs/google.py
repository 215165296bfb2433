"""What Google's APIs share: the OAuth access token from a refresh token, and the spelling of consent states."""

from typing import Final
from urllib.parse import urlencode

from placet.outputs.destination import DestinationConfig, HttpRequest, OutgoingEvent

TOKENS: Final = "https://oauth2.googleapis.com"


def token_request(config: DestinationConfig, client_id: str, base: str) -> HttpRequest | None:
    """The request for an access token: "Refreshing an access token" (RFC 6749 §6). None where a secret is missing."""
    secret, refresh = config.secret("client_secret"), config.secret("refresh_token")
    if not (client_id and secret and refresh):
        return None
    fields = {
        "client_id": client_id,
        "client_secret": secret,
        "refresh_token": refresh,
        "grant_type": "refresh_token",
    }
    body = urlencode(fields).encode()
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body))))
    return HttpRequest(base.rstrip("/") + "/token", headers, body, config.to.loopback, reads_body=65_536)


def granted(item: OutgoingEvent, purpose: str) -> str:
    """GRANTED where the purpose is granted; DENIED where it is not, or where no purpose is configured."""
    return "GRANTED" if item.grants(purpose) else "DENIED"
