"""Consent signals for advertising tags: Google's, Microsoft's and Meta's values for the categories a person chose.

Rules: the caller passes categories with their state and says which category controls which type; a type whose category
is not known to be active is denied (iab.md section 9, web-sdk.md section 10.3).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from placet.formats.ids import Ids


class Storage(StrEnum):
    """The state of one of Google's storage types. Google defines the first two values only."""

    GRANTED = "granted"
    DENIED = "denied"
    UNDEFINED = "undefined"
    """Linked to a category whose state is not known yet."""
    UNASSIGNED = "unassigned"
    """Linked to no category: left out of every command."""


AD_STORAGE: Final = "ad_storage"
STORAGE_TYPES: Final = (
    AD_STORAGE,
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
)
"""The types of Google Consent Mode v2; the first four decide about advertising and measurement."""

NO_CATEGORY: Final = frozenset({"", "DNAC"})
"""How a configuration says that a type belongs to no category."""

TCF_PURPOSES: Final[Mapping[str, tuple[int, ...]]] = {
    AD_STORAGE: (1,),
    "ad_user_data": (1, 7),
    "ad_personalization": (3, 4),
}
"""The purposes from which Google derives each type where there is a TC string. The exact table is unverified."""

META_STATES: Final[Mapping[str, int]] = {"US-CA": 1000, "US-CO": 1001, "US-CT": 1002}
"""Meta's numbers for states; elsewhere Meta is asked to determine the location itself."""

_META_COUNTRY: Final = 1
_META_FINDS_OUT: Final = 0


def google_states(active: Mapping[str, bool], categories: Mapping[str, str]) -> dict[str, Storage]:
    """The state of every storage type; `active` says which categories (or IAB purposes) are on."""
    return {each: _state(active, categories.get(each, "")) for each in STORAGE_TYPES}


def google_states_from_tcf(purposes: Ids) -> dict[str, Storage]:
    """The types that a TC string determines, from the purposes consented to; all other types are left out."""
    return {each: _word(all(purpose in purposes for purpose in needed)) for each, needed in TCF_PURPOSES.items()}


def google_command(
    states: Mapping[str, Storage], *, regions: Sequence[str] = (), wait_ms: int | None = None
) -> dict[str, Any]:
    """The parameters of `gtag("consent", "default" or "update", ...)`; an unknown state is denied.

    `regions` are ISO 3166-2 codes (none: everywhere); `wait_ms` belongs to the default command only.
    """
    words: dict[str, Any] = {
        each: str(_word(state is Storage.GRANTED)) for each, state in states.items() if state is not Storage.UNASSIGNED
    }
    if regions:
        words["region"] = [region.upper() for region in regions]
    if wait_ms is not None:
        words["wait_for_update"] = wait_ms
    return words


def microsoft_command(states: Mapping[str, Storage]) -> dict[str, str]:
    """The parameters of `uetq.push("consent", "update", ...)`: Microsoft knows `ad_storage` only."""
    state = states.get(AD_STORAGE, Storage.UNASSIGNED)
    return {} if state is Storage.UNASSIGNED else {AD_STORAGE: str(_word(state is Storage.GRANTED))}


def meta_options(limited: bool, region: str = "") -> tuple[Any, ...]:
    """The arguments of `fbq("dataProcessingOptions", ...)`: limited data use, and the person's location.

    `limited` is True when the category that controls Meta is not active in a state with an opt-out law; an empty list
    states that nothing is limited.
    """
    if not limited:
        return ([],)
    state = META_STATES.get(region.upper(), _META_FINDS_OUT)
    return (["LDU"], _META_COUNTRY if state else _META_FINDS_OUT, state)


def _state(active: Mapping[str, bool], category: str) -> Storage:
    if category in NO_CATEGORY:
        return Storage.UNASSIGNED
    if category not in active:
        return Storage.UNDEFINED
    return _word(active[category])


def _word(granted: bool) -> Storage:
    return Storage.GRANTED if granted else Storage.DENIED
