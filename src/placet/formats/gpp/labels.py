"""What the numbers of a US section mean, in short words (summaries, not the legal text)."""

from collections.abc import Mapping
from typing import Final

from placet.formats.gpp.us_layouts import US_SECTIONS

_NOTICE = ("not applicable", "notice given", "notice not given")
_OPT_OUT = ("not applicable", "opted out", "did not opt out")
_CONSENT = ("not applicable", "no consent", "consent")
_MODE = ("not applicable", "yes", "no")
_COVERED = ("", "yes", "no")
_MSPA_MODE = ("not applicable", "opt-out option mode", "service provider mode")

_SENSITIVE = "SensitiveDataProcessing"
_CHILDREN = "KnownChildSensitiveDataConsents"

OPT_OUT_OF_SENSITIVE: Final = frozenset({"usca", "usut", "usia"})
"""Where the list of sensitive data holds opt-outs; elsewhere it holds consents."""

_ORIGIN = "racial or ethnic origin"
_BELIEFS = "religious beliefs"
_CITIZENSHIP = "citizenship or immigration status"
_GENES = "genetic data identifying a person"
_BODY = "biometric data identifying a person"
_PLACE = "precise geolocation"
_TRANS = "transgender or nonbinary status"
_VICTIM = "victim-of-crime status"
_DOCUMENTS = "government id numbers (social security, driver, state id, passport)"
_ACCOUNTS = "account log-in or card number with access code"
_LETTERS = "contents of mail, email and texts not addressed to the business"
_DIAGNOSIS = "mental or physical health diagnosis"
_CONDITION = "mental or physical health condition or diagnosis"
_ORIENTATION = "sexual orientation"
_SEX_LIFE = "sex life or sexual orientation"


def _usual(health: str, sex: str) -> tuple[str, ...]:
    """The eight items that most states share, in their order."""
    return (_ORIGIN, _BELIEFS, health, sex, _CITIZENSHIP, _GENES, _BODY, _PLACE)


_CHILD = "process sensitive data of a known child (under 13)"
_TEENS = ("sell data, age 13 to 15", "targeted advertising, age 13 to 15")

_SENSITIVE_ITEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "usnat": (
        _ORIGIN, "religious or philosophical beliefs", "health (condition, history, pregnancy, treatment)",
        "sex life, sexual orientation or sexuality", _CITIZENSHIP, _GENES, _BODY, _PLACE, _DOCUMENTS, _ACCOUNTS,
        "union membership", _LETTERS, "consumer health data", _VICTIM, "national origin", _TRANS,
    ),
    "usca": (
        _DOCUMENTS, _ACCOUNTS, _PLACE, f"{_ORIGIN}, religious or philosophical beliefs, union membership", _LETTERS,
        "genetic data", _BODY, "health", _SEX_LIFE,
    ),
    "usva": _usual(_DIAGNOSIS, _ORIENTATION),
    "usco": (_ORIGIN, _BELIEFS, _CONDITION, _SEX_LIFE, "citizenship or citizenship status", _GENES, _BODY),
    "usut": (
        _ORIGIN, _BELIEFS, _ORIENTATION, _CITIZENSHIP, "medical history, condition, treatment or diagnosis", _GENES,
        _BODY, "specific geolocation",
    ),
    "usct": _usual(_CONDITION, _SEX_LIFE),
    "usfl": _usual(_DIAGNOSIS, _ORIENTATION),
    "usmt": _usual(_CONDITION, _SEX_LIFE),
    "usor": (
        _ORIGIN, _BELIEFS, "mental or physical condition or diagnosis", _ORIENTATION, _TRANS, _CITIZENSHIP,
        "national origin", _VICTIM, "genetic data", "biometric data", _PLACE,
    ),
    "ustx": _usual(_DIAGNOSIS, "sexuality"),
    "usde": (
        _ORIGIN, _BELIEFS, "health condition or diagnosis, including pregnancy", _SEX_LIFE, _CITIZENSHIP,
        "genetic data", "biometric data", _PLACE, _TRANS,
    ),
    "usia": _usual(_DIAGNOSIS, _ORIENTATION),
    "usne": _usual(_DIAGNOSIS, _ORIENTATION),
    "usnh": _usual(_CONDITION, _SEX_LIFE),
    "usnj": (*_usual("health condition, treatment or diagnosis", _SEX_LIFE), _TRANS,
             "financial information with access code"),
    "ustn": _usual(_DIAGNOSIS, _ORIENTATION),
    "usmn": _usual(_CONDITION, _ORIENTATION),
    "usin": _usual(_CONDITION, _ORIENTATION),
    "usky": _usual(_DIAGNOSIS, _ORIENTATION),
    "usri": _usual(_CONDITION, _SEX_LIFE),
}  # fmt: skip

_CHILD_ITEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "usnat": ("age 13 to 16", "younger than 13", "age 16 to 17"),
    "usca": ("sell data, under 16", "share data, under 16"),
    "usct": (_CHILD, *_TEENS),
    "usfl": tuple(f"process sensitive data, {age}" for age in ("under 13", "age 13 to 15", "age 16 to 17")),
    "usmt": (_CHILD, *_TEENS),
    "usor": (_CHILD, *_TEENS),
    "usde": (_CHILD, *_TEENS, "sell data, age 16 to 17", "targeted advertising, age 16 to 17"),
    "usnh": (_CHILD, *_TEENS),
    "usnj": (_CHILD, *_TEENS, "sell data, age 16", "targeted advertising, age 16"),
}


def meanings(section: int, field: str) -> tuple[str, ...]:
    """The meanings of 0, 1 and 2 in this field; empty for a version. An empty text marks an invalid value."""
    if field.endswith("Notice"):
        return _NOTICE
    if field.endswith("OptOut"):
        return _OPT_OUT
    if field == _SENSITIVE:
        return _OPT_OUT if US_SECTIONS[section].prefix in OPT_OUT_OF_SENSITIVE else _CONSENT
    if field.endswith(("Consent", "Consents")):
        return _CONSENT
    return {"MspaCoveredTransaction": _COVERED, "MspaMode": _MSPA_MODE}.get(field, _MODE if "Mode" in field else ())


def items(section: int, field: str) -> tuple[str, ...]:
    """The meanings of the items of a list field, in order; empty for a single number."""
    prefix = US_SECTIONS[section].prefix
    return {_SENSITIVE: _SENSITIVE_ITEMS, _CHILDREN: _CHILD_ITEMS}.get(field, {}).get(prefix, ())
