"""Whose is it? The scenarios of both references, and the laws of joining people."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus, merge
from placet.events.event import Identity
from placet.events.identity.consent_by_identifier import IdentifierConsent, agreed
from placet.events.identity.graph import (
    Bind,
    Graph,
    IdentityPerson,
    IdentityRules,
    LinkIdentifiers,
    MakePerson,
    MergePeople,
    UnlinkIdentifiers,
    apply,
)
from placet.events.identity.resolve import IdentityCall, modify, resolve
from placet.events.identity.strategies import PERSONAL, SEGMENT_RULES, rules_from
from placet.settings.identity_strategy import IdentitySetting, Strategy


def names(text):
    """`customer_id=K,email=e` as identities."""
    return tuple(Identity(*pair.split("=")) for pair in text.split(",") if pair)


def rules_for(strategy):
    """The workspace of mparticle.md §5.2's scenarios: customer id > email > IDFV > Roku."""
    login = {
        Strategy.CONVERSION: {"customer_id"},
        Strategy.LINK: {"customer_id", "email"},
        Strategy.ISOLATION: {"customer_id", "email"},
        Strategy.BEST_MATCH: set(),
    }[strategy]
    unique = frozenset() if strategy is Strategy.BEST_MATCH else frozenset({"customer_id", "email"})
    priority = ("customer_id", "email", "ios_idfv", "roku_aid")
    return IdentityRules(strategy, priority, frozenset(login), unique, single=PERSONAL)


class House:
    """A workspace through several calls, each new person called P1, P2, …"""

    def __init__(self, rules):
        self.rules, self.graph, self.made = rules, Graph(), 0

    def __call__(self, call, text):
        answer = resolve(self.graph, names(text), self.rules, f"P{self.made + 1}", call)
        self.made += any(isinstance(intent, MakePerson) for intent in answer.intents)
        self.graph = apply(self.graph, answer.intents)
        return answer.person

    def modify(self, person, changes):
        self.graph = apply(self.graph, modify(self.graph, person, changes, self.rules))

    def has(self, person):
        return {f"{name.kind}={name.value}" for name in self.graph.by_id[person].identities}


def test_the_nine_steps_of_profile_conversion():
    context = House(rules_for(Strategy.CONVERSION))
    assert context(IdentityCall.IDENTIFY, "ios_idfv=7") == "P1"
    assert context(IdentityCall.LOGIN, "customer_id=K,email=e1,ios_idfv=7") == "P1"
    assert context(IdentityCall.LOGOUT, "ios_idfv=7") == "P2"
    assert context(IdentityCall.LOGIN, "customer_id=K,email=e1,ios_idfv=7") == "P1"
    assert context(IdentityCall.IDENTIFY, "email=e2") == "P3"
    context.modify("P1", {"email": "e2"})
    assert context.has("P1") == {"customer_id=K", "email=e2", "ios_idfv=7"}
    assert context.has("P3") == set()
    assert context(IdentityCall.IDENTIFY, "roku_aid=9") == "P4"
    assert context(IdentityCall.LOGIN, "customer_id=K,roku_aid=9") == "P1"
    assert "roku_aid=9" in context.has("P1")
    assert context(IdentityCall.IDENTIFY, "ios_idfv=7") != "P1"


@pytest.mark.parametrize(
    ("strategy", "after_login", "after_logout"),
    [
        (Strategy.CONVERSION, "P1", "P2"),
        (Strategy.LINK, "P2", "P3"),
        (Strategy.ISOLATION, "P2", "P1"),
        (Strategy.BEST_MATCH, "P1", "P1"),
    ],
)
def test_a_first_login_and_a_logout(strategy, after_login, after_logout):
    context = House(rules_for(strategy))
    assert context(IdentityCall.IDENTIFY, "ios_idfv=7") == "P1"
    assert context(IdentityCall.LOGIN, "customer_id=K,ios_idfv=7") == after_login
    assert context(IdentityCall.LOGOUT, "ios_idfv=7") == after_logout


@pytest.mark.parametrize("strategy", [Strategy.CONVERSION, Strategy.LINK, Strategy.ISOLATION])
def test_a_device_alone_never_leads_to_somebody_who_logged_in(strategy):
    context = House(rules_for(strategy))
    known = context(IdentityCall.LOGIN, "customer_id=K,ios_idfv=7")
    assert context(IdentityCall.IDENTIFY, "ios_idfv=7") != known
    assert context(IdentityCall.LOGIN, "customer_id=K,ios_idfv=8") == known


