"""Stacks: only what disclosed vendors need, and each purpose once."""

import pytest

from placet.formats.ids import NONE, Ids
from placet.formats.lists import bundled_list
from placet.formats.lists.stacks import needed_purposes, needed_special_features, stack_faults, usable_stacks

LIST = bundled_list()
EVERYONE = LIST.index.vendors


def vendors_with(purposes):
    """The vendors that need nothing beyond these purposes."""
    return Ids.of(
        each.id for each in LIST.vendors.values() if {*each.purposes, *each.without_asking} <= set(purposes)
    )  # fmt: skip


def test_all_vendors_together_need_everything_and_may_show_every_stack():
    assert needed_purposes(LIST, EVERYONE) == Ids.of(range(1, 12))
    assert needed_special_features(LIST, EVERYONE) == Ids.of([1, 2])
    assert len(usable_stacks(LIST, EVERYONE)) == 45


def test_nobody_needs_nothing():
    assert needed_purposes(LIST, NONE) == NONE
    assert usable_stacks(LIST, NONE) == ()


def test_a_stack_with_a_purpose_that_nobody_needs_is_out():
    few = vendors_with([1, 2, 7])

    assert needed_purposes(LIST, few) <= Ids.of([1, 2, 7])
    for stack in usable_stacks(LIST, few):
        assert set(stack.purposes) <= {1, 2, 7}


def test_no_stack_of_the_list_holds_purpose_one():
    assert not any(1 in stack.purposes for stack in LIST.headings.stacks.values())


@pytest.mark.parametrize("chosen", [(), (1,), (42,), (1, 42)])
def test_stacks_that_share_nothing_may_stand_together(chosen):
    assert list(stack_faults(LIST, chosen, EVERYONE)) == []


def test_a_purpose_in_two_stacks_is_a_fault():
    shared = LIST.headings.stacks[3].purposes

    assert list(stack_faults(LIST, (42, 3), EVERYONE)) == [
        f"purpose {purpose} stands in stack 42 and again in stack 3" for purpose in shared
    ]


def test_a_stack_that_the_list_lacks_is_a_fault():
    assert list(stack_faults(LIST, (99,), EVERYONE)) == ["stack 99 is not in vendor list 45"]


def test_a_stack_that_nobody_needs_is_a_fault():
    (fault,) = stack_faults(LIST, (42,), NONE)

    assert fault == "stack 42 names a purpose or special feature that no disclosed vendor needs"
