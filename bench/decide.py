"""How long one decision takes, in µs: `python bench/decide.py`."""

from collections.abc import Callable
from time import process_time
from timeit import repeat
from typing import Final

from placet.consent.context import InteractionInput, RequestContext
from placet.consent.decide import evaluate_consent, record_choice
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Profile
from placet.consent.rules.effective_rule import EffectiveRule
from placet.formats.onetrust.consent_string import DeviceState
from placet.settings.interactions import INTERACTIONS
from placet.settings.purposes import Category, Sdk, Status
from placet.settings.regions import Place, Rule
from placet.settings.site import Channel, ConsentGroup, Publication, Site, Stage

NOW: Final = 1_772_619_330_000
ROUNDS: Final = 15
TIMES: Final = 500


def a_ruling() -> EffectiveRule:
    """Twelve categories with two SDKs each, the first always active, one with legitimate interest."""
    categories = tuple(
        Category(
            id=f"C{n:04}",
            name={"en": f"Category {n}"},
            purpose_id=f"4b0c6d1e-2f3a-4b5c-8d6e-{n:012x}",
            sdks=tuple(Sdk(f"0c7d1f52-6a53-4d0e-{n:04x}-{m:012x}", "") for m in range(2)),
            legitimate_interest=n == 4,
        )
        for n in range(1, 13)
    )
    rule = Rule("eu", "Europe", "n", default=True, statuses={"C0001": Status.ALWAYS_ACTIVE})
    site = Site(
        "app",
        "7f6c2a10-5b1e-4c8d-9a34-0d2f8e61b7c5",
        "0a0b0000-0000-4000-8000-00000000000a",
        "shop",
        "Shop",
        Channel.MOBILE,
        ("en",),
        categories,
        (rule,),
        {},
        group=ConsentGroup("c2a70000-0000-4000-8000-000000000001", "shops", override=True),
    )
    return EffectiveRule(site, rule)


def a_call(rule: EffectiveRule, memory: DeviceState, now: int, *, known: bool) -> RequestContext:
    """A call by a person who is known, or not."""
    publication = Publication(rule.site, Stage.PRODUCTION, 1, "202606.1.0", NOW, "us", "hash")
    person = Person("shopper-42", known)
    return RequestContext(publication, rule, person, memory, Place("DE", "BE"), now, "en", fetches=known)


def micros(what: Callable[[], object]) -> float:
    """The best of several rounds, in µs of this process's own time for one call."""
    return min(repeat(what, timer=process_time, number=TIMES, repeat=ROUNDS)) / TIMES * 1e6


def main() -> None:
    """Print a line for each decision."""
    rule, allow = a_ruling(), InteractionInput(INTERACTIONS["BANNER_ALLOW_ALL"])
    first = a_call(rule, DeviceState(), NOW, known=False)
    saved = record_choice(first, allow, None, "receipt", "person").status.device_state
    back = a_call(rule, saved, NOW + 60_000, known=False)
    known = a_call(rule, DeviceState(), NOW, known=True)
    settled = record_choice(known, InteractionInput(INTERACTIONS["BANNER_REJECT_ALL"]), None, "receipt", "person")
    again = a_call(rule, settled.status.device_state, NOW + 60_000, known=True)
    profile = settled.profile or Profile()
    lines = {
        "look, first launch": lambda: evaluate_consent(first, None),
        "look, returning": lambda: evaluate_consent(back, None),
        "look, known": lambda: evaluate_consent(again, profile),
        "settle, allow all, anonymous": lambda: record_choice(back, allow, None, "receipt", "person"),
        "settle, allow all, known": lambda: record_choice(again, allow, profile, "receipt", "person"),
    }
    for name, what in lines.items():
        print(f"{name:32} {micros(what):7.1f} µs")


if __name__ == "__main__":
    main()