def test_the_next_name_breaks_a_tie():
    people = (
        IdentityPerson("P1", frozenset(names("ios_idfv=7,roku_aid=1"))),
        IdentityPerson("P2", frozenset(names("ios_idfv=7,roku_aid=2"))),
    )
    answer = resolve(Graph(people), names("ios_idfv=7,roku_aid=2"), rules_for(Strategy.BEST_MATCH), "P3")
    assert answer.person == "P2"


def test_an_immutable_name_is_needed_to_find_who_has_one():
    rules = replace(rules_for(Strategy.BEST_MATCH), immutable=frozenset({"customer_id"}))
    graph = Graph((IdentityPerson("P1", frozenset(names("customer_id=K,email=e"))),))
    assert resolve(graph, names("email=e"), rules, "P2").person == "P2"
    assert resolve(graph, names("email=e,customer_id=K"), rules, "P2").person == "P1"


@pytest.mark.parametrize(
    ("strategy", "has", "expected"),
    [
        (Strategy.CONVERSION, "device=1", "P1"),
        (Strategy.CONVERSION, "customer_id=J", "P2"),
        (Strategy.LINK, "device=1", "P2"),
        (Strategy.ISOLATION, "device=1", "P2"),
    ],
)
def test_who_was_anonymous_until_now_becomes_known_by_conversion_alone(strategy, has, expected):
    graph = Graph((IdentityPerson("P1", frozenset(names(has))),))
    answer = resolve(graph, names("customer_id=K"), rules_for(strategy), "P2", IdentityCall.LOGIN, current="P1")
    assert answer.person == expected


def test_a_search_writes_nothing():
    rules = rules_for(Strategy.CONVERSION)
    graph = Graph((IdentityPerson("P1", frozenset(names("ios_idfv=7"))),))
    found = resolve(graph, names("ios_idfv=7,email=e"), rules, "P2", IdentityCall.SEARCH)
    assert (found.person, found.intents, found.matched) == ("P1", (), names("ios_idfv=7"))
    assert resolve(graph, names("ios_idfv=8"), rules, "P2", IdentityCall.SEARCH).person == ""


def test_a_unique_name_is_not_taken_from_somebody_by_logging_in():
    rules = rules_for(Strategy.CONVERSION)
    graph = Graph(
        (IdentityPerson("P1", frozenset(names("customer_id=K"))), IdentityPerson("P2", frozenset(names("email=e"))))
    )
    assert resolve(graph, names("customer_id=K,email=e"), rules, "P3").intents == ()


def test_a_name_of_which_people_have_one_is_not_added_to_another():
    graph = Graph((IdentityPerson("P1", frozenset(names("customer_id=K,email=e1"))),))
    assert resolve(graph, names("customer_id=K,email=e2"), rules_for(Strategy.CONVERSION), "P2").intents == ()


def test_modify_takes_names_away():
    graph = Graph((IdentityPerson("P1", frozenset(names("customer_id=K,email=e1"))),))
    rules = rules_for(Strategy.CONVERSION)
    gone = frozenset(names("email=e1"))
    assert modify(graph, "P1", {"email": None}, rules) == (UnlinkIdentifiers("P1", gone), Bind("P1", gone))
    assert modify(graph, "P1", {"email": None}, rules, proven=False) == ()


@pytest.mark.parametrize("value", ["", "0", "000-000", "-1", "null", "NULL", "anonymous", " "])
def test_names_that_name_nobody_are_left_out(value):
    names_given = (Identity("user_id", value), Identity("anonymous_id", "a"))
    answer = resolve(Graph(), names_given, SEGMENT_RULES, "P1")
    assert answer.intents == (MakePerson("P1"), LinkIdentifiers("P1", frozenset({Identity("anonymous_id", "a")})))


@pytest.mark.parametrize("rules", [SEGMENT_RULES, rules_from(IdentitySetting(Strategy.CONVERSION))])
def test_nobody_is_made_without_a_name(rules):
    assert resolve(Graph(), (), rules, "P1").person == ""


def test_over_the_limit_the_lowest_name_that_came_in_is_left_out():
    graph = Graph((IdentityPerson("P1", frozenset(names("user_id=abc,email=e"))),))
    answer = resolve(graph, names("user_id=xyz,email=e"), SEGMENT_RULES, "P2")
    assert answer.person == "P2"
    assert answer.demoted == names("email=e")
    assert apply(graph, answer.intents).by_id["P2"].identities == frozenset(names("user_id=xyz"))


def test_a_sixth_device_is_not_added():
    six = ",".join(f"anonymous_id=a{n}" for n in range(5))
    graph = Graph((IdentityPerson("P1", frozenset(names(f"user_id=u,{six}"))),))
    answer = resolve(graph, names("user_id=u,anonymous_id=a9"), SEGMENT_RULES, "P2")
    assert (answer.person, answer.intents, answer.demoted) == ("P1", (), names("anonymous_id=a9"))


