"""Whoever read somebody's choice before it was changed here is told so; of what is long past it is assumed."""

import pytest

from placet.runtime.recent_changes import RecentChanges
from tests.stores.rows import ANNA, BERT, key


@pytest.mark.parametrize("people, changed", [([ANNA], True), ([BERT], False), ([BERT, ANNA], True), ([], False)])
def test_a_change_is_seen_by_who_read_before_it(people, changed):
    changes = RecentChanges()
    changes.record(BERT)
    read = changes.number
    changes.record(ANNA)
    assert changes.since(read, people) is changed
    assert changes.since(changes.number, people) is False


def test_what_is_no_longer_remembered_may_have_changed():
    changes = RecentChanges(limit=3)
    read = changes.number
    for n in range(4):
        changes.record(key(str(n)))
    assert changes.since(read, [ANNA])
    assert not changes.since(changes.number, [ANNA])
    assert len(changes.latest) == 3
