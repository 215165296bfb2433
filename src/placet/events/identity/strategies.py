"""What each strategy means where a workspace says no more (mparticle.md §5.2, segment.md §7.3)."""

from typing import Final

from placet.events.event import KIND_ALIASES
from placet.events.identity.graph import IdentityRules
from placet.settings.identity_strategy import IdentitySetting, Strategy, Window

MPID: Final = "mpid"
"""The kind of the id that mParticle's clients call a person by: ours to give, so whoever has it is believed."""

MERGE_PRIORITY: Final = ("user_id", "email")

LOGIN_PRIORITY: Final = tuple(
    "user_id mobile_number phone_number_2 phone_number_3 email other facebook google twitter microsoft yahoo "
    "ios.idfa ios.id android.idfa android.id roku_aid roku_publisher_id microsoft_publisher_id "
    "microsoft_aid device_application_stamp".split()
)

PERSONAL: Final = frozenset(LOGIN_PRIORITY[:11])
"""Names of a person, of which they have one each; all others name devices, of which they may have many."""

WITH_EMAIL: Final = ("user_id", "email")
LOGINS: Final = {
    Strategy.CONVERSION: ("user_id",),
    Strategy.LINK: WITH_EMAIL,
    Strategy.ISOLATION: WITH_EMAIL,
    Strategy.BEST_MATCH: (),
    Strategy.MERGE: ("user_id",),
}
"""Which kinds log somebody in, and with all strategies but MERGE belong to one person only."""

DAYS: Final = {Window.WEEKLY: 7, Window.MONTHLY: 30, Window.ANNUALLY: 365}

MERGE_LIMITS: Final = {"user_id": 1, MPID: 0}


def rules_from(setting: IdentitySetting) -> IdentityRules:
    """The rules a workspace's setting stands for."""
    merging = setting.strategy is Strategy.MERGE
    login = said(setting.login, LOGINS[setting.strategy])
    written = {KIND_ALIASES.get(kind, kind): limit for kind, limit in setting.limits.items()}
    return IdentityRules(
        strategy=setting.strategy,
        priority=(MPID, *said(setting.priority, MERGE_PRIORITY if merging else LOGIN_PRIORITY)),
        login=frozenset(login),
        unique=frozenset(() if merging else said(setting.unique, login)),
        immutable=frozenset(said(setting.immutable, ())),
        single=frozenset() if merging else PERSONAL,
        limits=MERGE_LIMITS | written if merging else {},
        most=setting.most if merging else 0,
        windows={KIND_ALIASES.get(kind, kind): DAYS[one] for kind, one in setting.windows.items() if one in DAYS},
        ignored=frozenset(said(setting.ignored, ())),
        blocked=frozenset(value.strip().lower() for value in setting.blocked),
    )


def said(kinds: tuple[str, ...] | None, else_: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds somebody wrote down, in our own words; the strategy's own when nobody did."""
    return else_ if kinds is None else tuple(KIND_ALIASES.get(kind, kind) for kind in kinds)


SEGMENT_RULES: Final = rules_from(IdentitySetting())
"""What holds where nobody said anything: flat matching with the limits of segment.md §7.3."""
