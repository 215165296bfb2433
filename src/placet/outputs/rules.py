"""What a destination publishes about names: those that say who a row is about, and so never come from a sender.

Identity and credentials of a request come from us alone: an event that was judged for one person is filed under no
other. Each destination declares its reserved names in its own file.
"""

from typing import Any

from msgspec import Struct


class Rules(Struct, frozen=True):
    """`reserved` are names, in small letters, that a destination reads as identity, credential or command.

    A trait or property of such a name, however it is written, does not leave.
    """

    reserved: frozenset[str] = frozenset()

    def allowed(self, said: dict[str, Any]) -> dict[str, Any]:
        """What a sender said, without the names that are not theirs to say."""
        if not self.reserved:
            return said
        return {name: value for name, value in said.items() if name.strip().casefold() not in self.reserved}


def reserving(names: str) -> Rules:
    """Rules with these names, written with blanks between."""
    return Rules(frozenset(names.casefold().split()))
