"""What can go wrong in the CMP dialect: one table of codes, texts and statuses."""

from enum import StrEnum
from typing import Final

from msgspec import Struct, json

from placet.api.http.problems import Problem
from placet.api.http.request import JSON, Response
from placet.errors import Busy, Contradiction, Denied, Invalid, Missing, NotOffered, Reused


class ErrorCode(StrEnum):
    """The error codes a client may see (cmp-api.md §4.2)."""

    TEXT_NOT_FOUND = "ERROR_CODE_TEXT_RESOURCE_NOT_FOUND"
    NOT_PUBLISHED = "ERROR_CODE_BLOB_LOCATIONS_UNAVAILABLE"
    LOCATION = "ERROR_CODE_INVALID_LOCATION"
    PLACE = "ERROR_CODE_INVALID_COUNTRY_OR_REGION"
    DEVICE_TYPE = "ERROR_CODE_INVALID_DEVICE_TYPE"
    FETCH_TYPE = "ERROR_CODE_INVALID_FETCH_TYPE"
    CONSENT_REQUEST = "ERROR_CODE_INVALID_CONSENT_REQUEST"
    CONSENT_STRING = "ERROR_CODE_INVALID_OT_CONSENT_STRING"
    GENERIC = "ERROR_CODE_GENERIC_ERROR"
    HEADER_MISSING = "ERROR_CODE_MISSING_REQUIRED_HEADER"
    NO_ACCESS = "ERROR_CODE_NO_ACCESS"
    INTERACTION = "ERROR_CODE_INVALID_INTERACTION_TYPE"
    CONTENT_TYPE = "ERROR_CODE_INVALID_CONTENT_TYPE_HEADER"
    MISMATCH = "ERROR_IDENTIFIER_MISMATCH"
    NO_UNIVERSAL = "ERROR_UCP_NOT_CONFIGURED"
    TC_STRING = "ERROR_CODE_INVALID_TC_STRING"
    GOOGLE_ADS = "ERROR_GOOGLE_ADS_DISABLED"
    LOGGING = "ERROR_CODE_CONSENT_LOGGING"
    BODY = "ERROR_CODE_INVALID_REQUEST_BODY"
    VERSION = "ERROR_CODE_UNSUPPORTED_VERSION"
    AGE_RANGE = "ERROR_CODE_INVALID_AGE_RANGE"
    EMPTY = "ERROR_CODE_EMPTY_CONSENT"
    NO_OPT_OUT = "ERROR_CODE_GLOBAL_OPT_OUT_NOT_CONFIGURED"
    OPT_OUT_OFF = "ERROR_CODE_GLOBAL_OPT_OUT_DISABLED"
    OPT_OUT = "ERROR_CODE_DSAR"
    RATE_LIMIT = "ERROR_CODE_RATE_LIMIT"
    BUSY = "ERROR_CODE_SERVICE_UNAVAILABLE"


class ErrorText(Struct, frozen=True):
    """One error or warning, as clients read it."""

    code: str
    message: str


