"""Verdicts as a batch keeps them: each once, and who gave which."""

import pytest

from placet.events.filters.actions import DropFields
from placet.events.policy.verdict import ALLOWED, Allowed, Held, PolicyStep
from placet.events.policy.verdict_table import Verdicts, VerdictTable

REFUSED = Held(PolicyStep.CONSENT, "no consent (refused: ads)", "connections/ads/purposes")
CLOSED = Held(PolicyStep.SWITCH, "the connection is switched off", "connections/store")


def edited():
    """A fresh verdict that lets an event pass without a field, as gates with edits give them."""
    return Allowed((DropFields({"": ("email",)}),))


@pytest.mark.parametrize(
    ("given", "said", "rows", "count"),
    [
        ([], 0, 0, (0, 0)),
        ([[]], 0, 1, (0, 0)),
        ([[ALLOWED, REFUSED]], 2, 1, (1, 1)),
        ([[ALLOWED, ALLOWED]] * 3, 1, 1, (6, 0)),
        ([[ALLOWED, REFUSED], [CLOSED, REFUSED], [ALLOWED, REFUSED]], 3, 2, (2, 4)),
        ([[edited(), REFUSED], [edited(), REFUSED]], 2, 1, (2, 2)),
    ],
)
def test_each_verdict_is_written_once_and_every_event_finds_its_own(given, said, rows, count):
    tally = VerdictTable()
    for verdicts in given:
        tally.add(verdicts)
    kept = tally.settled()
    assert [kept.about(place) for place in range(len(given))] == [tuple(verdicts) for verdicts in given]
    assert (len(kept.said), len(kept.rows), kept.count()) == (said, rows, count)


def test_the_gates_that_let_an_event_pass_are_told_by_row():
    kept = Verdicts((ALLOWED, REFUSED), ((0, 1, 0), (1, 1, 1)), (1, 0))
    assert kept.allowing() == [(0, 2), ()]
