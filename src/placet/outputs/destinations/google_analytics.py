"""Google Analytics 4 by the Measurement Protocol, with Google's two consent fields in every request.

Facts: developers.google.com/analytics/devguides/collection/protocol/ga4/reference (payload, consent, limits),
…/ga4/sending-events (timestamps of single events), …/config/admin/v1/rest/v1alpha/properties/submitUserDeletion.
Responses: 2xx sent, whatever the content, for this server never reports invalid events · 408, 429, 5xx retried · all
others given up, as the vendor asks.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    HttpRequest,
    OutgoingEvent,
    Payload,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    anonymous,
    at,
    inner,
    kind,
    nobody,
    number_of,
    plain,
    post,
    properties,
    text,
    traits,
    unsupported,
    user,
)
from placet.outputs.google import TOKENS, granted, token_request
from placet.outputs.reserved_names import reserving
from placet.settings.connections import DestinationType

LONGEST_NAME: Final = 40
LONGEST_VALUE: Final = 100
MAX_PARAMS: Final = 25
MAX_ITEMS: Final = 200
LONGEST: Final = {"page_location": 1000, "page_title": 300, "page_referrer": 420}
"""Parameters whose values may be longer than others (support.google.com/analytics/answer/9267744)."""
RECOMMENDED: Final = {
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Product Added": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Product Viewed": "view_item",
    "Product List Viewed": "view_item_list",
    "Checkout Started": "begin_checkout",
    "Payment Info Entered": "add_payment_info",
    "Signed Up": "sign_up",
    "Signed In": "login",
    "Products Searched": "search",
}
"""Google's recommended event names, by the common name."""


NAMES: Final = {"order_id": "transaction_id", "query": "search_term"}
ITEM: Final = {
    "product_id": "item_id",
    "sku": "item_id",
    "name": "item_name",
    "brand": "item_brand",
    "category": "item_category",
    "variant": "item_variant",
    "position": "index",
}
"""Parameters of Google's recommended events and their items, by the common name."""
ELSEWHERE: Final = frozenset({"products", "url", "title", "referrer", "path", "name"})
"""Properties that are sent as another parameter already."""


RULES: Final = reserving(
    "cid client_id clientid customer_id customerid dclid gclid session_id sessionid sfmc_id sid "
    "srsltid uid user_id userid app_instance_id api_secret measurement_id "
)
"""Names that Google reserves because they identify (support.google.com/analytics/answer/13316687)."""


EVENTS: Final = frozenset(
    "ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_clear_data app_exception app_install "
    "app_remove app_store_refund app_store_subscription_cancel app_store_subscription_convert "
    "app_store_subscription_renew app_update app_upgrade dynamic_link_app_open dynamic_link_app_update "
    "dynamic_link_first_open error firebase_campaign firebase_in_app_message_action "
    "firebase_in_app_message_dismiss firebase_in_app_message_impression first_open first_visit in_app_purchase "
    "notification_dismiss notification_foreground notification_open notification_receive os_update session_start "
    "session_start_with_rollout user_engagement".split()
)
"""Event names reserved by Google: an event with one of them is held (…/protocol/ga4/reference, "Reserved names")."""
PREFIXES: Final = ("_", "firebase_", "ga_", "google_", "gtag.")
PROPERTIES: Final = frozenset(
    "first_open_after_install first_open_time first_visit_time last_deep_link_referrer".split()
)
"""Prefixes of names, and names of user properties, that Google reserves."""
LONGEST_PROPERTY: Final = (24, 36)
"""The maximum lengths of a user property's name and value."""
VALUES: Final = ("value", "revenue", "total")
"""Properties that may hold the value of an event; the first one that is a number is used."""


class GoogleAnalyticsOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    measurement_id: str
    ad_user_data: str = ""
    ad_personalization: str = ""
    property_id: str = ""
    client_id: str = ""
    admin: str = "https://analyticsadmin.googleapis.com"
    tokens: str = TOKENS


