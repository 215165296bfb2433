"""A story told to a database statement by statement, the same for whoever runs it.

House rules, for every story in this folder:

1. Placeholders are `$1`, `$2`, …; SQL stays within what SQLite and PostgreSQL both understand.
2. A story looks first and writes afterwards: it may raise `Stale` or `Missing` only before its first write,
   so that a refused story leaves nothing behind, and its neighbours in a batch are safe.
3. Stories of one `lock_group` never run at the same time, in any process; what they looked at stays true until they
end.
"""

from collections.abc import Generator, Iterator, Sequence
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
ResultT = TypeVar("ResultT", covariant=True)

Row: TypeAlias = Sequence[Any]


class Query(NamedTuple):
    """One statement; its rows come back."""

    sql: str
    values: tuple[Any, ...] = ()


class ExecuteMany(NamedTuple):
    """One statement, once for every row of values; nothing comes back."""

    sql: str
    rows: list[tuple[Any, ...]]


Statements: TypeAlias = Generator[Query | ExecuteMany, list[Row], T]
"""Yields statements, is sent their rows, returns what the story was about."""


SOME: Final = 8
MANY: Final = 64
"""Keys looked up in one statement. Both engines allow thousands, but each number is a statement of its own."""


@cache
def spelled_out(sql: str, first: int, size: int) -> str:
    """A statement with so many placeholders in the place of `…`, counted from `first`."""
    return sql.replace("…", ", ".join(f"${first + place}" for place in range(size)))


def among(sql: str, keys: Sequence[Any], *values: Any) -> Iterator[Query]:
    """Look-ups for any number of keys, which stand behind `values`; the last asks for its last key several times."""
    start = 0
    while start < len(keys):
        size = SOME if len(keys) - start <= SOME else MANY
        some = list(keys[start : start + size])
        some += some[-1:] * (size - len(some))
        yield Query(spelled_out(sql, len(values) + 1, size), (*values, *some))
        start += size


LAST_KEY: Final = b"\xff" * 17
"""Behind every id."""

A_FEW: Final = 16
"""So many keys are looked up in a glance: in less time than a thread takes to be woken."""


class Write(Protocol[ResultT]):
    """A change to the database that can travel to the process that makes it; `answer` is the type of its answer."""

    lock_group: ClassVar[str]
    answer: ClassVar[Any]

    def statements(self) -> Statements[ResultT]:
        """The story that makes the change."""
        ...


class Engine(Protocol):
    """What the ports in this folder need of a database."""

    async def read(self, statements: Statements[T]) -> T:
        """Run a story that only looks, at one moment in time. Raises Busy, and what the story raises."""
        ...

    async def point_read(self, statements: Statements[T]) -> T:
        """The same for a story that looks up `A_FEW` keys at most. Where that is faster, all else waits."""
        ...

    async def write(self, write: Write[T]) -> T:
        """Run a story that changes something; on disk when this returns. Raises Busy, and what the story raises."""
        ...
