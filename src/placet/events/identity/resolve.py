"""Decides whose an event or an identity request is, and what is to be remembered about it.

1 drop names that name nobody, rank the others
2 whoever brings the id that we gave somebody is them (strategies other than merge)
3 strategy merge: join everybody who shares a name (segment.md §7.3)
  others: narrow the people down, name by name (mparticle.md §5.2)
4 nobody left: make somebody, unless the call only looks
5 remember the names that are new
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby

from msgspec import Struct

from placet.events.event import Identity
from placet.events.identity.graph import (
    DEVICE_KINDS,
    MAX_BOUND,
    MAX_NAMES,
    MAX_NAMESAKES,
    Bind,
    Graph,
    IdentityPerson,
    IdentityRules,
    Intent,
    LinkIdentifiers,
    MakePerson,
    MergePeople,
    UnlinkIdentifiers,
)
from placet.events.identity.strategies import MPID
from placet.settings.identity_strategy import Strategy


class IdentityCall(StrEnum):
    """What was asked for; events ask to identify."""

    IDENTIFY = "identify"
    LOGIN = "login"
    LOGOUT = "logout"
    SEARCH = "search"


class Resolved(Struct, frozen=True):
    """Who it is ("" for nobody), what is to be written, and which of the names given matched.

    `demoted` are names that were left out because a person would have had too many of their kind.
    """

    person: str
    intents: tuple[Intent, ...] = ()
    matched: tuple[Identity, ...] = ()
    demoted: tuple[Identity, ...] = ()
    known: bool = False


def resolve(
    graph: Graph,
    names: tuple[Identity, ...],
    rules: IdentityRules,
    new_id: str,
    call: IdentityCall = IdentityCall.IDENTIFY,
    current: str = "",
    proven: bool = True,
) -> Resolved:
    """Whose names are these?

    `new_id` is what somebody new will be called, `current` who the client was about until now; with strategy
    conversion, that anonymous person is who logs in (mparticle.md §5.2). They must be in the graph to count.
    Without proof (`proven`) an anonymous person logs in only by a call that names one of their devices.
    """
    ranked = rules.ranked(names)
    if rules.strategy is Strategy.MERGE:
        return resolve_by_merging(graph, ranked, rules, new_id, call)
    anew = starts_anew(call, rules)
    open_to = graph if proven else Graph(tuple(p for p in graph.people if may_log_in(p, ranked, rules)))
    found = None if anew else given(open_to, ranked) or narrow(open_to, ranked, rules)
    if found is None and call is IdentityCall.LOGIN and rules.strategy is Strategy.CONVERSION:
        found = anonymous(open_to.by_id.get(current), rules)
    if found is not None:
        return settle_identifiers(graph, found, ranked, rules, () if call is not IdentityCall.SEARCH else None)
    if call is IdentityCall.SEARCH or not ranked:
        return Resolved("")
    left_behind = tuple(leave_devices(graph, ranked, rules)) if anew else ()
    kept_out = bound_to(new_id, [one for one in graph.people if one not in open_to.people and one.id != current])
    return settle_identifiers(
        graph, IdentityPerson(new_id), ranked, rules, (*left_behind, MakePerson(new_id), *kept_out)
    )


def may_log_in(person: IdentityPerson, ranked: list[Identity], rules: IdentityRules) -> bool:
    """May these names, of which nothing is proven, be about this person?

    An anonymous person whom a login name is given to is no longer found by their other names. Most of those anybody
    may know; so a name of one of their devices has to come along.
    """
    if not anonymous(person, rules) or not any(name.kind in rules.login | rules.immutable for name in ranked):
        return True
    return any(name.kind in DEVICE_KINDS and name in person.identities for name in ranked)


def bound_to(new_id: str, people: Sequence[IdentityPerson]) -> tuple[Bind, ...]:
    """What these people refused holds for somebody new, too."""
    names = frozenset[Identity]().union(*(one.identities | one.bound for one in people))
    return (Bind(new_id, frozenset(sorted(names)[:MAX_BOUND])),) if names else ()


def given(graph: Graph, ranked: list[Identity]) -> IdentityPerson | None:
    """Who has the id among the names, if exactly one has: no name of theirs need come along."""
    people = {person.id: person for name in ranked if name.kind == MPID for person in graph.who(name)}
    return next(iter(people.values())) if len(people) == 1 else None


def leave_devices(graph: Graph, ranked: list[Identity], rules: IdentityRules) -> Iterator[UnlinkIdentifiers | Bind]:
    """Somebody new takes the device over: the anonymous people of before are no longer found by it.

    What they refused stays with both.
    """
    devices = frozenset(name for name in ranked if name.kind in DEVICE_KINDS)
    for person in graph.people:
        mine = person.identities & devices
        if mine and anonymous(person, rules):
            yield UnlinkIdentifiers(person.id, mine)
            yield Bind(person.id, mine)


def anonymous(person: IdentityPerson | None, rules: IdentityRules) -> IdentityPerson | None:
    """The person, if there is one and they never logged in."""
    return person if person and not person.of_kinds(rules.login | rules.immutable) else None


def starts_anew(call: IdentityCall, rules: IdentityRules) -> bool:
    """Does this call never return to somebody we know? (Logging out with strategy link.)"""
    return call is IdentityCall.LOGOUT and rules.strategy is Strategy.LINK


def narrow(graph: Graph, ranked: list[Identity], rules: IdentityRules) -> IdentityPerson | None:
    """The one person left when each name in turn, the highest first, narrows down those who may be meant."""
    left: list[IdentityPerson] = []
    for name in ranked:
        found = [person for person in graph.who(name) if may_be(person, ranked, rules)]
        left = [person for person in left if person in found] or left or found
        if len(left) == 1:
            break
    return left[0] if left else None


def may_be(person: IdentityPerson, ranked: list[Identity], rules: IdentityRules) -> bool:
    """May these names lead to this person?

    Somebody with a login or immutable name is found by one of those only. With strategies link and isolation
    somebody without is never found by names that log in: that is a new person.
    """
    logins, immutables = person.of_kinds(rules.login), person.of_kinds(rules.immutable)
    given = frozenset(ranked)
    if (logins and not logins & given) or (immutables and not immutables & given):
        return False
    if rules.strategy in (Strategy.LINK, Strategy.ISOLATION) and not logins:
        return not any(name.kind in rules.login for name in ranked)
    return True


def settle_identifiers(
    graph: Graph,
    person: IdentityPerson,
    ranked: list[Identity],
    rules: IdentityRules,
    before: tuple[Intent, ...] | None,
) -> Resolved:
    """The answer about this person; `before` None means that nothing may be written."""
    matched = tuple(name for name in ranked if name in person.identities)
    room = max(0, MAX_NAMES - len(person.identities))
    new = frozenset([name for name in ranked if may_gain(graph, person, name, rules)][:room])
    login = any(name.kind in rules.login for name in (*matched, *new))
    if before is None:
        return Resolved(person.id, (), matched, (), login)
    links = (LinkIdentifiers(person.id, new),) if new else ()
    return Resolved(person.id, (*before, *links), matched, (), login)


def may_gain(graph: Graph, person: IdentityPerson, name: Identity, rules: IdentityRules) -> bool:
    """Is this name new to the person, free to take, and of a kind of which they may have another?"""
    namesakes = len(graph.who(name))
    if name in person.identities or (name.kind in rules.unique and namesakes) or namesakes >= MAX_NAMESAKES:
        return False
    return name.kind not in rules.single or not person.of_kinds(frozenset({name.kind}))


def modify(
    graph: Graph, person: str, changes: dict[str, str | None], rules: IdentityRules, proven: bool = True
) -> tuple[Intent, ...]:
    """Give a person other names: kind to new value, or None to take it away.

    A unique name that somebody else goes by is taken from them (mparticle.md §5.2, step 4). Whoever loses a name is
    still bound by what was refused under it. Without proof names are only added.
    """
    intents: list[Intent] = []
    mine = graph.by_id[person]
    for kind, value in sorted(changes.items()):
        old = mine.of_kinds(frozenset({kind}))
        new = frozenset({Identity(kind, value)} if value is not None else ())
        if proven and (gone := old - new):
            intents.extend(parted(person, gone))
        for name in new - old:
            others = [other.id for other in graph.who(name) if other.id != person and kind in rules.unique]
            for other in others if proven else ():
                intents.extend(parted(other, new))
            intents.append(LinkIdentifiers(person, new))
    return tuple(intents)


def parted(person: str, names: frozenset[Identity]) -> tuple[UnlinkIdentifiers, Bind]:
    """A person no longer goes by these names; what was refused under them stays."""
    return UnlinkIdentifiers(person, names), Bind(person, names)


def may_add(graph: Graph, person: str, name: Identity, rules: IdentityRules) -> bool:
    """May somebody without proof give this person one more name?

    Not one by which anybody else is found, if names are unique or people who share one are joined; not a second of
    which people have one; none that logs in, after which they are not found by their other names; and not too many.
    """
    mine = graph.by_id[person]
    if name.kind in rules.login | rules.immutable or not may_gain(graph, mine, name, rules):
        return False
    if rules.strategy is not Strategy.MERGE:
        return len(mine.identities) < MAX_NAMES
    return not graph.who(name) and fits([mine], [name], rules)


def may_take(graph: Graph, person: str, name: Identity, rules: IdentityRules) -> bool:
    """May somebody be given this name by a server that proved its key, though others may go by it?

    Where people who share a name are one (strategy merge), a name is never taken; nor one that cannot be changed.
    """
    others = [one for one in graph.who(name) if one.id != person]
    if not others or (rules.strategy is not Strategy.MERGE and name.kind not in rules.unique):
        return len(others) < MAX_NAMESAKES
    return rules.strategy is not Strategy.MERGE and name.kind not in rules.immutable


def known(person: IdentityPerson, rules: IdentityRules) -> bool:
    """Has this person ever logged in?"""
    return bool(person.of_kinds(rules.login))


def resolve_by_merging(
    graph: Graph, ranked: list[Identity], rules: IdentityRules, new_id: str, call: IdentityCall
) -> Resolved:
    """Everybody who shares one of the names is one person, as far as the limits allow.

    While the person that would result has too many names of a kind, the lowest name that came in is left out.
    """
    kept = list(ranked)
    while kept:
        people = sharing(graph, kept)
        if fits(people, kept, rules):
            break
        kept.pop()
    if not kept or (call is IdentityCall.SEARCH and not people):
        return Resolved("", demoted=tuple(ranked))
    matched = tuple(name for name in kept if any(name in person.identities for person in people))
    demoted = tuple(name for name in ranked if name not in kept)
    intents = (
        ()
        if call is IdentityCall.SEARCH
        else (*merge_intents(people, kept, new_id), *bind_demoted(people, demoted, new_id))
    )
    login = any(name.kind in rules.login for name in kept)
    return Resolved(people[0].id if people else new_id, intents, matched, demoted, login)


def bind_demoted(people: list[IdentityPerson], demoted: tuple[Identity, ...], new_id: str) -> tuple[Bind, ...]:
    """What was refused under names of somebody that found no room holds for them; not under a device's, which may be
    lent.
    """
    bound = frozenset[Identity]().union(*(person.bound for person in people))
    names = frozenset(name for name in demoted if name.kind not in DEVICE_KINDS and name.kind != MPID) - bound
    fitting = frozenset(sorted(names)[: max(0, MAX_BOUND - len(bound))])
    return (Bind(people[0].id if people else new_id, fitting),) if fitting else ()


def sharing(graph: Graph, names: list[Identity]) -> list[IdentityPerson]:
    """Everybody who goes by one of the names, oldest first."""
    found = {person.id: person for name in names for person in graph.who(name)}
    return [found[one] for one in sorted(found)]


def fits(people: list[IdentityPerson], names: list[Identity], rules: IdentityRules) -> bool:
    """Would one person with all these names stay within the limits?

    Somebody who is over a limit already (it was lowered since) is not made worse, so that counts as fitting.
    """
    together = frozenset(names).union(*(person.identities for person in people))
    if any(together == person.identities for person in people):
        return True
    if len(together) > MAX_NAMES:
        return False
    counted = together.difference(*(person.old for person in people))
    kinds = sorted(name.kind for name in counted)
    return all(rules.limit(kind) == 0 or len(list(same)) <= rules.limit(kind) for kind, same in groupby(kinds))


def merge_intents(people: list[IdentityPerson], names: list[Identity], new_id: str) -> tuple[Intent, ...]:
    """Make somebody, or join those there are into the oldest; then remember the names."""
    first = people[0] if people else IdentityPerson(new_id)
    intents: list[Intent] = [] if people else [MakePerson(new_id)]
    if len(people) > 1:
        intents.append(MergePeople(first.id, tuple(person.id for person in people[1:])))
    has = frozenset[Identity]().union(*(person.identities for person in people))
    if new := frozenset(names) - has:
        intents.append(LinkIdentifiers(first.id, new))
    return tuple(intents)