TYPE: Final = DestinationType(
    name="google-analytics",
    about="Google Analytics 4 by the Measurement Protocol",
    options=GoogleAnalyticsOptions,
    meanings={
        "measurement_id": "the id of the web stream, G-…",
        "ad_user_data": "the purpose that lets Google use the data for ads; denied when left out",
        "ad_personalization": "the purpose that lets Google personalise ads; denied when left out",
        "property_id": "the number of the property, to forget people",
        "client_id": "the id of the OAuth client, to forget people",
        "admin": "the address of the Admin API",
        "tokens": "the address that gives passes for a refresh token",
    },
    url="https://www.google-analytics.com",
    secrets={
        "": "the API secret of the stream",
        "client_secret": "the secret of the OAuth client, to forget people",
        "refresh_token": "a refresh token with the scope analytics.edit, to forget people",
    },
    needs=("",),
    purposes=("ad_user_data", "ad_personalization"),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """One event; a request states client and consent once, so both are part of the batch key."""
    document = item.document
    named = named_as(document)
    if not named:
        return unsupported(document)
    if kind(document) == "track" and not text(document.get("event")).strip():
        return UnsupportedEvent("the event has no name; Google Analytics takes none without: send it with a name")
    if kind(document) == "track" and (named in EVENTS or named.startswith(PREFIXES)):
        return UnsupportedEvent(f"the event name '{named}' is reserved by Google Analytics: send it under another name")
    client = text(at(document, "context", "integrations", "Google Analytics", "clientId")) or anonymous(document)
    if not client:
        return nobody()
    consent = (granted(item, config.options.ad_user_data), granted(item, config.options.ad_personalization))
    event = {"name": named, "params": params(document), "timestamp_micros": item.at * 1000}
    return Payload((event, user_properties(document)), (client, user(document), *consent))


def named_as(document: dict[str, Any]) -> str:
    """The event name in Google's format: letters, digits and underscores, a letter first."""
    match kind(document):
        case "page":
            return "page_view"
        case "screen":
            return "screen_view"
        case "group":
            return "join_group"
        case "track":
            name = text(document.get("event"))
            return RECOMMENDED.get(name) or spelled(name.lower(), "e_")[:LONGEST_NAME]
    return ""


def spelled(name: str, before: str = "p_") -> str:
    """A name in Google's format: letters and digits of any script, and underscores, a letter first."""
    bare = re.sub(r"[\W_]+", "_", name).strip("_")
    return bare if bare[:1].isalpha() else before + bare


def named_params(said: dict[str, Any]) -> dict[str, Any]:
    """Properties under allowed names; those reserved by Google are left out."""
    value = next((number for name in VALUES if (number := number_of(said.get(name))) is not None), None)
    rest = {name: each for name, each in said.items() if name not in ELSEWHERE and name not in VALUES}
    found = spelled_all(rest, NAMES)
    return plain(found if value is None else found | {"value": value})


def spelled_all(said: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Values under allowed names; reserved names and prefixes are left out, in original or converted spelling."""
    found = {}
    for name, each in said.items():
        known = names.get(name) or spelled(name)[:LONGEST_NAME]
        if not (name.lower().startswith(PREFIXES) or known.lower().startswith(PREFIXES)):
            found[known] = each
    return RULES.allowed(found)


def shortened(value: Any) -> Any:
    """A text truncated to the maximum length, every other value as it is."""
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


def params(document: dict[str, Any]) -> dict[str, Any]:
    """The event's parameters under Google's names, within Google's limits."""
    said = properties(document)
    page = {
        "page_location": text(said.get("url")) or text(at(document, "context", "page", "url")),
        "page_title": text(said.get("title")) or text(at(document, "context", "page", "title")),
        "page_referrer": text(said.get("referrer")) or text(at(document, "context", "page", "referrer")),
        "group_id": text(document.get("groupId")),
        "screen_name": text(document.get("name")) if kind(document) == "screen" else "",
    }
    own = named_params(RULES.allowed(said))
    every = {name: value[: LONGEST.get(name, LONGEST_VALUE)] for name, value in page.items() if value}
    every |= {name: shortened(value) for name, value in own.items() if name not in every}
    products = said.get("products")
    items = [item_of(inner(one)) for one in products[:MAX_ITEMS]] if isinstance(products, list) else None
    short: dict[str, Any] = dict(list(every.items())[: MAX_PARAMS if items is None else MAX_PARAMS - 1])
    return short if items is None else short | {"items": items}


def item_of(said: dict[str, Any]) -> dict[str, Any]:
    """A product under Google's names, within the limits of parameters."""
    known = plain(spelled_all(said, ITEM))
    return {name: shortened(value) for name, value in list(known.items())[:MAX_PARAMS]}


def user_properties(document: dict[str, Any]) -> dict[str, Any]:
    """The user properties, without names and addresses, which Google's terms exclude."""
    said = {name: value for name, value in RULES.allowed(traits(document)).items() if name not in PERSONAL}
    names = {spelled(name)[: LONGEST_PROPERTY[0]]: text(value) for name, value in said.items()}
    known = {
        name: value
        for name, value in names.items()
        if value.strip() and not name.lower().startswith(PREFIXES) and name.lower() not in PROPERTIES | RULES.reserved
    }
    return {name: {"value": value[: LONGEST_PROPERTY[1]]} for name, value in list(known.items())[:MAX_PARAMS]}


PERSONAL: Final = frozenset(
    "email phone name firstName lastName first_name last_name address birthday username".split()
)
"""The vendor's terms forbid sending data that identifies a person."""


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """Events of one client, with its consent."""
    client, known, user_data, personalization = rows[0].batch_key
    body: dict[str, Any] = {"client_id": client}
    if known:
        body["user_id"] = known
    body["consent"] = {"ad_user_data": user_data, "ad_personalization": personalization}
    if about := {name: value for row in rows for name, value in row.value[1].items()}:
        body["user_properties"] = about
    body["events"] = [row.value[0] for row in rows]
    query = urlencode({"measurement_id": config.options.measurement_id, "api_secret": config.secret()})
    return post(config, f"/mp/collect?{query}", body, hears=0)


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """A user deletion for each of their ids, by the Admin API."""
    options = config.options
    carried = token_request(config, options.client_id, options.tokens)
    if carried is None or not options.property_id:
        return ()
    names = [("userId", each) for each in asked.users]
    names += [("clientId", each) for each in (*asked.of("ga_client_id"), *asked.devices)]
    path = f"/v1alpha/properties/{options.property_id}:submitUserDeletion"
    made = (post(config, path, {kind: value}, base=options.admin) for kind, value in names)
    return tuple(replace(each, token_request=carried) for each in made)


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=25,
    bytes=120_000,
    alone=True,
    forget=forget,
    forgets="deletes by user id and client id (needs `property_id`, `client_id` and two secrets)",
)
