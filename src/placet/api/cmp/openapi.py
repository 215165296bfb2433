"""The OpenAPI 3.1 description of these routes, for clients' generators and for our own fuzzing.

The bodies of a save and an opt-out are generated from what reads them; the rest is written by hand, since headers and
dialects of a receipt are read leniently and no type says what they mean.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from placet.api.cmp.errors import ErrorCode
from placet.api.cmp.opt_out import OptOutBody
from placet.api.cmp.read_body import SaveBody
from placet.api.cmp.read_request import DEVICE_TYPES, FETCH_TYPES, REQUIRED
from placet.api.http.request import JSON, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.settings.interactions import INTERACTIONS

Json = dict[str, Any]

PATH: Final = "/openapi.json"
TEXT: Final[Json] = {"type": "string"}
YES_NO: Final[Json] = {"type": "boolean"}
WHOLE: Final[Json] = {"type": "integer"}
OBJECT: Final[Json] = {"type": "object"}
REF: Final = "#/components/schemas/{name}"

OPTIONAL: Final[dict[str, Json]] = {
    "OT-SDK-Identification": TEXT,
    "OT-Language": TEXT,
    "OT-Country-Code": TEXT,
    "OT-Region-Code": TEXT,
    "OT-Fetch-Type": {"enum": [name.decode() for name in FETCH_TYPES]},
    "OT-Consent-String": TEXT,
    "OT-Identifier": TEXT,
    "OT-Identifier-Type": TEXT,
    "OT-Identifier-UpdateType": {"enum": ["Rename-Identifier"]},
    "OT-Sync-Profile-Auth": TEXT,
    "OT-Platform": TEXT,
    "OT-Exclude-Html-Tags": YES_NO,
    "OT-Force-Fetch": YES_NO,
    "OT-Tcf-Eu2v2-Consent-String": TEXT,
    "OT-Addtl-Consent-String": TEXT,
    "OT-GPP-String": TEXT,
    "OT-Explicit-Consent": YES_NO,
    "OT-Geolocation-Skip-Validation": YES_NO,
    "Idempotency-Key": TEXT,
}
"""The headers a call may leave out (cmp-api.md §3)."""

FORMS: Final[dict[str, Json]] = {
    "OT-Device-Type": {"enum": [name.decode() for name in DEVICE_TYPES]},
    "OT-SDK-Version": {"type": "string", "pattern": r"^\d{6}\.\d+\.\d+$"},
}
"""What a required header looks like, where that is more than text."""


SUMMARIES: Final = {
    "banner": "Whether to ask the person now, and what the banner shows.",
    "preferences": "What the preference centre shows, with the person's choices.",
    "vendors": "The vendors of the IAB's list and of Google's, as the preference centre lists them.",
    "uc-purposes": "Purposes outside cookies and SDKs, with the person's choices.",
    "save": "Record a choice.",
    "opt-out": "Refuse by e-mail address, for every device and site of the consent group.",
    "profile": "The choices of a known person in one or all consent groups.",
    "subjects": "The choices of a known person, as a data subject.",
    "receipt": "Record a choice that was made elsewhere.",
    "receipts": "Record one or more choices that were made elsewhere.",
    "identified": "The same as the bulk route, under the path that clients use for identified people.",
}
"""What each operation does, in one sentence."""


def ref(name: str) -> Json:
    """A named schema."""
    return {"$ref": REF.format(name=name)}


def thing(required: Iterable[str] = (), **fields: Json) -> Json:
    """An object with these fields; those of `required` are always there."""
    return {"type": "object", "properties": fields, "required": list(required)}


def listing(items: Json) -> Json:
    """An array."""
    return {"type": "array", "items": items}


def answer(schema: Json, text: str = "Answered") -> Json:
    """One answer in JSON."""
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def header(name: str, schema: Json, *, required: bool) -> Json:
    """One header of a call."""
    return {"name": name, "in": "header", "required": required, "schema": schema}


def call_headers() -> list[Json]:
    """The headers of routes 1 to 6."""
    needed = [header(name, FORMS.get(name, TEXT), required=True) for name in REQUIRED.values()]
    return needed + [header(name, schema, required=False) for name, schema in OPTIONAL.items()]


def profile_headers() -> list[Json]:
    """The headers of the profile routes; the three that prove somebody are refused with a 401, not demanded."""
    return [header(name, TEXT, required=False) for name in ("tenantId", "identifier", "Authorization", "If-None-Match")]


def schemas() -> Json:
    """Every named schema."""
    (_, parts) = msgspec.json.schema_components([SaveBody, OptOutBody], ref_template=REF)
    entry = thing(("code", "message"), code={"enum": list(ErrorCode)}, message=TEXT)
    warning = thing(("code", "message"), code=TEXT, message=TEXT)
    opening = {"errors": listing(ref("Error")), "warnings": listing(ref("Warning")), "appConfig": ref("AppConfig")}
    closing = {"storageKeys": ref("StorageKeys"), "otConsentString": TEXT}
    usual = ("errors", "appConfig", "otConsentString")
    return parts | {
        "Error": entry,
        "Warning": warning,
        "Problem": thing(("errors",), errors=listing(ref("Error"))),
        "AppConfig": app_config(),
        "StorageKeys": storage_keys(),
        "Banner": thing((*usual, "prompts", "storageKeys"), bannerUIData=OBJECT, prompts=OBJECT, **opening, **closing),
        "Preferences": thing(
            (*usual, "pcUIData", "storageKeys"), pcUIData=OBJECT, prompts=OBJECT, **opening, **closing
        ),
        "Vendors": thing(
            (*usual, "googleVendors", "vendorListUIData"), googleVendors=OBJECT, vendorListUIData=OBJECT, **opening
        ),
        "UniversalPurposes": thing(
            ("errors",), errors=listing(ref("Error")), ucPurposesData=OBJECT, storageKeys=OBJECT
        ),
        "Saved": thing((*usual, "receipt", "storageKeys"), receipt=TEXT, **opening, **closing),
        "OptedOut": thing(
            ("errors", "response", "storageKeys", "otConsentString"),
            errors=listing(ref("Error")),
            warnings=listing(ref("Warning")),
            response=thing(("receipt", "id"), receipt=TEXT, id=TEXT),
            **closing,
        ),
        "Receipt": thing(("receipt",), receipt=TEXT),
        "ReceiptBody": receipt_body(),
        "Profile": thing(("preferences", "syncGroups"), preferences=listing(ref("Preference")), syncGroups=OBJECT),
        "Preference": thing(("id", "status", "purposeVersion"), id=TEXT, status=TEXT, purposeVersion=WHOLE),
        "Subject": thing(("identifier", "purposes", "metadata"), identifier=TEXT, purposes=listing(OBJECT)),
    }


def app_config() -> Json:
    """`appConfig` (cmp-api.md §5)."""
    required = ("showBanner", "bannerReason", "bannerReasonCode", "templateType", "gcmInfo")
    return thing(
        required,
        showBanner=YES_NO,
        bannerReason=TEXT,
        bannerReasonCode=WHOLE,
        templateType=TEXT,
        gcmInfo=OBJECT,
        countryCode=TEXT,
        regionCode=TEXT,
        shouldResetLocalState=YES_NO,
        lastReconsentDate=WHOLE,
        rejectAllButtonBehavior=TEXT,
        globalOptOutData=OBJECT,
    )


def storage_keys() -> Json:
    """`storageKeys` (cmp-api.md §13): complete, so nearly all are required."""
    answers: Json = {"type": "object", "additionalProperties": {"enum": [0, 1]}}
    always = ("OT_GroupConsents", "OT_GroupLIConsents", "OT_SdkConsents", "OT_GeneralVendorsConsents")
    return thing(
        (*always, "OT_UCPConsents", "OT_Identifier", "OT_AlwaysActiveIds"),
        **dict.fromkeys(always, answers),
        OT_UCPConsents=OBJECT,
        OT_Identifier=TEXT,
        OT_AlwaysActiveIds=OBJECT,
        OT_LastConsentedDate=TEXT,
        OT_AgeGate=OBJECT,
        OT_GlobalOptOut=OBJECT,
    )


def receipt_body() -> Json:
    """A receipt as documented (cmp-api.md §17.1); more is taken than is told here."""
    purpose = thing(("Id", "TransactionType"), Id=TEXT, TransactionType=TEXT, Version=WHOLE, ExpiryDate=TEXT)
    return thing(
        ("requestInformation", "identifier"),
        requestInformation=TEXT,
        identifier=TEXT,
        identifierType=TEXT,
        test=YES_NO,
        language=TEXT,
        interactionDate=TEXT,
        purposes=listing(purpose),
        dsDataElements=OBJECT,
        customPayload=OBJECT,
        geoLocation=OBJECT,
        consentString=OBJECT,
        gacString=TEXT,
    )


def operation(name: str, schema: Json, parameters: list[Json], body: Json | None = None, **others: Json) -> Json:
    """One method of one path; whatever is not listed is a problem in the dialect's shape."""
    told: Json = {
        "operationId": name,
        "summary": SUMMARIES[name],
        "parameters": parameters,
        "responses": {"200": answer(schema), **others, "default": answer(ref("Problem"), "A problem")},
    }
    if body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return told


