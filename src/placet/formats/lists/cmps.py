"""The list of registered consent platforms, by which a string's writer is checked (iab.md section 2)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from placet.formats.documents import read_json
from placet.formats.lists.gvl_entries import Id, Moment

MAX_BYTES = 4 * 1024 * 1024


class Cmp(msgspec.Struct, frozen=True, rename="camel"):
    """One consent platform, and where it may run (`Web`, `Native App (Mobile)`, `Native App (CTV)`)."""

    id: Id
    name: str
    is_commercial: bool
    environments: tuple[str, ...] = ()
    deleted_date: Moment | UnsetType | None = UNSET

    def gone(self, at: datetime) -> bool:
        """Had it left the framework at that moment? Its strings are void from then on."""
        return isinstance(self.deleted_date, datetime) and self.deleted_date <= at


class CmpList(msgspec.Struct, frozen=True, rename="camel"):
    """All consent platforms ever registered, by id."""

    last_updated: Moment
    cmps: Mapping[int, Cmp]


def read_cmps(data: bytes) -> CmpList:
    """The list in a `cmp-list.json`; raises Malformed."""
    return read_json(data, CmpList, name="CMP list", limit=MAX_BYTES)
