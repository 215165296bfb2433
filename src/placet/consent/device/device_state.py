"""Reads the device state as answers and writes answers back."""

from msgspec.structs import replace

from placet.consent.choices.apply_interaction import AgeGate
from placet.consent.profile.person import Person
from placet.consent.profile.timestamps import TRUSTED_AHEAD
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.effective_rule import Choices
from placet.formats.onetrust.consent_string import DeviceState


def choices_of(device_state: DeviceState) -> Choices:
    """The answers in the device state."""
    return Choices(
        device_state.groups,
        device_state.legitimate,
        device_state.sdks,
        device_state.vendors,
        device_state.universal,
        device_state.options,
    )


def age_of(device_state: DeviceState) -> AgeGate | None:
    """The age range the person gave on this device, if any."""
    if device_state.age_lower is None and device_state.age_upper is None:
        return None
    return AgeGate(device_state.age_lower, device_state.age_upper)


def belongs_to(device_state: DeviceState, person: Person) -> bool:
    """False when the device state belongs to another known person: their answers do not apply.

    The mark is unsigned and proves no identity; forging it only causes another prompt.
    """
    return device_state.is_anonymous != 0 or device_state.person in ("", person.identifier)


def chosen_at(device_state: DeviceState, now: int) -> int | None:
    """When the last choice was made (epoch ms), None if never. A date outside the trusted clock range is None."""
    said = device_state.last_consent
    if said is None or not 0 < said <= now + TRUSTED_AHEAD:
        return None
    return min(said, now)


def expires_at(device_state: DeviceState) -> int | None:
    """When the remembered consent stops being valid (epoch ms), None if it does not say."""
    return device_state.expires if device_state.expires is not None and device_state.expires > 0 else None


def with_choices(device_state: DeviceState, choices: Choices) -> DeviceState:
    """The device state with these answers; answers to questions this site does not ask stay for later use."""
    return replace(
        device_state,
        groups=device_state.groups | choices.groups,
        legitimate=device_state.legitimate | choices.legitimate,
        sdks=device_state.sdks | choices.sdks,
        vendors=device_state.vendors | choices.vendors,
        universal=device_state.universal | choices.universal,
        options=device_state.options | choices.options,
    )


def answered_in(answers: Choices, choices: Choices) -> Choices:
    """The part of `choices` that `answers` holds an answer for."""

    def only(held: dict[str, int], values: dict[str, int]) -> dict[str, int]:
        return {id: value for id, value in values.items() if id in held}

    return Choices(
        only(answers.groups, choices.groups),
        only(answers.legitimate, choices.legitimate),
        only(answers.sdks, choices.sdks),
        only(answers.vendors, choices.vendors),
        only(answers.universal, choices.universal),
        only(answers.options, choices.options),
    )


def recalled(signals: ReceiptSignals, device_state: DeviceState) -> ReceiptSignals:
    """The strings of a request; an AC or GPP string that was not sent is taken from the device state.

    A missing TC string makes the banner due (cmp-api.md §14.3, code 109), so it is not filled in here.
    """
    ac, gpp = signals.ac or device_state.ac, signals.gpp or device_state.gpp
    return signals if (ac, gpp) == (signals.ac, signals.gpp) else replace(signals, ac=ac, gpp=gpp)
