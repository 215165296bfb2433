"""What a plugin may change in an event, and what stays as it was sent: whose it is, and what they agreed to.

A plugin never turns held into sent. Consent and names are put back as they came; of `integrations` a plugin can only
take away. Everything else is its own to change, and is judged as changed.
"""

from collections.abc import Mapping
from typing import Any, Final

from placet.events.ingest.validate import CONSENT_UPDATED
from placet.events.policy.integrations import FIELDS, IN_CONTEXT, means_no

Document = dict[str, Any]

INTEGRATIONS: Final = "integrations"

FIXED: Final = (
    *("type", "messageId", "userId", "anonymousId", "previousId", "timestamp", "originalTimestamp", "receivedAt"),
    *("consent_state", "user_identities", "mpid", "mp_deviceid", "identities"),
    *(field for field in FIELDS if field != INTEGRATIONS),
)
"""Fields of an event that say whose it is, when it happened, and what was agreed to."""
FIXED_CONTEXT: Final = ("consent", "onetrust", "externalIds", "traits", *IN_CONTEXT)
"""The same inside its context. Traits hold names that count as identities."""


def bound(was: Mapping[str, Any], now: Mapping[str, Any]) -> Document:
    """The event as a plugin left it, with what it must not change put back."""
    kept = put_back(was, now, FIXED)
    context, before = now.get("context"), was.get("context")
    if isinstance(before, dict):
        kept["context"] = put_back(before, context if isinstance(context, dict) else before, FIXED_CONTEXT)
    elif isinstance(context, dict):
        kept["context"] = put_back({}, context, FIXED_CONTEXT)
    if CONSENT_UPDATED in (was.get("event"), now.get("event")):
        kept = put_back(was, kept, ("event",))
    return narrowed(was, kept)


def put_back(was: Mapping[str, Any], now: Mapping[str, Any], names: tuple[str, ...]) -> Document:
    """`now`, but for these fields, which are as they were."""
    kept = {name: value for name, value in now.items() if name not in names}
    return kept | {name: was[name] for name in names if name in was}


def narrowed(was: Mapping[str, Any], now: Document) -> Document:
    """`integrations` as they were, and false where the plugin says false as well."""
    said = now.pop(INTEGRATIONS, None)
    before = was.get(INTEGRATIONS)
    refused = {name: False for name, value in said.items() if means_no(value)} if isinstance(said, dict) else {}
    # What was no object held the event everywhere (gates.integrations_step): an object in its place would free it.
    if isinstance(before, dict) or (before is None and refused):
        now[INTEGRATIONS] = (before if isinstance(before, dict) else {}) | refused
    elif INTEGRATIONS in was:
        now[INTEGRATIONS] = before
    return now
