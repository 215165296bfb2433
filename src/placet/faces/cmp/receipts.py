"""Receipts that others report: the documented form, and the form browsers really post (cmp-api.md §17.1, §17.2)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Struct, json

from placet.consent.person import Person
from placet.consent.receipt import Receipt, Signals
from placet.consent.regions import Place
from placet.consent.reported import Report, Reported
from placet.consent.site import Publication
from placet.consent.storage_keys import iso
from placet.faces.cmp.answers import receipt_claims
from placet.faces.cmp.asks import read_identifier
from placet.faces.cmp.bodies import LONGEST_DATUM
from placet.faces.cmp.problems import Code, Mistake, shape
from placet.faces.http import JSON, Request, Response
from placet.faces.routes import Face, Route
from placet.faces.storage_budget import Spend, unlimited
from placet.formats.own_tokens import read_collection_point, sign_collection_point, sign_receipt
from placet.formats.placeholders import names_nobody
from placet.formats.tokens import Refused
from placet.services.log_receipt import LogReceipt

PATH: Final = "/request/v1/consentreceipts"
MOST_PURPOSES: Final = 400
"""The documented limit is 20; sites with many IAB groups post more from the browser, and must not lose them."""

LONGEST_PAYLOAD: Final = 4000
"""Characters of a custom payload as JSON (cmp-api.md §17.1)."""

LONGEST_RECEIPT: Final = 65_536
"""Bytes of one receipt: as much as browsers put into a beacon."""

LAST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: what no date can say is not kept either."""

MOST_RECEIPTS: Final = 1000
"""Receipts in one bulk call."""


class ReceiptStories(Struct, frozen=True):
    """What the roof hands this face. `published` raises Missing; `now` is epoch ms."""

    log: Callable[[list[LogReceipt], int], Awaitable[tuple[Receipt, ...]]]
    published: Callable[[str], Any]
    allows_origin: Callable[[str], bool]
    now: Callable[[], int]
    receipt_secret: bytes
    receipt_key_id: str
    spend: Spend = unlimited


class ReceiptFace:
    """Writes of receipts: one, many, or identified."""

    def __init__(self, stories: ReceiptStories) -> None:
        self._stories = stories
        self.face = Face("receipts", shape, lambda _, origin: stories.allows_origin(origin), caller=lambda _: "")

    def routes(self) -> list[Route]:
        """The three ways to post a receipt."""
        return [
            Route("POST", PATH, self.single, self.face),
            Route("POST", f"{PATH}/bulk", self.many, self.face),
            Route("POST", f"{PATH}/identified", self.many, self.face),
        ]

    async def single(self, request: Request) -> Response:
        """One receipt in, its token out. Browsers post it as a `text/plain` beacon too: the type is not looked at."""
        body = await request.body()
        (token,) = await self._keep([self._ask(read_object(body), body, request)])
        return Response(200, json.encode({"receipt": token}), (JSON,))

    async def many(self, request: Request) -> Response:
        """An object or an array in, an array out. All are read before the first is kept."""
        body = json_of(await request.body())
        bodies = [as_object(one) for one in (body if isinstance(body, list) else [body])]
        if len(bodies) > MOST_RECEIPTS:
            raise Mistake(Code.BODY, f"(at most {MOST_RECEIPTS} receipts in one call)")
        asks = [self._ask(one, json.encode(one), request, place) for place, one in enumerate(bodies)]
        tokens = await self._keep(asks)
        return Response(200, json.encode([{"receipt": token} for token in tokens]), (JSON,))

    async def _keep(self, asks: list[LogReceipt]) -> list[str]:
        receipts = await self._stories.log(asks, self._stories.now())
        return [self._token(receipt) for receipt in receipts]

    def _ask(self, said: dict[str, Any], evidence: bytes, request: Request, place: int = 0) -> LogReceipt:
        """One body, read. Raises Mistake, naming the field."""
        app_id, token = self._collection_point(said), request.header(b"authorization")
        if len(evidence) > LONGEST_RECEIPT:
            raise Mistake(Code.BODY, f"(the receipt has {len(evidence)} bytes; at most {LONGEST_RECEIPT} are allowed)")
        self._stories.published(app_id)
        self._stories.spend(app_id, request, len(evidence))
        report = read_report(said, self._stories.now())
        key = request.headers.get(b"idempotency-key", b"")
        once = name_of(app_id, token, key, evidence, place) if key or said.get("interactionDate") else None
        return LogReceipt(app_id, report, token, evidence, once)

    def _collection_point(self, said: dict[str, Any]) -> str:
        """The app id a collection point's token was issued for; its `-test` twin when the receipt says it is a test."""
        claims = read_collection_point(text(said, "requestInformation"), self._stories.receipt_secret)
        if isinstance(claims, Refused):
            raise Mistake(Code.BODY, f"(requestInformation: {claims.reason})")
        app_id = str(claims.get("processId", "")).lower()
        return f"{app_id}-test" if said.get("test") is True and not app_id.endswith("-test") else app_id

    def _token(self, receipt: Receipt) -> str:
        publication: Publication = self._stories.published(receipt.app_id).publication
        claims = receipt_claims(receipt, publication.site.organisation, publication.site.name)
        return sign_receipt(claims, self._stories.receipt_secret, self._stories.receipt_key_id)


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


