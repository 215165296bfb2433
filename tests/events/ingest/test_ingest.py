"""A batch, settled: whose, where to, what is written."""

import msgspec
import pytest
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.events.event import Event, EventKind, Identity
from placet.events.fields import EventFields
from placet.events.identity.consent_by_identifier import IdentifierConsent, Speaker, named
from placet.events.identity.extract import promote
from placet.events.identity.graph import IdentityPerson, IdentityRules, LinkIdentifiers, MakePerson, MergePeople
from placet.events.identity.strategies import SEGMENT_RULES
from placet.events.ingest.ingest import ingest
from placet.events.ingest.validate import CONSENT_UPDATED, DropCode
from placet.events.ingest.values import ConsentUpdate, ConsentWritePolicy, Dropped, KnownPerson
from placet.events.policy.connection import Connection
from placet.events.policy.evaluate import compile_routes
from placet.events.policy.evaluation_context import PrivacyRequestKind
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict import PolicyStep
from placet.events.policy.verdict_table import Verdicts
from placet.settings.identity_strategy import Strategy
from tests.verdict_rows import allowed, given, refusals

MAPPING = PurposeMapping({"C0004": "ads"}, {"ads-guid": "ads"})
ROUTES = compile_routes((Connection("ads", 3, purposes=("ads",)), Connection("store", exempt=True)), MAPPING)
USER = Identity("user_id", "u")
YES, NO = ({"consent": {"categoryPreferences": {"C0004": yes}}} for yes in (True, False))


def an_event(id, name="A", kind=EventKind.TRACK, at=10, **fields):
    document = {"type": kind, "event": name, "messageId": id, **fields}
    raw = {field: msgspec.Raw(msgspec.json.encode(value)) for field, value in document.items()}
    return Event(id, "web", kind, 10, at, raw, name, identities=promote(EventFields(raw)))


def take(*batch, found=(), rules=SEGMENT_RULES, **more):
    batch = [named(event, rules) for event in batch]
    return ingest(batch, found, rules, ROUTES, [f"new-{place}" for place in range(len(batch))], **more)


def someone(id, names, **more):
    return KnownPerson(IdentityPerson(id, frozenset(Identity(*name.split("=")) for name in names.split(","))), **more)


def claimed(**said):
    """What was claimed under names: `user_id_u` is the user u."""
    return {Identity(*name.rsplit("_", 1)): IdentifierConsent(claimed=one) for name, one in said.items()}


def profile(granted, at):
    return Profile({"ads-guid": Item(PurposeStatus.ACTIVE if granted else PurposeStatus.OPT_OUT, at)})


def sent(taken, connection="ads"):
    return [one.event.id for one in allowed(verdicts(taken)) if one.connection.id == connection]


def verdicts(taken):
    return list(given([event for event, _ in taken.kept], taken.verdicts, taken.connections))


def held(taken):
    return [verdict for _, verdict in refusals(verdicts(taken))]


def test_an_event_about_somebody_new_makes_them_and_goes_where_it_may():
    taken = take(an_event("m1", userId="u", context=YES))
    assert taken.intents == (MakePerson("new-0"), LinkIdentifiers("new-0", frozenset({Identity("user_id", "u")})))
    assert [(one.connection.id, one.connection.version) for one in allowed(verdicts(taken))] == [
        ("ads", 3),
        ("store", 1),
    ]
    assert taken.verdicts.count() == (2, 0)
    assert taken.kept[0][1] == "new-0"


def test_an_event_that_is_held_says_why():
    taken = take(an_event("m1", userId="u", context=NO))
    assert sent(taken) == []
    assert held(taken)[0].step is PolicyStep.CONSENT
    assert held(taken)[0].reason == "no consent (refused: ads)"


def test_somebody_new_is_made_once_in_a_batch():
    taken = take(*(an_event(f"m{n}", userId="u", context=YES) for n in range(3)))
    assert sum(isinstance(intent, MakePerson) for intent in taken.intents) == 1
    assert {person for _, person in taken.kept} == {"new-0"}


def test_a_repeated_message_is_taken_once():
    taken = take(
        an_event("m1", userId="u"), an_event("m1", userId="u"), an_event("m0", userId="u"), seen=frozenset({"m0"})
    )
    assert len(taken.kept) == 1
    assert taken.repeated == ("m1", "m0")


def test_what_cannot_be_taken_in_is_dropped_and_the_rest_is_taken():
    taken = take(an_event("m1"), an_event("m2", userId="u"))
    assert taken.dropped == (Dropped("m1", DropCode.NO_USER_ANON_ID),)
    assert [event.id for event, _ in taken.kept] == ["m2"]
    assert taken.code is DropCode.MULTI_USER_ERROR


def test_an_empty_batch_is_said_to_be_empty():
    assert take().code is DropCode.EMPTY_BATCH


def test_somebody_on_the_suppression_list_leaves_no_trace():
    listed = someone("p1", "user_id=u", suppressed=True)
    taken = take(an_event("m1", userId="u", anonymousId="a", context=YES), found=[listed])
    assert (taken.kept, taken.verdicts, taken.intents) == ((), Verdicts(), ())
    assert taken.suppressed == 1


