"""What a device remembers of its person, read as answers and written back."""

from msgspec.structs import replace

from placet.consent.choices import Choices
from placet.consent.person import Person
from placet.consent.press import AgeGate
from placet.consent.receipt import Signals
from placet.consent.stamps import TRUSTED_AHEAD
from placet.formats.sealed import Remembered


def choices_of(memory: Remembered) -> Choices:
    """The answers inside a device's memory."""
    return Choices(memory.groups, memory.legitimate, memory.sdks, memory.vendors, memory.universal, memory.options)


def age_of(memory: Remembered) -> AgeGate | None:
    """The age range the person gave on this device, if any."""
    if memory.age_lower is None and memory.age_upper is None:
        return None
    return AgeGate(memory.age_lower, memory.age_upper)


def belongs_to(memory: Remembered, person: Person) -> bool:
    """False when the device remembers somebody else, who was known on it: their answers are not this person's.

    The mark is unsigned, so it proves nobody; but whoever forges it only makes us ask once more.
    """
    return memory.is_anonymous != 0 or memory.person in ("", person.identifier)


def chosen_at(memory: Remembered, now: int) -> int | None:
    """When the last choice was made (epoch ms), None if never. A date from a clock we cannot believe is none."""
    said = memory.last_consent
    if said is None or not 0 < said <= now + TRUSTED_AHEAD:
        return None
    return min(said, now)


def expires_at(memory: Remembered) -> int | None:
    """When the remembered consent stops being valid (epoch ms), None if it does not say."""
    return memory.expires if memory.expires is not None and memory.expires > 0 else None


def with_choices(memory: Remembered, choices: Choices) -> Remembered:
    """The memory with these answers; those about things of elsewhere stay, for the day the device is there again."""
    return replace(
        memory,
        groups=memory.groups | choices.groups,
        legitimate=memory.legitimate | choices.legitimate,
        sdks=memory.sdks | choices.sdks,
        vendors=memory.vendors | choices.vendors,
        universal=memory.universal | choices.universal,
        options=memory.options | choices.options,
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


def recalled(signals: Signals, memory: Remembered) -> Signals:
    """The strings of a call; an AC or GPP string that was not sent is the one the device remembers.

    A missing TC string makes the banner due (cmp-api.md §14.3, code 109), so it is not filled in here.
    """
    ac, gpp = signals.ac or memory.ac, signals.gpp or memory.gpp
    return signals if (ac, gpp) == (signals.ac, signals.gpp) else replace(signals, ac=ac, gpp=gpp)
