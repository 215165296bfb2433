"""An event by its fields, each decoded when somebody first asks for it."""

from collections.abc import Mapping
from typing import Any, Self

from msgspec import Raw, json


class EventFields(dict[str, Any]):
    """An event as filters see it. A field that is absent is None; one that came as raw JSON is decoded once.

    Asking for a field whose bytes are not JSON raises ValueError (msgspec's DecodeError is one), for one that
    nests beyond measure RecursionError.
    """

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        """Decode nothing yet."""
        self.fields = fields

    def __missing__(self, name: str) -> Any:
        """The field, now decoded and kept."""
        found = self.fields.get(name)
        if isinstance(found, Raw):
            found = json.decode(found)
        self[name] = found
        return found

    def document(self) -> dict[str, Any]:
        """All fields, decoded."""
        return {name: self[name] for name in self.fields}

    def at(self, *names: str) -> Any:
        """What the names lead to, None as soon as one leads nowhere."""
        root, *rest = names
        value = self[root]
        for name in rest:
            if type(value) is not dict:
                return None
            value = value.get(name)
        return value

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Any]]]:
        """Copies and pickles start from the fields again."""
        return type(self), (dict(self.fields),)
