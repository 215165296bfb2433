"""Meta's Conversions API: personal data is hashed, and limited data use is set where sale was refused.

Facts: developers.facebook.com/docs/marketing-api/conversions-api: …/using-the-api, …/parameters/server-event,
…/parameters/customer-information-parameters (normalising, hashing), …/data-processing-options, …/error-codes.
Responses: 200 sent · 400 with a transient or throttling code, 5xx retried · a rejected token (code 190) too, since an
operator can fix it · any other 400 each event retried alone, then given up: one invalid event fails the request.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    anonymous,
    at,
    currency_of,
    hashed,
    inner,
    kind,
    listed,
    nobody,
    number_of,
    patient,
    post,
    properties,
    said,
    text,
    traits,
    unsupported,
    user,
    values,
)
from placet.settings.connections import DestinationType

STANDARD: Final = {
    "Order Completed": "Purchase",
    "Product Added": "AddToCart",
    "Product Added to Wishlist": "AddToWishlist",
    "Product Viewed": "ViewContent",
    "Product List Viewed": "ViewContent",
    "Products Searched": "Search",
    "Checkout Started": "InitiateCheckout",
    "Payment Info Entered": "AddPaymentInfo",
    "Signed Up": "CompleteRegistration",
}
"""Meta's standard event names, by the common name."""

PASSING: Final = frozenset({1, 2, 4, 17, 190, 341, 613, 80004})
"""Codes of temporary errors: unknown and service errors, throttling, and a token that can be renewed."""


VALUES: Final = ("value", "revenue", "total", "price")
"""Properties that may hold the value of an event; null is skipped."""
HASHED: Final = re.compile("[0-9a-f]{64}")
"""A SHA-256 in hex digits: a value that the sender hashed already, which is not hashed again."""


class MetaConversionsOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    pixel_id: str
    version: str = "v23.0"
    limited_use: str = "sale"
    country: int = 0
    state: int = 0
    action_source: str = "website"
    test_event_code: str = ""


