"""Google Ads offline conversions: conversions after a click, with the consent fields that Google requires.

Facts: developers.google.com/google-ads/api/docs/conversions/upload-clicks, …/reference/rpc/…/ClickConversion and
…/Consent, …/docs/best-practices/partial-failures, and identity/protocols/oauth2 (refreshing an access token).
Responses: 200 sent, except what `partialFailureError` names by index: given up, or sent where it was stored already ·
401 renews the access token · 403, 429, 5xx retried · 400 each retried alone, then given up.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    Sent,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    at,
    currency_of,
    email,
    hashed,
    inner,
    kind,
    listed,
    number_of,
    patient,
    post,
    properties,
    said,
    text,
    unsupported,
    values,
)
from placet.outputs.google import TOKENS, granted, token_request
from placet.settings.connections import DestinationType

CLICKS: Final = ("gclid", "gbraid", "wbraid")
KNOWN: Final = frozenset({"CLICK_CONVERSION_ALREADY_EXISTS", "ORDER_ID_ALREADY_IN_USE"})
"""Errors that mean the conversion is stored already."""


class GoogleAdsOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    customer_id: str
    conversions: dict[str, str]
    client_id: str
    ad_user_data: str = ""
    ad_personalization: str = ""
    login_customer_id: str = ""
    version: str = "v23"
    tokens: str = TOKENS


TYPE: Final = DestinationType(
    name="google-ads",
    about="Google Ads, uploads of offline click conversions",
    options=GoogleAdsOptions,
    meanings={
        "customer_id": "the number of the account, digits only",
        "conversions": "names of events to numbers of conversion actions; other events are held",
        "client_id": "the id of the OAuth client",
        "ad_user_data": "the purpose that lets Google use the data for ads; denied when left out",
        "ad_personalization": "the purpose that lets Google personalise ads; denied when left out",
        "login_customer_id": "the number of the manager account that is logged in",
        "version": "the version of the API",
        "tokens": "the address that gives passes for a refresh token",
    },
    url="https://googleads.googleapis.com",
    secrets={
        "": "the developer token",
        "client_secret": "the secret of the OAuth client",
        "refresh_token": "a refresh token with the scope adwords",
    },
    needs=("", "client_secret", "refresh_token"),
    purposes=("ad_user_data", "ad_personalization"),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """One click conversion, attributed by click id, else by a hashed e-mail address."""
    document, options = item.document, config.options
    if kind(document) != "track":
        return unsupported(document)
    action = options.conversions.get(text(document.get("event")))
    if not action:
        return UnsupportedEvent(f"the event '{text(document.get('event'))[:100]}' is no conversion at this destination")
    click = clicked(document)
    address = hashed(email(document).strip().lower())
    if not click and not address:
        return UnsupportedEvent("it tells neither a click nor an address")
    consent = {
        "adUserData": granted(item, options.ad_user_data),
        "adPersonalization": granted(item, options.ad_personalization),
    }
    conversion: dict[str, Any] = {
        "conversionAction": f"customers/{options.customer_id}/conversionActions/{action}",
        "conversionDateTime": moment(item.at),
        "consent": consent,
    }
    who = {} if click else {"userIdentifiers": [{"hashedEmail": address}]}
    return Payload(conversion | click | who | worth(properties(document), item))


def clicked(document: dict[str, Any]) -> dict[str, str]:
    """The click id, from the event itself or from the URL of its page."""
    page = text(at(document, "context", "page", "url")) or text(properties(document).get("url"))
    query = parse_qs(urlsplit(page).query) if page else {}
    for name in CLICKS:
        found = text(properties(document).get(name)) or text(at(document, "context", name)) or query.get(name, [""])[0]
        if found:
            return {name: found}
    return {}


def worth(about: dict[str, Any], item: OutgoingEvent) -> dict[str, Any]:
    """The value of the conversion, and the id by which a repetition is recognised."""
    numbers = (number_of(about.get(name)) for name in ("value", "revenue", "total"))
    found: dict[str, Any] = {"orderId": text(about.get("order_id")) or text(item.document.get("messageId")) or item.id}
    if (value := next((number for number in numbers if number is not None), None)) is not None:
        found["conversionValue"] = value
    if currency := currency_of(about.get("currency")):
        found["currencyCode"] = currency
    return found


def moment(ms: int) -> str:
    """The time in Google's format: yyyy-mm-dd hh:mm:ss+00:00."""
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat(sep=" ")


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """A request in which valid conversions are stored even where others are invalid."""
    options = config.options
    headers = [("developer-token", config.secret())]
    if options.login_customer_id:
        headers.append(("login-customer-id", options.login_customer_id))
    path = f"/{options.version}/customers/{options.customer_id}:uploadClickConversions"
    made = post(config, path, {"conversions": values(rows), "partialFailure": True}, *headers)
    return replace(made, token_request=token_request(config, options.client_id, options.tokens))


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """A partial failure names conversions by index."""
    details = inner(said(reply).get("partialFailureError")).get("details") if isinstance(reply, Sent) else None
    errors = (error for detail in map(inner, listed(details)) for error in map(inner, listed(detail.get("errors"))))
    bad = {place_of(error): error for error in errors}
    return tuple(failure(bad[at]) if at in bad else patient(reply) for at in range(len(rows)))


def place_of(error: dict[str, Any]) -> int:
    """The index of the conversion an error is about; protocol buffers omit a 0 and write other numbers as text."""
    path = at(error, "location", "fieldPathElements") or []
    return next((int(one.get("index") or 0) for one in path if one.get("fieldName") == "conversions"), -1)


def failure(error: dict[str, Any]) -> Reply:
    """The reply for one conversion's error."""
    codes = ", ".join(text(code) for code in inner(error.get("errorCode")).values())
    return Sent(200) if codes in KNOWN else Rejected(f"{codes}: {text(error.get('message'))[:200]}", 400)


DESTINATION: Final = Destination(TYPE, row, request, most=2000, replies=replies, alone=True)
