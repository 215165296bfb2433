"""Time stamps of answers when clocks differ: which are trusted, and how they are corrected.

Servers' clocks may differ by seconds, and a clock may once have been wrong by a day. The order in which the store saw
choices counts, and every doubt is resolved to the stricter side:

| stamp | grant | refusal |
|---|---|---|
| stored, ahead of our clock | counts as far behind our clock as it is ahead | counts as just before now |
| stored, ahead by at most `RACE`, or written while this choice was being decided | as above | keeps its stamp |
| claimed, ahead by at most `TRUSTED_AHEAD` | counts as now | counts as now |
| claimed, farther ahead | counts as older than any answer | counts as now |
| claimed, before `EARLIEST` (seconds for milliseconds, a clock that was reset) | as older than any answer | as now |
| claimed by a device's own clock, at most `SLOW` ago | as claimed | counts as now |
"""

from typing import Final

from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile

TRUSTED_AHEAD: Final = 300_000
"""Milliseconds a device's clock may run ahead of ours before its stamps are not trusted."""

EARLIEST: Final = 1_514_764_800_000
"""2018-01-01 in epoch ms: no correct clock dates an answer before it."""

SLOW: Final = 7_200_000
"""Milliseconds a device's clock may run behind ours: a refusal it dates so far back may have been given just now."""


RACE: Final = 2_000
"""Milliseconds: a stored refusal so little ahead may have been given while this choice was on its way, and binds."""


def believed(said_at: int, now: int, *, granted: bool, slow: int = 0) -> int:
    """When a claimed answer counts as given (epoch ms); `slow` is how far the clock may run behind ours."""
    if said_at > now:
        return now if said_at <= now + TRUSTED_AHEAD or not granted else 1
    if said_at < EARLIEST <= now:
        return 1 if granted else now
    if not granted and said_at >= now - slow:
        return now
    return max(said_at, 1)


def mirrored(at: int, now: int) -> int:
    """A grant's stamp ahead of our clock, as far behind it: so it does not outweigh a refusal given meanwhile."""
    return max(2 * now - at, 1) if at > now else at


def caught_up(profile: Profile | None, now: int, *, contested: bool = False) -> Profile | None:
    """A stored profile with no stamp ahead of `now`, so that a choice made now is later than all it holds.

    `contested` says that it was written while this choice was being decided: its refusals then keep their stamps.
    """
    if profile is None:
        return None
    ahead = {key: item for key, item in profile.items.items() if item.at > now}
    if not ahead and profile.last_interaction <= now:
        return profile
    moved = {key: replace(item, at=caught_up_stamp(key, item, now, contested=contested)) for key, item in ahead.items()}
    last = profile.last_interaction
    return replace(
        profile, items=profile.items | moved, last_interaction=last if contested or last <= now + RACE else now
    )


def caught_up_stamp(key: str, item: Item, now: int, *, contested: bool) -> int:
    """The stamp of one stored answer that lies ahead of `now`. Strings and dates of signals are no grants."""
    if item.granted and not key.startswith("x:"):
        return mirrored(item.at, now)
    return item.at if contested or (not item.granted and item.at <= now + RACE) else max(now - 1, 1)
