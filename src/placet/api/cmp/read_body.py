"""The bodies of a save, read into what was pressed and stated."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from placet.api.cmp.errors import ErrorCode, Mistake
from placet.consent.choices.apply_interaction import NOTHING, AgeGate, StatedChoices
from placet.consent.context import InteractionInput
from placet.settings.interactions import INTERACTIONS, Effect, Interaction

MAX_DATA: Final = 50
LONGEST_DATUM: Final = 750
"""Characters of a custom data element (cmp-api.md §17.1)."""


Years: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=200)]
"""An age; anything else is a mistake, and would not fit into a device's memory."""


class GroupStatus(Struct, rename={"group": "groupId", "li": "liStatus"}):
    """A category or IAB purpose; `status` may be missing when only legitimate interest changed."""

    group: str
    status: bool | None = None
    li: bool | None = None


class VendorStatus(Struct, rename={"vendor": "vId", "li": "liStatus"}):
    """A vendor of the IAB, Google or general list."""

    vendor: str
    status: bool | None = None
    li: bool | None = None


class SdkStatus(Struct, rename={"sdk": "sdkId"}):
    """An SDK."""

    sdk: str
    status: bool


class OptionStatus(Struct):
    """An option of a custom preference."""

    id: str
    status: bool


class PreferenceStatus(Struct):
    """A custom preference and its options."""

    id: str
    options: list[OptionStatus] = []


class UniversalStatus(Struct, rename="camel"):
    """A universal-consent purpose."""

    id: str
    status: bool
    custom_preferences: list[PreferenceStatus] | None = None


class ConsentBody(Struct, rename="camel"):
    """The `consent` object (cmp-api.md §10.1)."""

    purposes_status: list[GroupStatus] | None = None
    iab_vendors_status: list[VendorStatus] | None = None
    google_vendors_status: list[VendorStatus] | None = None
    general_vendors_status: list[VendorStatus] | None = None
    sdk_status: list[SdkStatus] | None = None
    uc_purposes_status: list[UniversalStatus] | None = None
    bulk_operation: dict[str, bool | None] | None = None


class AgeBody(Struct, rename="camel"):
    """The `ageGate` object, in years."""

    lower_bound: Years | None = None
    upper_bound: Years | None = None


class SaveBody(Struct, rename="camel"):
    """The whole body of a save."""

    interaction_type: str = ""
    consent: ConsentBody | None = None
    user_agent: str | None = None
    age_gate: AgeBody | None = None
    custom_data_elements: dict[str, Any] | None = None


_decoder: Final = msgspec.json.Decoder(SaveBody)


def read_interaction(body: bytes, *, explicit_only: bool) -> InteractionInput:
    """What was pressed. Raises Mistake: no JSON, a wrong type (its place is named), an unknown interaction."""
    if not body.strip():
        raise Mistake(ErrorCode.BODY, "(Required request body is missing)")
    try:
        said = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise Mistake(ErrorCode.BODY, f"({why})") from why
    interaction = INTERACTIONS.get(said.interaction_type)
    if interaction is None:
        raise Mistake(ErrorCode.INTERACTION, "Set interactionType to one of the 28 documented types.")
    stated = read_choices(said.consent) if said.consent else NOTHING
    check(interaction, stated)
    return InteractionInput(
        interaction=interaction,
        choices=stated,
        age=read_age(said.age_gate, interaction),
        explicit_only=explicit_only,
        user_agent=said.user_agent or "",
        data=read_data(said.custom_data_elements) if said.custom_data_elements else {},
    )


def check(interaction: Interaction, stated: StatedChoices) -> None:
    """A confirmation that confirms nothing is refused (`ERROR_CODE_EMPTY_CONSENT`, cmp-api.md §10.3)."""
    if interaction.effect is Effect.STATE and stated.empty:
        raise Mistake(ErrorCode.EMPTY)


def read_age(age: AgeBody | None, interaction: Interaction) -> AgeGate | None:
    """The age range; the upper bound must exceed the lower one. Required for the age gate itself."""
    if interaction.effect is not Effect.AGE:
        return None
    if age is None or (age.lower_bound is None and age.upper_bound is None):
        raise Mistake(ErrorCode.AGE_RANGE, "Set ageGate.lowerBound or ageGate.upperBound.")
    if age.lower_bound is not None and age.upper_bound is not None and age.upper_bound <= age.lower_bound:
        raise Mistake(ErrorCode.AGE_RANGE)
    return AgeGate(age.lower_bound, age.upper_bound)


def read_choices(said: ConsentBody) -> StatedChoices:
    """The stated answers by id; lists that are missing or null state nothing."""
    groups, iab, google = said.purposes_status or (), said.iab_vendors_status or (), said.google_vendors_status or ()
    universal = said.uc_purposes_status or ()
    return StatedChoices(
        groups={one.group: one.status for one in groups if one.status is not None},
        legitimate={one.group: one.li for one in groups if one.li is not None},
        sdks={one.sdk: one.status for one in said.sdk_status or ()},
        vendors={one.vendor: one.status for one in said.general_vendors_status or () if one.status is not None},
        universal={one.id: one.status for one in universal},
        options={
            option.id: option.status
            for one in universal
            for preference in one.custom_preferences or ()
            for option in preference.options
        },
        bulk={name: value for name, value in (said.bulk_operation or {}).items() if value is not None},
        iab_vendors={one.vendor: one.status for one in iab if one.status is not None},
        iab_vendors_legitimate={one.vendor: one.li for one in iab if one.li is not None},
        google_vendors={one.vendor: one.status for one in google if one.status is not None},
    )


def read_data(said: dict[str, Any]) -> dict[str, str]:
    """Custom data elements as text, none longer than the dialect allows, and not without end."""
    texts = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in said.items()
    }
    if len(texts) > MAX_DATA or any(len(text) > LONGEST_DATUM for text in texts.values()):
        raise Mistake(ErrorCode.BODY, f"(customDataElements: at most {MAX_DATA}, of {LONGEST_DATUM} characters each)")
    return texts
