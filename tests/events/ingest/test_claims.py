"""A refusal that an event claims does not lose because a clock was wrong or an id was used before."""

import msgspec
import pytest

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.profile.timestamps import TRUSTED_AHEAD, believed, caught_up
from placet.events.event import Event, EventKind, Identity
from placet.events.fields import EventFields
from placet.events.identity.consent_by_identifier import IdentifierConsent, agreed, named
from placet.events.identity.strategies import SEGMENT_RULES
from placet.events.ingest.claims import refusals_dated
from placet.events.ingest.ingest import ingest
from placet.events.ingest.values import ConsentUpdate
from placet.events.policy.consent_state import latest_signal, of_profile, read_state
from placet.events.policy.evaluate import compile_routes
from placet.events.policy.purposes import PurposeMapping

NOW = 1_796_000_000_000
HOUR = 3_600_000
MAPPING = PurposeMapping({}, {"ads-guid": "ads"})
ANNA = Identity("user_id", "anna")


def answer(granted: bool, at: int) -> Profile:
    """A profile with one answer."""
    return Profile({"ads-guid": Item(PurposeStatus.ACTIVE if granted else PurposeStatus.OPT_OUT, at)})


def an_event(id: str, user: str, consented: bool, at: int | None = None, received: int = NOW) -> Event:
    """An event of this user whose consent state says so, stamped `at`."""
    record = {"consented": consented} | ({} if at is None else {"timestamp_unixtime_ms": at})
    raw = {
        name: msgspec.Raw(msgspec.json.encode(value))
        for name, value in {"event": "A", "userId": user, "consent_state": {"gdpr": {"ads": record}}}.items()
    }
    names = (Identity("user_id", user),)
    return Event(id, "web", EventKind.TRACK, received, received, raw, "A", identities=names)


def told(*events: Event, memories: dict[Identity, IdentifierConsent] | None = None, seen: frozenset[str] = frozenset()):
    """What is remembered of these events: name → claims."""
    batch = [named(event, SEGMENT_RULES) for event in events]
    routes = compile_routes((), MAPPING)
    taken = ingest(
        batch, (), SEGMENT_RULES, routes, [f"n{n}" for n in range(len(batch))], seen, memories=memories or {}
    )
    return [(one.names, one.consent) for one in taken.intents if isinstance(one, ConsentUpdate)]


@pytest.mark.parametrize("at", [NOW // 1000, 0, 1, 946_684_800_000, NOW - HOUR, NOW + 24 * HOUR, None])
def test_a_refusal_with_a_wrong_clock_beats_a_proven_grant(at: int | None) -> None:
    proven = IdentifierConsent(proven=answer(True, NOW - 1000))
    ((names, consent),) = told(an_event("m1", "anna", False, at), memories={ANNA: proven})
    assert names == (ANNA,)
    assert agreed([IdentifierConsent(proven.proven, consent)]).items["ads-guid"].status is PurposeStatus.OPT_OUT


@pytest.mark.parametrize("at", [NOW // 1000, 0, NOW + 24 * HOUR])
def test_a_grant_with_a_wrong_clock_does_not_beat_a_claimed_refusal(at: int) -> None:
    refused = answer(False, NOW - HOUR)
    assert told(an_event("m1", "anna", True, at), memories={ANNA: IdentifierConsent(claimed=refused)}) == []


def test_a_refusal_beats_a_grant_that_another_node_stamped_ahead() -> None:
    proven = answer(True, NOW + 24 * HOUR)
    ((_, consent),) = told(an_event("m1", "anna", False), memories={ANNA: IdentifierConsent(proven=proven)})
    assert agreed([IdentifierConsent(proven, consent)]).items["ads-guid"].status is PurposeStatus.OPT_OUT


def test_a_repeated_old_refusal_does_not_undo_a_grant_made_since() -> None:
    memory = IdentifierConsent(answer(True, NOW - 1000), answer(False, NOW - HOUR))
    assert refusals_dated(answer(False, NOW - HOUR), [memory], NOW) == answer(False, NOW - HOUR)


def test_a_second_refusal_stamped_before_the_first_one_beats_a_proven_grant_between() -> None:
    memory = IdentifierConsent(answer(True, NOW - 1000), answer(False, NOW - 2000))
    assert refusals_dated(answer(False, NOW - 3000), [memory], NOW) == answer(False, NOW)


def test_a_differing_message_under_a_used_id_still_refuses() -> None:
    ((names, consent),) = told(an_event("m1", "anna", False), seen=frozenset({"m1"}))
    assert (names, consent.items["ads-guid"].status) == ((ANNA,), PurposeStatus.OPT_OUT)


def test_within_one_batch_too() -> None:
    first, second = told(an_event("m1", "ben", True), an_event("m1", "anna", False))
    assert first[0] == (Identity("user_id", "ben"),)
    assert (second[0], second[1].items["ads-guid"].granted) == ((ANNA,), False)


def test_a_repeated_message_grants_nothing() -> None:
    assert told(an_event("m1", "anna", True), seen=frozenset({"m1"})) == []


@pytest.mark.parametrize("at, allowed", [(NOW // 1000, 0), (NOW + 24 * HOUR, 0), (NOW - HOUR, 0), (NOW, 1)])
def test_judging_by_the_newest_does_not_believe_a_grant_with_a_wrong_clock(at: int, allowed: int) -> None:
    event = an_event("m1", "anna", True, at)
    state = read_state(EventFields(event.fields), event.at, MAPPING, event.received)
    yes, _ = latest_signal((*state.signals, *of_profile(answer(False, NOW - 60_000), MAPPING).signals))
    assert yes == allowed * MAPPING.bits["ads"]


def test_judging_by_the_newest_believes_a_refusal_with_a_wrong_clock() -> None:
    event = an_event("m1", "anna", False, NOW // 1000)
    state = read_state(EventFields(event.fields), event.at, MAPPING, event.received)
    yes, no = latest_signal((*state.signals, *of_profile(answer(True, NOW - 60_000), MAPPING).signals))
    assert (yes, no) == (0, MAPPING.bits["ads"])


@pytest.mark.parametrize("said, granted, refused", [
    (NOW - HOUR, NOW - HOUR, NOW),
    (NOW - 24 * HOUR, NOW - 24 * HOUR, NOW - 24 * HOUR),
    (NOW // 1000, 1, NOW),
    (NOW + TRUSTED_AHEAD, NOW, NOW),
    (NOW + TRUSTED_AHEAD + 1, 1, NOW),
])  # fmt: skip
def test_a_devices_own_clock_is_doubted_towards_the_stricter(said: int, granted: int, refused: int) -> None:
    assert believed(said, NOW, granted=True, slow=2 * HOUR) == granted
    assert believed(said, NOW, granted=False, slow=2 * HOUR) == refused


@pytest.mark.parametrize("ahead, granted, refused", [
    (5_000, NOW - 5_000, NOW - 1),
    (1_000, NOW - 1_000, NOW + 1_000),
    (24 * HOUR, NOW - 24 * HOUR, NOW - 1),
    (2 * NOW, 1, NOW - 1),
    (0, NOW, NOW),
])  # fmt: skip
def test_a_stored_stamp_ahead_of_the_clock_comes_back_behind_it(ahead: int, granted: int, refused: int) -> None:
    for yes, at in ((True, granted), (False, refused)):
        found = caught_up(answer(yes, NOW + ahead), NOW)
        assert found is not None
        assert found.items["ads-guid"].at == at
        assert caught_up(found, NOW) == found, "idempotent"
