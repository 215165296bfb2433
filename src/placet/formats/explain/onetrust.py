"""Explains the state that OneTrust's SDKs store: a browser's cookie, an app's otConsentString."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from placet.formats.explain.explanation import ExplainedLine, Explanation, Part, part, problem, some_of
from placet.formats.onetrust.optanon_cookie import OptanonConsent, OptanonInteraction
from placet.formats.tcf.validity import CLOCK_SKEW, TcProblem

_SHOWN_KEYS: Final = frozenset(
    [
        "isGpcEnabled",
        "browserGpcFlag",
        "datestamp",
        "version",
        "groups",
        "interactionCount",
        "consentId",
        "geolocation",
        "intType",
    ]
)
_SEALED_KEYS: Final = frozenset({"dsid", "lastlaunchdate", "groupconsents", "shouldshowbanner"})


def explain_cookie(consent: OptanonConsent, now: datetime) -> Explanation:
    """What an `OptanonConsent` cookie says; raises Malformed where a value makes no sense."""
    groups = consent.groups
    on = [name for name, active in groups.items() if active]
    parts = (
        part(
            "Choice",
            active=some_of(on),
            inactive=some_of(name for name, active in groups.items() if not active),
            last_interaction=_interaction(consent.last_interaction),
            choices_logged="" if consent.interactions is None else str(consent.interactions),
            Global_Privacy_Control=_signal(consent),
        ),
        part(
            "Cookie",
            last_written="" if consent.written_at is None else f"{consent.written_at:%Y-%m-%d %H:%M:%S} UTC",
            written_by=consent.values.get("version", "") and f"SDK {consent.values['version']}",
            person=consent.consent_id,
            place=" ".join(filter(None, consent.place)),
            other_keys=some_of(key for key in consent.values if key not in _SHOWN_KEYS),
        ),
    )
    summary = f"{len(on)} of {len(groups)} categories active"
    return Explanation("OptanonConsent cookie", summary, parts, tuple(_of_the_cookie(consent, now)))


def _of_the_cookie(consent: OptanonConsent, now: datetime) -> Iterator[TcProblem]:
    if not consent.groups:
        yield problem("no-categories", "it names no category: readers will treat everything as not chosen")
    if consent.interactions == 0:
        yield problem("no-choice", "nobody has chosen yet: these are the site's defaults")
    if consent.awaits_reconsent:
        yield problem("reconsent", "the site asks for a new choice")
    if consent.gpc_sent and consent.gpc_honoured is False:
        yield problem("gpc-without-effect", "the browser sends Global Privacy Control, but no category obeys it")
    if consent.written_at is not None and consent.written_at > now + CLOCK_SKEW:
        yield problem("in-the-future", "it was written in the future: the device's clock is wrong")


def _interaction(number: int | None) -> str:
    if number is None:
        return ""
    known = number in OptanonInteraction.__members__.values()
    return (
        OptanonInteraction(number).name.lower().replace("_", " ") if known else f"number {number}, which we do not know"
    )


def _signal(consent: OptanonConsent) -> str:
    if consent.gpc_sent is None:
        return ""
    return "sent by the browser" if consent.gpc_sent else "not sent by the browser"


def is_sealed(members: Mapping[str, Any]) -> bool:
    """Does this JSON object look like an app's otConsentString? Its keys are matched in any case."""
    return not _SEALED_KEYS.isdisjoint(key.lower() for key in members)


def explain_sealed(members: Mapping[str, Any], now: datetime) -> Explanation:
    """What the JSON inside an app's otConsentString says (cmp-api.md section 12)."""
    said = {key.lower(): value for key, value in members.items()}
    chosen = said.get("groupconsents")
    groups = chosen if isinstance(chosen, dict) else {}
    on = [name for name, active in groups.items() if active == 1]
    parts = (
        part(
            "Choice",
            active=some_of(on),
            inactive=some_of(name for name, active in groups.items() if active != 1),
            proves="nobody's identity: it is not signed",
        ),
        Part("Members", tuple(ExplainedLine(key, _shown(key, value)) for key, value in members.items())),
    )
    summary = f"{len(on)} of {len(groups)} categories active" if groups else "nobody has chosen yet"
    return Explanation("otConsentString", summary, parts, tuple(_of_the_seal(said, now)))


def _of_the_seal(said: Mapping[str, Any], now: datetime) -> Iterator[TcProblem]:
    expiry = said.get("expirydate")
    if isinstance(expiry, (int, float)) and expiry < now.timestamp() * 1000:
        yield problem("expired", f"it was good until {_day(expiry)}: ask again", void=True)


def _shown(key: str, value: object) -> str:
    if key.lower().endswith("date") and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _day(value)
    if isinstance(value, dict):
        return some_of(f"{name}: {status}" for name, status in value.items())
    return "nothing" if value is None else str(value)[:200]


def _day(milliseconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{milliseconds} (no date)"