def test_a_name_that_is_older_than_its_window_makes_room_for_another():
    five = names(",".join(f"anonymous_id=a{n}" for n in range(5)))
    person = IdentityPerson("P1", frozenset((*names("user_id=u"), *five)), old=frozenset(five[:1]))
    answer = resolve(Graph((person,)), names("user_id=u,anonymous_id=a9"), SEGMENT_RULES, "P2")
    assert (answer.person, answer.demoted) == ("P1", ())
    after = apply(Graph((person,)), answer.intents)
    again = resolve(after, names("user_id=u,anonymous_id=a8"), SEGMENT_RULES, "P2")
    assert again.demoted == names("anonymous_id=a8")


def test_who_is_joined_brings_along_what_is_old():
    old = frozenset(names("anonymous_id=a"))
    graph = Graph((IdentityPerson("P1", frozenset(names("user_id=u"))), IdentityPerson("P2", old, old)))
    assert apply(graph, (MergePeople("P1", ("P2",)),)).by_id["P1"].old == old


def test_whoever_shares_a_name_is_joined_into_the_oldest():
    graph = Graph(
        (IdentityPerson("P1", frozenset(names("anonymous_id=a"))), IdentityPerson("P2", frozenset(names("user_id=u"))))
    )
    answer = resolve(graph, names("user_id=u,anonymous_id=a"), SEGMENT_RULES, "P3")
    assert answer.intents == (MergePeople("P1", ("P2",)),)
    assert answer.known


FREE = replace(SEGMENT_RULES, limits={}, most=0)
SOME_NAMES = st.builds(Identity, st.sampled_from(["user_id", "email", "anonymous_id"]), st.sampled_from("abcd"))
BATCHES = st.lists(st.lists(SOME_NAMES, min_size=1, max_size=3).map(tuple), max_size=8)


def people_after(batches):
    """Who there is in the end, as sets of names, and what each agreed to; every batch tells a choice."""
    graph, told = Graph(), {}
    for place, batch in enumerate(batches):
        graph = apply(graph, resolve(graph, batch, FREE, f"P{place:03}").intents)
        for name in batch:
            told[name] = merge(told.get(name, Profile()), a_profile(batch))
    everybody = (
        (one.identities, agreed([IdentifierConsent(claimed=told[name]) for name in one.identities]))
        for one in graph.people
    )
    return {(names, tuple(sorted(consent.items.items()))) for names, consent in everybody}


def a_profile(batch):
    """A choice whose time and answer hang on the names alone."""
    weight = sum(map(ord, "".join(name.kind + name.value for name in batch)))
    return Profile({"ads": Item(PurposeStatus.ACTIVE if weight % 2 else PurposeStatus.OPT_OUT, weight)}, weight)


@settings(max_examples=150)
@given(BATCHES, st.randoms(use_true_random=False))
def test_the_same_events_in_any_order_end_in_the_same_people_with_the_same_consent(batches, jitter):
    shuffled = list(batches)
    jitter.shuffle(shuffled)
    assert people_after(shuffled) == people_after(batches)


@settings(max_examples=60)
@given(BATCHES)
def test_every_name_belongs_to_one_person(batches):
    graph = Graph()
    for place, batch in enumerate(batches):
        graph = apply(graph, resolve(graph, batch, FREE, f"P{place:03}").intents)
    every = [name for person in graph.people for name in person.identities]
    assert len(every) == len(set(every))


@settings(max_examples=60)
@given(BATCHES)
def test_no_person_ends_above_a_limit(batches):
    rules = replace(SEGMENT_RULES, limits={"user_id": 1}, most=2)
    graph = Graph()
    for place, batch in enumerate(batches):
        graph = apply(graph, resolve(graph, batch, rules, f"P{place:03}").intents)
    for person in graph.people:
        kinds = [name.kind for name in person.identities]
        assert all(kinds.count(kind) <= rules.limit(kind) for kind in kinds)


@settings(max_examples=60)
@given(BATCHES, st.sampled_from([Strategy.CONVERSION, Strategy.LINK, Strategy.ISOLATION, Strategy.BEST_MATCH]))
def test_asking_again_changes_nothing_but_a_logout(batches, strategy):
    rules = IdentityRules(strategy, ("user_id", "email"), login=frozenset({"user_id"}), unique=frozenset({"user_id"}))
    graph = Graph()
    for place, batch in enumerate(batches):
        first = resolve(graph, batch, rules, f"P{place:03}")
        graph = apply(graph, first.intents)
        again = resolve(graph, batch, rules, "new")
        assert (again.person, again.intents) == (first.person, ())