TEXTS: Final = {
    ErrorCode.TEXT_NOT_FOUND: "Not Found",
    ErrorCode.NOT_PUBLISHED: (
        "Unable to fetch data for the specified Application ID. Please check your configurations."
    ),
    ErrorCode.LOCATION: "Invalid location",
    ErrorCode.PLACE: (
        "Invalid country code or region code. If you want to skip validation, please set the header "
        "'OT-Geolocation-Skip-Validation' to true."
    ),
    ErrorCode.DEVICE_TYPE: "Invalid Device Type",
    ErrorCode.FETCH_TYPE: "Invalid Fetch type",
    ErrorCode.CONSENT_REQUEST: "Missing either or all of TenantId or Identifier or Authorization",
    ErrorCode.CONSENT_STRING: "Invalid OT consent string",
    ErrorCode.GENERIC: "Something went wrong",
    ErrorCode.HEADER_MISSING: "Missing required header",
    ErrorCode.NO_ACCESS: "No access to this resource",
    ErrorCode.INTERACTION: "Invalid Interaction Type",
    ErrorCode.CONTENT_TYPE: "Content-Type header should be application/json",
    ErrorCode.MISMATCH: "Input Identifier does not match with one in consent string",
    ErrorCode.NO_UNIVERSAL: "UC Purposes is disabled.",
    ErrorCode.TC_STRING: "Error decoding TC string, default consent is returned.",
    ErrorCode.GOOGLE_ADS: "Google Ads is disabled.",
    ErrorCode.LOGGING: (
        "Consent Logging has failed, please retry in sometime and if issue still persists please reach out to "
        "support team."
    ),
    ErrorCode.BODY: "Error parsing request body",
    ErrorCode.VERSION: "The published version is not supported. Please publish a newer version.",
    ErrorCode.AGE_RANGE: "The upper bound of the age range must be greater than lower bound.",
    ErrorCode.EMPTY: "At least one purpose consent is required.",
    ErrorCode.NO_OPT_OUT: "Global Opt-Out is not configured.",
    ErrorCode.OPT_OUT_OFF: "Global Opt-Out is disabled.",
    ErrorCode.OPT_OUT: "The request cannot be taken.",
    ErrorCode.RATE_LIMIT: "Too many requests. Please retry after the time in the Retry-After header.",
    ErrorCode.BUSY: "The service cannot take this request now; nothing was recorded. Please retry.",
}
"""The text of each code, word for word where the reference gives it."""

VERSION_MISMATCH: Final = ErrorText(
    "WARNING_CODE_PUBLISHED_VERSION_MISMATCH",
    "Requested data for the OT-SDK-Version does not match the published version on the OneTrust server. The latest "
    "published version will be returned instead.",
)


def error_text(code: ErrorCode, detail: str = "") -> ErrorText:
    """The error object; a detail follows the fixed text, so that clients comparing its start still match."""
    text = TEXTS[code]
    return ErrorText(code.value, f"{text} {detail}" if detail else text)


class Mistake(Invalid):
    """A mistake in a call of this dialect: its code, and a detail that says what to do."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def shape(problem: Problem) -> Response:
    """An error answer in this dialect: `{"errors": [{"code", "message"}]}`.

    Clients parse only 200 and 400 (cmp-api.md §20, trap 2), so an app nobody published is a 400 here, not a 404.
    """
    status, wrong = told(problem)
    return Response(status, json.encode({"errors": [wrong]}), (JSON, *problem.headers))


def told(problem: Problem) -> tuple[int, ErrorText]:
    """Status and error object of a problem: by what it is, else by its status."""
    match problem.error:
        case Mistake(code=code, detail=detail):
            return 400, error_text(code, detail)
        case Contradiction():
            return 400, error_text(ErrorCode.MISMATCH)
        case Reused():
            return problem.status, error_text(ErrorCode.BODY, f"({problem.reason})")
        case NotOffered():
            return 400, error_text(ErrorCode.GOOGLE_ADS)
        case Denied():
            return 401, error_text(ErrorCode.CONSENT_REQUEST, f"({problem.reason})")
        case Missing():
            return 400, error_text(ErrorCode.NOT_PUBLISHED)
        case Busy():
            return problem.status, error_text(ErrorCode.BUSY)
    if problem.incident:
        return problem.status, error_text(ErrorCode.GENERIC, f"(incident {problem.incident})")
    return problem.status, error_text(BY_STATUS.get(problem.status, ErrorCode.BODY), f"({problem.reason})")


BY_STATUS: Final = {
    403: ErrorCode.NO_ACCESS,
    404: ErrorCode.TEXT_NOT_FOUND,
    405: ErrorCode.TEXT_NOT_FOUND,
    429: ErrorCode.RATE_LIMIT,
}
"""The code for what HTTP itself refuses; whatever else is wrong with a request is wrong with how it was sent."""
