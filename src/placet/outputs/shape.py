"""A request to a destination, shaped and not sent: what every destination's shape returns."""

from typing import TypeAlias

from msgspec import Struct


class Shaped(Struct, frozen=True):
    """A POST of `body` to `url`. `loopback` says that it may go to this machine, also without TLS."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    loopback: bool = False


class Sent(Struct, frozen=True):
    """The destination has it."""

    status: int


class TryAgain(Struct, frozen=True):
    """Not now: why, and after how many seconds the destination wants to be asked again (None: it did not say)."""

    why: str
    after: float | None = None


class Refused(Struct, frozen=True):
    """The destination will never take this: why."""

    why: str


Reply: TypeAlias = Sent | TryAgain | Refused
"""What a destination said, by what we do next."""
