"""Receipts that others report: the documented form, and the form browsers really post (cmp-api.md §17.1, §17.2)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, json

from placet.api.cmp.errors import ErrorCode, Mistake, shape
from placet.api.cmp.read_body import LONGEST_DATUM
from placet.api.cmp.read_request import read_identifier
from placet.api.cmp.write_response import receipt_claims
from placet.api.http.request import JSON, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.api.http.storage_budget import Spend, unlimited
from placet.consent.choices.reported import Report, Reported
from placet.consent.profile.person import Person
from placet.consent.receipt import Receipt, ReceiptSignals
from placet.consent.storage_keys import iso
from placet.formats.crypto.jwt_sign import read_collection_point, sign_collection_point, sign_receipt
from placet.formats.crypto.jwt_verify import TokenRefused
from placet.formats.placeholders import names_nobody
from placet.services.consent.log_receipt import LogReceipt
from placet.settings.regions import Place
from placet.settings.site import Publication

PATH: Final = "/request/v1/consentreceipts"
MAX_PURPOSES: Final = 400
"""The documented limit is 20; sites with many IAB groups post more from the browser, and must not lose them."""

LONGEST_PAYLOAD: Final = 4000
"""Characters of a custom payload as JSON (cmp-api.md §17.1)."""

LONGEST_RECEIPT: Final = 65_536
"""Bytes of one receipt: as much as browsers put into a beacon."""

LAST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: what no date can say is not kept either."""

MAX_RECEIPTS: Final = 1000
"""Receipts in one bulk call."""

SIGNED_AT_ONCE: Final = 50
"""Tokens signed before other requests get their turn."""


class ReceiptServices(Struct, frozen=True):
    """What the roof hands this face. `published` raises Missing; `now` is epoch ms."""

    log: Callable[[list[LogReceipt], int], Awaitable[tuple[Receipt, ...]]]
    published: Callable[[str], Any]
    allows_origin: Callable[[str], bool]
    now: Callable[[], int]
    receipt_secret: bytes
    receipt_key_id: str
    spend: Spend = unlimited


class ReceiptDialect:
    """Writes of receipts: one, many, or identified."""

    def __init__(self, services: ReceiptServices) -> None:
        self._services = services
        self.dialect = Dialect("receipts", shape, lambda _, origin: services.allows_origin(origin), caller=lambda _: "")

    def routes(self) -> list[Route]:
        """The three ways to post a receipt."""
        return [
            Route("POST", PATH, self.single, self.dialect),
            Route("POST", f"{PATH}/bulk", self.many, self.dialect),
            Route("POST", f"{PATH}/identified", self.many, self.dialect),
        ]

    async def single(self, request: Request) -> Response:
        """One receipt in, its token out. Browsers post it as a `text/plain` beacon too: the type is not looked at."""
        body = await request.body()
        check_size(body)
        (token,) = await self._keep([self._ask(read_object(body), body, request)])
        return Response(200, json.encode({"receipt": token}), (JSON,))

    async def many(self, request: Request) -> Response:
        """An object or an array in, an array out. All are read before the first is kept."""
        asks: list[LogReceipt] = []
        for place, one in enumerate(items_of(await request.body())):
            check_size(one)
            said = read_object(one)
            asks.append(self._ask(said, json.encode(said), request, place))
            await asyncio.sleep(0)
        tokens = await self._keep(asks)
        return Response(200, json.encode([{"receipt": token} for token in tokens]), (JSON,))

    async def _keep(self, asks: list[LogReceipt]) -> list[str]:
        tokens: list[str] = []
        for place, receipt in enumerate(await self._services.log(asks, self._services.now()), 1):
            tokens.append(self._token(receipt))
            if place % SIGNED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return tokens

    def _ask(self, said: dict[str, Any], evidence: bytes, request: Request, place: int = 0) -> LogReceipt:
        """One body, read. Raises Mistake, naming the field."""
        app_id, token = self._collection_point(said), request.header(b"authorization")
        check_size(evidence)
        self._services.published(app_id)
        self._services.spend(app_id, request, len(evidence))
        report = read_report(said, self._services.now())
        key = request.headers.get(b"idempotency-key", b"")
        once = name_of(app_id, token, key, evidence, place) if key or said.get("interactionDate") else None
        return LogReceipt(app_id, report, token, evidence, once)

    def _collection_point(self, said: dict[str, Any]) -> str:
        """The app id a collection point's token was issued for; its `-test` twin when the receipt says it is a test."""
        claims = read_collection_point(text(said, "requestInformation"), self._services.receipt_secret)
        if isinstance(claims, TokenRefused):
            raise Mistake(ErrorCode.BODY, f"(requestInformation: {claims.reason})")
        app_id = str(claims.get("processId", "")).lower()
        return f"{app_id}-test" if said.get("test") is True and not app_id.endswith("-test") else app_id

    def _token(self, receipt: Receipt) -> str:
        publication: Publication = self._services.published(receipt.app_id).publication
        claims = receipt_claims(receipt, publication.site.organisation, publication.site.name)
        return sign_receipt(claims, self._services.receipt_secret, self._services.receipt_key_id)