def json_of(body: bytes) -> Any:
    """A body as JSON. Raises Mistake."""
    if not body.strip():
        raise Mistake(Code.BODY, "(Required request body is missing)")
    try:
        return json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise Mistake(Code.BODY, f"({why})") from why


def as_object(said: Any) -> dict[str, Any]:
    """What must be a JSON object. Raises Mistake."""
    if not isinstance(said, dict):
        raise Mistake(Code.BODY, "(a receipt must be a JSON object)")
    return said


def read_object(body: bytes) -> dict[str, Any]:
    """A body that must be a JSON object. Raises Mistake."""
    return as_object(json_of(body))


def read_report(said: dict[str, Any], now: int) -> Report:
    """The receipt inside a body, in either form. Raises Mistake, naming the field."""
    identifier = read_identifier(text(said, "identifier"))
    if names_nobody(identifier):
        raise Mistake(Code.BODY, "(identifier is required)")
    purposes = said.get("purposes") or []
    if not isinstance(purposes, list) or len(purposes) > MOST_PURPOSES:
        raise Mistake(Code.BODY, f"(purposes must be a list of at most {MOST_PURPOSES})")
    elements, payload = read_data(said, "dsDataElements"), read_data(said, "customPayload")
    if any(len(value) > LONGEST_DATUM for value in elements.values()):
        raise Mistake(Code.BODY, f"(dsDataElements: at most {LONGEST_DATUM} characters each)")
    if len(json.encode(payload).decode()) > LONGEST_PAYLOAD:
        raise Mistake(Code.BODY, f"(customPayload: at most {LONGEST_PAYLOAD} characters in total)")
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


def read_signals(said: dict[str, Any]) -> Signals:
    """Consent strings, under the names of either form."""
    told = mapping(said, "consentString")
    kind, content = text(told, "type").lower().replace("_", ""), text(told, "content")
    tc = content if kind == "tcfeu" else text(said, "tcStringV2")
    return Signals(tc=tc, ac=text(said, "gacString"), gpp=content if kind == "gpp" else text(said, "gppString"))


def read_place(said: dict[str, Any]) -> Place:
    """Where the choice was made: `geoLocation` as documented, `geolocation` as browsers spell it."""
    told = mapping(said, "geoLocation") or mapping(said, "geolocation")
    return Place(text(told, "country").upper(), text(told, "state").upper())


def read_time(said: dict[str, Any], name: str, missing: int) -> int:
    """A date field as epoch ms, `missing` when there is none. Raises Mistake for what is no date."""
    at = epoch(text(said, name), missing)
    if at < 0:
        raise Mistake(Code.BODY, f"({name} is not an ISO 8601 date)")
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
        raise Mistake(Code.BODY, f"({name} must be a text)")
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
