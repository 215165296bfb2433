"""An event is about whom it names first, and nobody's unproven yes outweighs a proven no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.consent.profile import Item, Profile, Standing
from placet.events.event import Event, Kind
from placet.events.identity import Identity
from placet.events.whose import both, first_named, names_in

USER, DEVICE, EMAIL = Identity("user_id", "u"), Identity("anonymous_id", "a"), Identity("email", "e@x.example")


def an_event(*names: Identity) -> Event:
    return Event("m", "web", Kind.TRACK, 1, 1, {}, identities=names, previous=(EMAIL,))


@pytest.mark.parametrize("names, first", [
    ((DEVICE, EMAIL, USER), (USER,)),
    ((EMAIL, DEVICE), (DEVICE,)),
    ((EMAIL,), ()),
    ((Identity("user_id", "null"), DEVICE), (DEVICE,)),
    ((Identity("user_id", "000-0"),), ()),
])  # fmt: skip
def test_the_user_comes_before_the_device_and_nobody_else_counts(names, first):
    event = first_named(an_event(*names))
    assert (event.identities, event.previous) == (first, ())


def test_everybody_is_named_once():
    assert names_in([an_event(USER), an_event(USER), an_event(DEVICE)]) == (USER, DEVICE)


YES, NO = Item(Standing.ACTIVE, 5), Item(Standing.WITHDRAWN, 5)
items = st.builds(Item, st.sampled_from([Standing.ACTIVE, Standing.OPT_OUT, Standing.WITHDRAWN]), st.integers(0, 9))
profiles = st.builds(Profile, st.dictionaries(st.sampled_from("abc"), items))


@given(profiles, profiles)
def test_a_refusal_in_either_memory_binds_and_silence_decides_nothing(proven, claimed):
    together = both(proven, claimed).items
    for key in "abc":
        said = [memory.items[key].granted for memory in (proven, claimed) if key in memory.items]
        assert (key in together) == bool(said)
        assert not said or together[key].granted == all(said)