def collection_point_token(publication: Publication, secret: bytes) -> str:
    """The token by which a site's own receipts are recognised."""
    return sign_collection_point(collection_point_claims(publication), secret)


def collection_point_claims(publication: Publication) -> dict[str, Any]:
    """What the token in a site's published settings says, so that its receipts find their way (cmp-api.md §17.3).

    The same publication always gets the same claims.
    """
    site = publication.site
    return {
        "otJwtVersion": 1,
        "processId": publication.app_id,
        "processVersion": publication.number,
        "iat": iso(publication.published_at)[:-5],
        "moc": "COOKIE",
        "policy_uri": site.name,
        "sub": "Cookie Unique Id",
        "iss": None,
        "tenantId": site.organisation,
        "description": "",
        "consentType": "COOKIEBANNER",
        "allowNotGivenConsents": True,
        "doubleOptIn": False,
        "authenticationRequired": site.token_required,
    }


def name_of(app_id: str, token: str, key: bytes, evidence: bytes, place: int = 0) -> bytes:
    """The name by which a repeated receipt is recognised; `place` counts the receipts of one call.

    A key names one receipt at each place of a call, whatever its body: another body under it is refused where the
    receipt is kept (`Reused`). Without a key the body itself is the name. A receipt without a date and without a key
    has none: whoever refuses, accepts and refuses again within minutes sends the first bytes twice, and means it.
    """
    what = (b"key", key, str(place).encode()) if key else (b"body", evidence)
    return blake2b(b"\0".join((app_id.encode(), token.encode(), *what)), digest_size=16).digest()


read_items: Final = json.Decoder(list[Raw]).decode


def json_of(body: bytes) -> Any:
    """A body as JSON. Raises Mistake."""
    if not body.strip():
        raise Mistake(ErrorCode.BODY, "(Required request body is missing)")
    try:
        return json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise Mistake(ErrorCode.BODY, f"({why})") from why


def items_of(body: bytes) -> list[bytes]:
    """The receipts of a bulk call, each unread. Raises Mistake."""
    if body.lstrip()[:1] != b"[":
        return [body]
    try:
        items = read_items(body)
    except (ValueError, RecursionError) as why:
        raise Mistake(ErrorCode.BODY, f"({why})") from why
    if len(items) > MAX_RECEIPTS:
        raise Mistake(ErrorCode.BODY, f"(at most {MAX_RECEIPTS} receipts in one call)")
    return [bytes(one) for one in items]


def check_size(receipt: bytes) -> None:
    """Raises Mistake for a receipt that is larger than is kept; reading it would hold up other requests."""
    if len(receipt) > LONGEST_RECEIPT:
        raise Mistake(ErrorCode.BODY, f"(the receipt has {len(receipt)} bytes; at most {LONGEST_RECEIPT} are allowed)")


def as_object(said: Any) -> dict[str, Any]:
    """What must be a JSON object. Raises Mistake."""
    if not isinstance(said, dict):
        raise Mistake(ErrorCode.BODY, "(a receipt must be a JSON object)")
    return said


def read_object(body: bytes) -> dict[str, Any]:
    """A body that must be a JSON object. Raises Mistake."""
    return as_object(json_of(body))