def created(told: Json) -> Json:
    """The same method, answered with a 201."""
    responses = {"201" if status == "200" else status: said for status, said in told["responses"].items()}
    return told | {"responses": responses}


def description(version: str) -> Json:
    """The whole document."""
    own, person = call_headers(), profile_headers()
    nothing, same = {"description": "This consent group is not in use"}, {"description": "Not modified"}
    group = {"name": "syncGroup", "in": "query", "required": False, "schema": TEXT}
    reads = {"banner": "Banner", "preferences": "Preferences", "vendors": "Vendors", "uc-purposes": "UniversalPurposes"}
    receipts, one, many = "/request/v1/consentreceipts", ref("ReceiptBody"), listing(ref("Receipt"))
    proof = [header(name, TEXT, required=False) for name in ("Authorization", "Idempotency-Key")]
    either = {"anyOf": [one, listing(one)]}
    first = operation("profile", ref("Profile"), [*person, group], **{"204": nothing, "304": same})
    second = operation("subjects", listing(ref("Subject")), person, **{"204": nothing, "304": same})
    return {
        "openapi": "3.1.0",
        "info": {"title": "placet: the headless CMP", "version": version, "description": " · ".join(INTERACTIONS)},
        "paths": {
            **{f"/cfw/cmp/v1/{path}": {"get": operation(path, ref(name), own)} for path, name in reads.items()},
            "/cfw/cmp/v1/save-log-consent": {"post": operation("save", ref("Saved"), own, ref("SaveBody"))},
            "/cfw/cmp/v1/dsar": {"post": created(operation("opt-out", ref("OptedOut"), own, ref("OptOutBody")))},
            "/v1/preferences": {"get": first},
            "/v2/preferences": {"get": second},
            receipts: {"post": operation("receipt", ref("Receipt"), proof, one)},
            f"{receipts}/bulk": {"post": operation("receipts", many, proof, either)},
            f"{receipts}/identified": {"post": operation("identified", many, proof, either)},
        },
        "components": {"schemas": schemas()},
    }


def openapi_routes(version: str) -> list[Route]:
    """The one path that tells it; any page may read it, since it says nothing about anybody."""
    body = msgspec.json.encode(description(version))

    async def tell(request: Request) -> Response:
        del request
        return Response(200, body, (JSON,))

    return [Route("GET", PATH, tell, Dialect("openapi", allows=lambda *_: True))]
