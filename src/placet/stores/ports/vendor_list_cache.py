"""The port of a node's own cabinet: vendor lists it fetched, which no other node needs to see."""

from typing import Protocol

from msgspec import Struct


class CachedList(Struct, frozen=True, omit_defaults=True):
    """What is known of a fetched vendor list: whence, its ETag, when it was last asked for, until when it is fresh.

    `file` names its bytes; empty while none were taken. Times are epoch ms.
    """

    url: str
    etag: str = ""
    asked_at: int = 0
    fresh_until: int = 0
    file: str = ""


class VendorListCache(Protocol):
    """Where a node keeps the vendor lists it fetched, every version of them.

    What can not be read counts as not there: the bundled lists stand in. A list is replaced as a whole or not at all.
    """

    def known(self, name: str) -> CachedList | None:
        """What is known of the list of this name."""
        ...

    def data(self, name: str) -> bytes | None:
        """The bytes of its current version, as fetched."""
        ...

    def store(self, name: str, version: str, data: bytes, kept: CachedList) -> None:
        """Make these bytes the current version; earlier ones stay. Raises Busy."""
        ...

    def touch(self, name: str, kept: CachedList) -> None:
        """Remember when it was asked for; the current version stays what it is. Raises Busy."""
        ...