def read_report(said: dict[str, Any], now: int) -> Report:
    """The receipt inside a body, in either form. Raises Mistake, naming the field."""
    identifier = read_identifier(text(said, "identifier"))
    if names_nobody(identifier):
        raise Mistake(ErrorCode.BODY, "(identifier is required)")
    purposes = said.get("purposes") or []
    if not isinstance(purposes, list) or len(purposes) > MAX_PURPOSES:
        raise Mistake(ErrorCode.BODY, f"(purposes must be a list of at most {MAX_PURPOSES})")
    elements, payload = read_data(said, "dsDataElements"), read_data(said, "customPayload")
    if any(len(value) > LONGEST_DATUM for value in elements.values()):
        raise Mistake(ErrorCode.BODY, f"(dsDataElements: at most {LONGEST_DATUM} characters each)")
    if len(json.encode(payload).decode()) > LONGEST_PAYLOAD:
        raise Mistake(ErrorCode.BODY, f"(customPayload: at most {LONGEST_PAYLOAD} characters in total)")
    return Report(
        person=Person(identifier, said.get("isAnonymous") is not True, text(said, "identifierType")),
        purposes=tuple(read_purpose(as_object(one)) for one in purposes),
        said_at=read_time(said, "interactionDate", now),
        language=text(said, "language"),
        interaction=elements.get("InteractionType", ""),
        place=read_place(said),
        signals=read_signals(said),
        data=payload | elements,
        test=said.get("test") is True,
    )


def read_data(said: dict[str, Any], name: str) -> dict[str, str]:
    """An object field's values as texts."""
    return {key: plain(value) for key, value in mapping(said, name).items()}


def read_purpose(said: dict[str, Any]) -> Reported:
    """One entry of `purposes`, PascalCase as documented."""
    version = said.get("Version", 1)
    return Reported(
        purpose=text(said, "Id").lower(),
        transaction=text(said, "TransactionType").upper(),
        version=version if isinstance(version, int) else 1,
        expires=read_time(said, "ExpiryDate", 0),
        options=read_options(said),
    )


def read_options(said: dict[str, Any]) -> dict[str, bool]:
    """Custom preferences: `Options` are opted into, `Choices` say which way."""
    options: dict[str, bool] = {}
    for preference in listing(said, "CustomPreferences"):
        asked = as_object(preference)
        options |= dict.fromkeys((plain(id) for id in listing(asked, "Options")), True)
        for choice in listing(asked, "Choices"):
            told = as_object(choice)
            options[text(told, "OptionId")] = text(told, "TransactionType") == "OPT_IN"
    return options


def read_signals(said: dict[str, Any]) -> ReceiptSignals:
    """Consent strings, under the names of either form."""
    told = mapping(said, "consentString")
    kind, content = text(told, "type").lower().replace("_", ""), text(told, "content")
    tc = content if kind == "tcfeu" else text(said, "tcStringV2")
    return ReceiptSignals(tc=tc, ac=text(said, "gacString"), gpp=content if kind == "gpp" else text(said, "gppString"))


def read_place(said: dict[str, Any]) -> Place:
    """Where the choice was made: `geoLocation` as documented, `geolocation` as browsers spell it."""
    told = mapping(said, "geoLocation") or mapping(said, "geolocation")
    return Place(text(told, "country").upper(), text(told, "state").upper())


def read_time(said: dict[str, Any], name: str, missing: int) -> int:
    """A date field as epoch ms, `missing` when there is none. Raises Mistake for what is no date."""
    at = epoch(text(said, name), missing)
    if at < 0:
        raise Mistake(ErrorCode.BODY, f"({name} is not an ISO 8601 date)")
    return at


def epoch(text: str, missing: int) -> int:
    """An ISO 8601 date as epoch ms, never before 1 (0 is "no date"); -1 when it is none. Without a zone it is UTC."""
    if not text:
        return missing
    try:
        moment = datetime.fromisoformat(text)
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        return max(1, min(at, LAST))
    except (ValueError, OverflowError):
        return -1


def text(said: dict[str, Any], name: str) -> str:
    """A text field; a number or boolean is taken as its text. Raises Mistake for an object or list."""
    value = said.get(name)
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise Mistake(ErrorCode.BODY, f"({name} must be a text)")
    return plain(value)


def mapping(said: dict[str, Any], name: str) -> dict[str, Any]:
    """An object field; anything else counts as empty, as data types are not validated here (cmp-api.md §17.1)."""
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def listing(said: dict[str, Any], name: str) -> list[Any]:
    """A list field; anything else counts as empty."""
    value = said.get(name)
    return value if isinstance(value, list) else []


def plain(value: Any) -> str:
    """A value as text: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.encode(value).decode()
