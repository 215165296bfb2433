"""A destination's published names and sizes: names that senders must not set, and limits on length.

The identity and credentials of a request are set by this server alone: an event whose consent was evaluated for one
person must not be stored under another. Each destination declares its reserved names and limits in its own file;
`limits` applies them.
"""

from typing import Any, Final, Literal

from msgspec import Struct


class Size(Struct, frozen=True):
    """The maximum length of a text. Where `cut` the vendor truncates a longer one, and so does placet; else it is held.

    `nested` says that objects and lists count as well, by their JSON.
    """

    most: int
    unit: Literal["characters", "bytes"] = "characters"
    cut: bool = False
    nested: bool = False

    def of(self, text: str) -> int:
        """The length of a text in this limit's unit."""
        return len(text) if self.unit == "characters" else len(text.encode("utf-8", "replace"))

    def kept(self, text: str) -> str:
        """The longest beginning of the text that fits."""
        if len(text) * (1 if self.unit == "characters" else 4) <= self.most:
            return text
        if self.unit == "characters":
            return text[: self.most]
        return text.encode("utf-8", "replace")[: self.most].decode("utf-8", "ignore")


class Limits(Struct, frozen=True):
    """A destination's table of sizes; None and 0 where it publishes none.

    `id` is for ids of users and devices; `event` for names of events, which are then required, and of pages, as "Viewed
    … Page" where `titled`. `name` and `value` are for properties of events and traits of identify, or for those `of`
    only one; `properties` and `traits` say how many there may be; a name must not begin with `never_first`;
    `event_bytes` is for a whole event.
    """

    id: Size | None = None
    event: Size | None = None
    name: Size | None = None
    value: Size | None = None
    properties: int = 0
    traits: int = 0
    never_first: str = ""
    titled: bool = True
    of: tuple[Literal["events", "traits"], ...] = ("events", "traits")
    event_bytes: int = 0


NONE: Final = Limits()


class Rules(Struct, frozen=True):
    """`reserved` are names, in lower case, that a destination reads as identity, credential or command.

    A trait or property with such a name, in any spelling, is not delivered. `limits` are its sizes.
    """

    reserved: frozenset[str] = frozenset()
    limits: Limits = NONE

    def allowed(self, said: dict[str, Any]) -> dict[str, Any]:
        """What a sender said, without reserved names."""
        if not self.reserved:
            return said
        return {name: value for name, value in said.items() if name.strip().casefold() not in self.reserved}


def reserving(names: str, limits: Limits = NONE) -> Rules:
    """Rules with these names, separated by spaces, and these limits."""
    return Rules(frozenset(names.casefold().split()), limits)
