"""New unique ids for records and devices."""

import os
from typing import Final

ROLLED: Final = 4096
VARIANT: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


class RandomPool:
    """Random bytes of the system, fetched many at a time: asking for a few costs as much as asking for many."""

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0

    def roll(self, size: int) -> bytes:
        """This many random bytes, never returned before."""
        if self._at + size > len(self._rest):
            self._rest, self._at = os.urandom(ROLLED), 0
        self._at += size
        return self._rest[self._at - size : self._at]

    def forget(self) -> None:
        """Discard the fetched bytes: after a fork, child and parent would return the same ones."""
        self._rest = b""


random_pool: Final = RandomPool()
os.register_at_fork(after_in_child=random_pool.forget)


def new_id(at: int) -> bytes:
    """The sixteen bytes of a UUID that sorts by time (UUIDv7, RFC 9562 §5.7)."""
    rest = int.from_bytes(random_pool.roll(10))
    value = (at & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (rest >> 68) << 64 | 0b10 << 62 | rest & 0x3FFFFFFFFFFFFFFF
    return value.to_bytes(16)


def new_person() -> str:
    """A random UUID for a new device (UUIDv4, RFC 9562 §5.4), formatted by hand: `uuid` takes three times as long."""
    rest = random_pool.roll(16).hex()
    return f"{rest[:8]}-{rest[8:12]}-4{rest[13:16]}-{VARIANT[rest[16]]}{rest[17:20]}-{rest[20:]}"