TYPE: Final = DestinationType(
    name="meta-conversions",
    about="Meta's Conversions API (Facebook, Instagram)",
    options=MetaConversionsOptions,
    meanings={
        "pixel_id": "the number of the pixel or dataset",
        "version": "the version of the Graph API",
        "limited_use": "the purpose without which events carry limited data use (LDU); empty for never",
        "country": "where LDU applies: 1 for the United States, 0 to let Meta find out",
        "state": "the same for the state, such as 1000 for California",
        "action_source": "where things happened when an event has no page: website, app, …",
        "test_event_code": "shows the events in Meta's test tool",
    },
    url="https://graph.facebook.com",
    secrets={"": "the access token"},
    needs=("",),
    purposes=("limited_use",),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """One server event."""
    document, options = item.document, config.options
    if kind(document) not in ("track", "page", "screen"):
        return unsupported(document)
    if not named(document).strip():
        return UnsupportedEvent("the event has no name; Meta takes none without: send it with a name")
    about = person(document)
    if not about:
        return nobody()
    event: dict[str, Any] = {
        "event_name": named(document),
        "event_time": item.at // 1000,
        "event_id": text(document.get("messageId")) or item.id,
        "action_source": "app" if kind(document) == "screen" else options.action_source,
        "user_data": about,
    }
    if url := text(at(document, "context", "page", "url")) or text(properties(document).get("url")):
        event["event_source_url"] = url
    if data := bought(properties(document)):
        event["custom_data"] = data
    return Payload(event | processing(item, options))


def named(document: dict[str, Any]) -> str:
    """The event name in Meta's spelling."""
    if kind(document) != "track":
        return "PageView"
    name = text(document.get("event"))
    return STANDARD.get(name, name)


def person(document: dict[str, Any]) -> dict[str, Any]:
    """The customer information: identifying values are normalised and hashed; browser ids are sent as they are."""
    known = traits(document)
    address = inner(known.get("address"))
    secret = {
        "em": lower(known.get("email")),
        "ph": known_number(known.get("phone")),
        "fn": letters(first_of(known, "firstName", "first_name")),
        "ln": letters(first_of(known, "lastName", "last_name")),
        "ct": letters(first_of(address, "city"), blanks=False),
        "st": letters(first_of(address, "state", "region"), blanks=False),
        "zp": zipped(first_of(address, "postalCode", "postal_code", "zip"), first_of(address, "country")),
        "country": country(first_of(address, "country")),
        "external_id": user(document) or anonymous(document),
    }
    open_ = {
        "client_ip_address": text(at(document, "context", "ip")),
        "client_user_agent": text(at(document, "context", "userAgent")),
        "fbc": text(at(document, "context", "fbc")) or text(properties(document).get("fbc")),
        "fbp": text(at(document, "context", "fbp")) or text(properties(document).get("fbp")),
    }
    found = {
        name: [value if name != "external_id" and HASHED.fullmatch(value) else hashed(value)]
        for name, value in secret.items()
        if value
    }
    return found | {name: value for name, value in open_.items() if value}


def first_of(said: dict[str, Any], *names: str) -> str:
    """The first of these fields that holds a text or number; null is skipped."""
    return next((found for name in names if (found := lower(said.get(name)))), "")


def known_number(value: Any) -> str:
    """A phone number: digits without leading zeros; a hashed one stays as it is."""
    said = lower(value)
    return said if HASHED.fullmatch(said) else re.sub(r"\D", "", said).lstrip("0")


def letters(said: str, *, blanks: bool = True) -> str:
    """Names and places without punctuation and, in places, without spaces; letters of every script stay."""
    bare = re.sub(r"[^\w\s]|_", "", unicodedata.normalize("NFC", said))
    return " ".join(bare.split()) if blanks else re.sub(r"\s", "", bare)


def zipped(said: str, land: str) -> str:
    """A postal code without spaces and dashes; in the United States its first five digits."""
    if HASHED.fullmatch(said):
        return said
    bare = re.sub(r"[\s-]", "", said)
    return bare[:5] if land in ("us", "usa", "united states") and bare.isdigit() else bare


def country(said: str) -> str:
    """A country as two letters (ISO 3166-1); other spellings match nothing at Meta and are left out."""
    return said if HASHED.fullmatch(said) or re.fullmatch("[a-z]{2}", said) else ""


def lower(value: Any) -> str:
    """The text trimmed and in lower case."""
    return text(value).strip().lower()


def bought(said: dict[str, Any]) -> dict[str, Any]:
    """The value of the event and the products it is about."""
    products = [inner(one) for one in listed(said.get("products")) if isinstance(one, dict)]
    value = next((number for name in VALUES if (number := number_of(said.get(name))) is not None), "")
    found = {
        "currency": currency_of(said.get("currency")),
        "value": value,
        "order_id": text(said.get("order_id")),
        "search_string": text(said.get("query")),
        "content_ids": [id for one in products if (id := text(one.get("product_id")) or text(one.get("sku")))],
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def processing(item: OutgoingEvent, options: MetaConversionsOptions) -> dict[str, Any]:
    """Limited data use where its purpose is not granted; an empty list states that there is none."""
    if not options.limited_use or item.grants(options.limited_use):
        return {"data_processing_options": []}
    return {
        "data_processing_options": ["LDU"],
        "data_processing_options_country": options.country,
        "data_processing_options_state": options.state,
    }


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """Up to a thousand events. The token is in the body, so that no URL log contains it."""
    body: dict[str, Any] = {"data": values(rows), "access_token": config.secret()}
    if config.options.test_event_code:
        body["test_event_code"] = config.options.test_event_code
    return post(config, f"/{config.options.version}/{config.options.pixel_id}/events", body)


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """One reply for the whole request; the error code in the body decides between TryAgain and Rejected."""
    error = inner(said(reply).get("error")) if isinstance(reply, Rejected) else {}
    if isinstance(reply, Rejected) and (error.get("is_transient") is True or error.get("code") in PASSING):
        return (TryAgain(f"{reply.why}: {text(error.get('message'))[:200]}", None, reply.status),) * len(rows)
    if isinstance(reply, Rejected) and error:
        why = text(error.get("error_user_msg")) or text(error.get("message"))
        return (Rejected(f"{reply.why}: {why[:200]}", reply.status),) * len(rows)
    return (patient(reply),) * len(rows)


DESTINATION: Final = Destination(TYPE, row, request, most=500, replies=replies, alone=True)
