"""Notes from one story to another, and what is promised to those who write and claim them (see `ports`)."""

from typing import Protocol, TypeAlias

from msgspec import Struct

Key: TypeAlias = bytes
"""Sixteen bytes."""


class Note(Struct, frozen=True):
    """A message left for another story: what happened (`kind`), to whom (`about`), and the facts (`body`, JSON).

    Notes of one kind about the same `about` are claimed in the order they were kept. `due` is when the note may
    first be claimed; those behind it wait with it. Notes of different kinds never wait for one another, since
    other workers deal with them.
    """

    id: Key
    kind: str
    about: Key
    body: bytes
    due: int = 0
    tries: int = 0


class Aside(Struct, frozen=True):
    """A note that was laid aside: why, at which place (words from the general to the particular), and when."""

    note: Note
    why: str
    place: str = ""
    at: int = 0


class Outbox(Protocol):
    """Notes, each handed out at least once, in order for each `about`."""

    async def claim(self, kinds: tuple[str, ...], most: int, now: int, hold: int) -> list[Note]:
        """Up to `most` due notes, ours for `hold` ms; after that anybody may claim them again.

        Two claimers never hold the same note at once, nor two notes of one kind about the same `about`:
        those are handed out together, in order, in one call, or one after the other.
        """
        ...

    async def look(self, kind: str, most: int, now: int) -> list[Note]:
        """Due notes of a kind that nobody holds, the oldest first; they are not handed out, others may see them too.

        For those that most often tell of nothing: looking costs no write, and `done` takes them away.
        """
        ...

    async def done(self, ids: list[Key]) -> None:
        """These were dealt with; they are never handed out again. Unknown ids are ignored."""
        ...

    async def again(self, id: Key, due: int, why: str) -> None:
        """This failed: hand it out again from `due` on, with `tries` one higher. An unknown id is ignored."""
        ...

    async def give_back(self, ids: list[Key]) -> None:
        """These were not looked at: anybody may claim them again at once. Unknown ids are ignored."""
        ...

    async def put_off(self, id: Key, due: int) -> None:
        """This was not tried: hand it out from `due` on, with its `tries` as they are. An unknown id is ignored."""
        ...

    async def unfold(self, id: Key, notes: tuple[Note, ...]) -> None:
        """These notes take the place of this one, all at once, at the end of their queues.

        An unknown id is ignored, with all that would take its place: somebody did this already.
        """
        ...

    async def lay_aside(self, id: Key, why: str, place: str = "", at: int = 0) -> None:
        """This will not work: keep it with its reason, out of the queue, until someone looks.

        `place` says where to look for it, `at` when that was. What waited behind it may go. An unknown id is ignored.
        """
        ...

    async def aside(self, place: str = "", most: int = 100, after: Key | None = None) -> list[Aside]:
        """What was laid aside, oldest first: of this place and those below it; `after` (exclusive) turns the page.

        Behind one that is no longer laid aside there is nothing.
        """
        ...

    async def one_aside(self, id: Key) -> Aside:
        """One that was laid aside. Raises Missing."""
        ...

    async def laid_aside(self) -> int:
        """How many were laid aside; a hundred thousand stand for that many or more."""
        ...

    async def bring_back(self, ids: list[Key], now: int) -> int:
        """Put these back at the end of their queues, due at once, as if never tried; how many there were."""
        ...

    async def drop_aside(self, before: int, most: int) -> int:
        """Forget up to `most` that were laid aside before this time; how many went."""
        ...

    async def waiting(self) -> int:
        """How many notes are neither done nor laid aside."""
        ...