def test_somebody_who_turns_out_to_be_on_the_list_leaves_no_trace():
    found = [someone("p1", "anonymous_id=a"), someone("p2", "user_id=u", suppressed=True)]
    taken = take(an_event("m1", userId="u", anonymousId="a"), found=found)
    assert (taken.kept, taken.intents, taken.suppressed) == ((), (), 1)


def test_people_who_turn_out_to_be_one_are_judged_by_their_joined_consent():
    found = [someone("p1", "anonymous_id=a"), someone("p2", "user_id=u")]
    memories = claimed(anonymous_id_a=profile(True, 9), user_id_u=profile(False, 5))
    taken = take(an_event("m1", userId="u", anonymousId="a"), found=found, memories=memories)
    assert taken.intents == (MergePeople("p1", ("p2",)),)
    assert sent(taken) == []


def test_a_privacy_request_of_one_holds_for_both_once_they_are_one():
    found = [
        someone("p1", "anonymous_id=a"),
        someone("p2", "user_id=u", requests=frozenset({PrivacyRequestKind.ERASURE})),
    ]
    taken = take(an_event("m1", userId="u", anonymousId="a", context=YES), found=found)
    assert {one.step for one in held(taken)} == {PolicyStep.PRIVACY_REQUEST}


def test_a_choice_told_in_a_batch_counts_for_what_follows_it():
    choice = an_event("m1", CONSENT_UPDATED, userId="u", context=YES)
    taken = take(an_event("m0", userId="u"), choice, an_event("m2", userId="u"))
    assert sent(taken) == ["m1", "m2"]
    assert taken.intents[-1] == ConsentUpdate("new-0", profile(True, 10), (Identity("user_id", "u"),))


def test_a_page_that_still_stamps_an_old_consent_does_not_undo_a_withdrawal():
    withdrawn = claimed(user_id_u=profile(False, 5))
    taken = take(an_event("m1", userId="u", context=YES), found=[someone("p1", "user_id=u")], memories=withdrawn)
    assert taken.intents == ()
    assert sent(taken) == []


BROWSER = Identity("anonymous_id", "b")


@pytest.mark.parametrize(
    ("remember", "told"),
    [
        (ConsentWritePolicy.NOTHING, ()),
        (ConsentWritePolicy.CHOICES, ()),
        (ConsentWritePolicy.STAMPS, (ConsentUpdate("p1", profile(True, 10), (BROWSER,), Speaker("anonymous_id=b")),)),
    ],
)
def test_what_is_remembered_is_a_setting(remember, told):
    known = claimed(anonymous_id_b=profile(False, 5))
    found = [someone("p1", "anonymous_id=b")]
    taken = take(an_event("m1", anonymousId="b", context=YES), found=found, remember=remember, memories=known)
    assert taken.intents == told


def test_a_stamp_that_repeats_what_is_known_writes_nothing():
    known = claimed(user_id_u=profile(True, 5))
    found = [someone("p1", "user_id=u")]
    taken = take(
        an_event("m1", userId="u", context=YES), found=found, remember=ConsentWritePolicy.STAMPS, memories=known
    )
    assert taken.intents == ()


def test_a_consent_state_is_remembered_with_its_own_time():
    state = {"gdpr": {"ads": {"consented": True, "timestamp_unixtime_ms": 7}}}
    taken = take(an_event("m1", userId="u", consent_state=state))
    assert taken.intents[-1] == ConsentUpdate("new-0", profile(True, 7), (Identity("user_id", "u"),))
    assert sent(taken) == ["m1"]


def test_an_older_record_does_not_undo_a_newer_choice():
    state = {"gdpr": {"ads": {"consented": True, "timestamp_unixtime_ms": 3}}}
    known = claimed(user_id_u=profile(False, 5))
    taken = take(an_event("m1", userId="u", consent_state=state), found=[someone("p1", "user_id=u")], memories=known)
    assert taken.intents == ()
    assert sent(taken) == []


def test_two_people_in_one_batch_are_judged_apart():
    taken = take(an_event("m1", userId="u", context=YES), an_event("m2", userId="v", context=NO))
    assert sent(taken) == ["m1"]
    assert [person for _, person in taken.kept] == ["new-0", "new-1"]


def test_an_alias_joins_who_was_before_with_who_is_now():
    event = replace(
        an_event("m1", kind=EventKind.ALIAS, userId="u", previousId="a"), previous=(Identity("anonymous_id", "a"),)
    )
    taken = take(event, found=[someone("p1", "anonymous_id=a")])
    assert taken.intents == (LinkIdentifiers("p1", frozenset({Identity("user_id", "u")})),)


def test_an_event_that_cannot_be_read_is_kept_and_held():
    event = an_event("m1", userId="u")
    event = replace(event, fields={**event.fields, "context": msgspec.Raw(b"{")})
    taken = take(event)
    assert len(taken.kept) == 1
    assert {one.reason for one in held(taken)} == {"the event cannot be read"}


def test_a_device_is_known_again_by_conversion():
    rules = IdentityRules(
        Strategy.CONVERSION,
        priority=("user_id", "anonymous_id"),
        login=frozenset({"user_id"}),
        unique=frozenset({"user_id"}),
    )
    taken = take(an_event("m1", anonymousId="a"), an_event("m2", userId="u", anonymousId="a"), rules=rules)
    assert {person for _, person in taken.kept} == {"new-0"}
