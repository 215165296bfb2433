"""Notes from one story to another, and what is promised to those who write and claim them (see `ports`)."""

from typing import Protocol

from msgspec import Struct

from placet.consent.profile.stored_profile import Id


class OutboxMessage(Struct, frozen=True):
    """A message left for another story: what happened (`kind`), to whom (`subject_id`), and the facts (`body`, JSON).

    Notes of one kind about the same `subject_id` are claimed in the order they were kept. `due` is when the note may
    first be claimed; those behind it wait with it. Notes of different kinds never wait for one another, since
    other workers deal with them.
    """

    id: Id
    kind: str
    subject_id: Id
    body: bytes
    due: int = 0
    attempts: int = 0


class DeadLetter(Struct, frozen=True):
    """A note that was laid aside: why, at which place (words from the general to the particular), and when."""

    message: OutboxMessage
    why: str
    place: str = ""
    at: int = 0


class Outbox(Protocol):
    """Notes, each handed out at least once, in order for each `subject_id`."""

    async def claim(self, kinds: tuple[str, ...], limit: int, now: int, hold: int) -> list[OutboxMessage]:
        """Up to `limit` due notes, ours for `hold` ms; after that anybody may claim them again.

        Two claimers never hold the same note at once, nor two notes of one kind about the same `subject_id`:
        those are handed out together, in order, in one call, or one after the other.
        """
        ...

    async def peek(self, kind: str, limit: int, now: int) -> list[OutboxMessage]:
        """Due notes of a kind that nobody holds, the oldest first; they are not handed out, others may see them too.

        For those that most often tell of nothing: looking costs no write, and `done` takes them away.
        """
        ...

    async def done(self, ids: list[Id]) -> None:
        """These were dealt with; they are never handed out again. Unknown ids are ignored."""
        ...

    async def retry(self, id: Id, due: int, why: str) -> None:
        """This failed: hand it out again from `due` on, with `attempts` one higher. An unknown id is ignored."""
        ...

    async def release(self, ids: list[Id]) -> None:
        """These were not looked at: anybody may claim them again at once. Unknown ids are ignored."""
        ...

    async def defer(self, id: Id, due: int) -> None:
        """This was not tried: hand it out from `due` on, with its `attempts` as they are. An unknown id is ignored."""
        ...

    async def fan_out(self, id: Id, messages: tuple[OutboxMessage, ...]) -> None:
        """These notes take the place of this one, all at once, at the end of their queues.

        An unknown id is ignored, with all that would take its place: somebody did this already.
        """
        ...

    async def dead_letter(self, id: Id, why: str, place: str = "", at: int = 0) -> None:
        """This will not work: keep it with its reason, out of the queue, until someone looks.

        `place` says where to look for it, `at` when that was. What waited behind it may go. An unknown id is ignored.
        """
        ...

    async def dead_letters(self, place: str = "", limit: int = 100, after: Id | None = None) -> list[DeadLetter]:
        """What was laid aside, oldest first: of this place and those below it; `after` (exclusive) turns the page.

        Behind one that is no longer laid aside there is nothing.
        """
        ...

    async def find_dead_letter(self, id: Id) -> DeadLetter:
        """One that was laid aside. Raises Missing."""
        ...

    async def count_dead_letters(self) -> int:
        """How many were laid aside; a hundred thousand stand for that many or more."""
        ...

    async def requeue(self, ids: list[Id], now: int) -> int:
        """Put these back at the end of their queues, due at once, as if never tried; how many there were."""
        ...

    async def drop_dead_letters(self, before: int, limit: int) -> int:
        """Forget up to `limit` that were laid aside before this time; how many went."""
        ...

    async def waiting(self) -> int:
        """How many notes are neither done nor laid aside."""
        ...
