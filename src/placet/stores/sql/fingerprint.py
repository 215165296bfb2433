"""The fingerprint of the master secret that a database belongs to, in SQL."""

from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.stores.sql.statements import Query, Statements

FIND: Final = "SELECT fingerprint FROM secret_fingerprint WHERE id = 1"

BIND: Final = "INSERT INTO secret_fingerprint (id, fingerprint) VALUES (1, $1) ON CONFLICT (id) DO NOTHING"


class BindSecret(Struct, frozen=True, tag=True):
    """Write the fingerprint down unless there is one. Answers the one that counts."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = str

    fingerprint: str

    def statements(self) -> Statements[str]:
        """Insert, then read what is there."""
        yield Query(BIND, (self.fingerprint,))
        return str((yield Query(FIND))[0][0])


def find() -> Statements[str]:
    """The fingerprint; "" while there is none."""
    rows = yield Query(FIND)
    return str(rows[0][0]) if rows else ""
