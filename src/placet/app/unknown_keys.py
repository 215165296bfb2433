"""Write keys that open no source: counted in bounded memory, logged once a minute, kept for `placet check`."""

import logging
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from placet.events.ingest.validate import DropCode
from placet.services.events.collect_events import Collect, Collected
from placet.stores.private_files import make_private_file

LOG: Final = logging.getLogger("placet.keys")
FILE: Final = "unknown_keys.json"
MOST: Final = 64
"""Keys that are told apart; beyond it the one that was not seen for longest is forgotten."""
SHOWN: Final = 4
"""Characters of a key that are shown: it may be a secret in the wrong place."""
LONGEST: Final = 128
COMPARED: Final = 4
COMPARED_WITH: Final = 200
"""How many keys are compared with how many known ones: comparing takes a while, and a minute's log must not."""
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


Take: TypeAlias = Callable[[Collect, int], Awaitable[Collected]]


class UnknownKey(Struct, frozen=True):
    """A key by its first characters, how often it came, when it last did, and the source whose key looks like it."""

    key: str
    count: int
    last: int
    near: str = ""


class UnknownKeys:
    """The unknown keys of one node. `known` gives every key that opens a source, and the source."""

    def __init__(self, folder: Path, known: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self.path = folder / FILE
        self.known = known
        self.total = 0
        self.told_at = -MINUTE_MS
        self.keys: OrderedDict[str, UnknownKey] = OrderedDict()

    def watching(self, take: Take) -> Take:
        """The same story, noting the keys that it did not know."""

        async def noting(ask: Collect, at: int) -> Collected:
            made = await take(ask, at)
            if DropCode.UNKNOWN_SOURCE in made.dropped:
                self.note(ask.write_key, at)
            return made

        return noting

    def note(self, key: str, now: int) -> None:
        """Somebody came with a key that opens nothing."""
        self.total += 1
        short = key[:LONGEST]
        held = self.keys.pop(short, None) or UnknownKey(masked(short), 0, now)
        self.keys[short] = replace(held, count=held.count + 1, last=now)
        if len(self.keys) > MOST:
            self.keys.popitem(last=False)
        if not 0 <= now - self.told_at < MINUTE_MS:
            self.told_at = now
            self.tell()

    def tell(self) -> None:
        """Log what came, and leave it where `placet check --live` finds it."""
        rows = self.rows()
        LOG.warning("events came with write keys that open no source", extra={"facts": facts(rows, self.total)})
        try:
            save(self.path, rows)
        except OSError as why:
            LOG.warning("the unknown write keys could not be kept", extra={"facts": {"why": type(why).__name__}})

    def rows(self) -> list[UnknownKey]:
        """The keys, the most frequent first, each with the source that was probably meant."""
        known = dict(islice(self.known(), COMPARED_WITH))
        often = sorted(self.keys.items(), key=lambda item: -item[1].count)
        compared = [replace(one, near=near(key, known)) for key, one in often[:COMPARED]]
        return [*compared, *(one for _, one in often[COMPARED:])]


def masked(key: str) -> str:
    """A key as it may be shown."""
    return f"{key[:SHOWN]}… ({len(key)} characters)" if key else "(none)"


def near(key: str, known: dict[str, str]) -> str:
    """The source whose key looks like this one."""
    close = get_close_matches(key, known, 1, 0.85)
    return known[close[0]] if close else ""


def facts(rows: list[UnknownKey], total: int) -> dict[str, object]:
    """What is logged."""
    return {"total": total, "keys": len(rows), "meant": sorted({one.near for one in rows if one.near})}


def save(path: Path, rows: list[UnknownKey]) -> None:
    """Replace the file, where there is a data folder. Raises OSError."""
    if not path.parent.is_dir():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    make_private_file(draft)
    draft.write_bytes(msgspec.json.encode(rows))
    draft.replace(path)


def kept_keys(folder: Path, now: int) -> list[UnknownKey]:
    """What the node of this folder saw within a day."""
    try:
        rows = msgspec.json.decode((folder / FILE).read_bytes(), type=list[UnknownKey])
    except (OSError, msgspec.DecodeError):
        return []
    return [one for one in rows if now - one.last < DAY_MS]
