"""The master secret that a store belongs to: known by its fingerprint, bound once."""

from typing import Protocol


class BoundToSecret(Protocol):
    """A store that remembers whose it is."""

    async def fingerprint(self) -> str:
        """The fingerprint of the master secret that everything kept here belongs to; "" while there is none."""
        ...

    async def bind_secret(self, fingerprint: str) -> str:
        """Belong to the master secret with this fingerprint, unless there is one. Answers the one that counts."""
        ...
