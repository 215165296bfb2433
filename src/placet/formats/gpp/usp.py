"""The four characters of the retired US Privacy string, which is still widely read (iab.md §4)."""

from typing import Final, Self

import msgspec

from placet.formats.errors import Malformed

STANDARD: Final = "US Privacy string"
_ANSWERS: Final = {"Y": True, "y": True, "N": False, "n": False, "-": None}
_LETTERS: Final = {True: "Y", False: "N", None: "-"}
_FIELDS: Final = ("notice", "opted_out", "lspa_covered")


class UsPrivacy(msgspec.Struct, frozen=True):
    """Was notice given, the sale of data opted out of, the transaction covered by the LSPA? None: not applicable.

    All three None (`1---`) means that the law does not apply.
    """

    notice: bool | None = None
    opted_out: bool | None = None
    lspa_covered: bool | None = None

    @property
    def applies(self) -> bool:
        """Does the string say that the law applies? Only then does it say whether sale was opted out of."""
        return self != UsPrivacy()

    def with_gpc(self) -> Self:
        """A copy with Global Privacy Control applied: an opt-out of sale, if the law applies."""
        return msgspec.structs.replace(self, opted_out=True) if self.applies else self


def decode(text: str) -> UsPrivacy:
    """The value of a US Privacy string, in upper or lower case; raises Malformed naming the field."""
    if len(text) != 4:
        raise Malformed(f"has {len(text)} characters", "send four, such as 1YNN", standard=STANDARD)
    if text[0] != "1":
        raise Malformed(f"is of version {text[0]!r}", "send version 1", standard=STANDARD, field="version")
    for field, answer in zip(_FIELDS, text[1:], strict=True):
        if answer not in _ANSWERS:
            raise Malformed(f"{answer!r} is no answer", "send Y, N or -", standard=STANDARD, field=field)
    return UsPrivacy(*[_ANSWERS[answer] for answer in text[1:]])


def encode(value: UsPrivacy) -> str:
    """The string, in upper case."""
    return "1" + "".join(_LETTERS[answer] for answer in (value.notice, value.opted_out, value.lspa_covered))


def problems(value: UsPrivacy) -> tuple[str, ...]:
    """Fields that are unset although the standard requires them, a sentence each."""
    if value.applies and value.opted_out is None:
        return ("the law applies, but it is not said whether the sale of data was opted out of",)
    return ()
