"""Decides whether the banner must be shown, with the reason."""

from collections.abc import Callable
from enum import Enum, IntEnum, auto
from typing import Final

from msgspec import Struct

DAY: Final = 86_400_000
"""Milliseconds in a day."""


class Reason(IntEnum):
    """The ten reason codes (cmp-api.md §14.1)."""

    FIRST_LAUNCH = 101
    RECONSENT = 102
    EXPIRED = 103
    TC_EXPIRED = 104
    PERSON_RECONSENT = 105
    NOT_FULLY_SYNCED = 107
    NOW_IAB = 109
    RULE_SHOWS_NONE = 150
    STILL_VALID = 151
    FULLY_SYNCED = 152


class Sync(Enum):
    """The sync state of a known person's profile for this site's questions."""

    UNKNOWN = auto()
    """Nobody is known here, or there is no profile."""
    EXPIRED = auto()
    INCOMPLETE = auto()
    COMPLETE = auto()


class BannerFacts(Struct, frozen=True):
    """The inputs of the decision. Times are epoch ms; None means "never".

    `holds_for` and `tc_holds_for` are in ms, None = for ever. `tc_updated` is the LastUpdated of the TC string that was
    sent, None when none was; `tc_outdated` says that it follows a policy no longer in force.
    """

    now: int
    rule_shows: bool = True
    iab: bool = False
    sync: Sync = Sync.UNKNOWN
    consented_at: int | None = None
    expires_at: int | None = None
    reconsent_at: int = 0
    holds_for: int | None = None
    tc_holds_for: int | None = None
    tc_updated: int | None = None
    tc_outdated: bool = False


class Ask(Struct, frozen=True):
    """The answer: show the banner or not, why, and whether unsaved local choices are void."""

    show: bool
    reason: Reason
    reset: bool
    text: str


class BannerRow(Struct, frozen=True):
    """One line of the decision table."""

    applies: Callable[[BannerFacts], bool]
    ask: Ask


def _never_asked_before(facts: BannerFacts) -> bool:
    return facts.consented_at is None


def _asked_anew(facts: BannerFacts) -> bool:
    return facts.reconsent_at > (facts.consented_at or 0)


def holds(now: int, at: int, holds_for: int | None) -> bool:
    """Does an answer given at `at` still count, where answers hold for so long (ms, None = for ever)?

    A time more than a day ahead of the clock is wrong and does not count. vectors/answered.jsonl has the cases, for
    pages too.
    """
    return now - at >= -DAY and (holds_for is None or now - at < holds_for)


def _run_out(facts: BannerFacts) -> bool:
    if facts.expires_at is not None and facts.now >= facts.expires_at:
        return True
    return not holds(facts.now, facts.consented_at or 0, facts.holds_for)


def _tc_run_out(facts: BannerFacts) -> bool:
    if facts.iab and facts.tc_outdated:
        return True
    if not facts.iab or facts.tc_updated is None or facts.tc_holds_for is None:
        return False
    return facts.now - facts.tc_updated > facts.tc_holds_for


TABLE: Final = (
    BannerRow(
        lambda facts: not facts.rule_shows,
        Ask(False, Reason.RULE_SHOWS_NONE, False, "Geo rule Banner is not enabled."),
    ),
    BannerRow(
        lambda facts: facts.sync is Sync.COMPLETE,
        Ask(
            False,
            Reason.FULLY_SYNCED,
            False,
            "Banner will not be shown as cross device sync is hundred percent complete.",
        ),
    ),
    BannerRow(
        lambda facts: facts.sync is Sync.EXPIRED,
        Ask(True, Reason.PERSON_RECONSENT, True, "Reconsent triggered for an authenticated user."),
    ),
    BannerRow(
        lambda facts: facts.sync is Sync.INCOMPLETE,
        Ask(
            True,
            Reason.NOT_FULLY_SYNCED,
            False,
            "Hundred percent sync is not completed for cross device sync enabled scenario.",
        ),
    ),
    BannerRow(
        _never_asked_before,
        Ask(True, Reason.FIRST_LAUNCH, False, "Geo rule Banner is enabled and is first launch."),
    ),
    BannerRow(_asked_anew, Ask(True, Reason.RECONSENT, True, "Sdk has been published with reconsent.")),
    BannerRow(_run_out, Ask(True, Reason.EXPIRED, True, "Sdk's Automatic reconsent has expired.")),
    BannerRow(_tc_run_out, Ask(True, Reason.TC_EXPIRED, True, "The TC String has expired.")),
    BannerRow(
        lambda facts: facts.iab and facts.tc_updated is None,
        Ask(True, Reason.NOW_IAB, False, "The template type is updated to IAB."),
    ),
    BannerRow(
        lambda _: True,
        Ask(False, Reason.STILL_VALID, False, "Banner will not be shown as consent validity holds true."),
    ),
)
"""The decision table of cmp-api.md §14.3: the first row that applies answers."""


def must_ask(facts: BannerFacts) -> Ask:
    """Must this person be asked now? The answer carries the reason."""
    for row in TABLE:
        if row.applies(facts):
            break
    return row.ask  # the last row always applies
