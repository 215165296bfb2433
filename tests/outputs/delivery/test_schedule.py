"""A delivery is due at once, or at the end of its destination's window; its withdrawal waits in the same queue."""

import pytest

from placet.events.records.task import DELIVER, GATHER
from placet.outputs.delivery.schedule import turn_of
from placet.outputs.registry import all_destinations
from placet.settings.connections import DestinationSetting


@pytest.mark.parametrize("type, now, turn", [
    ("webhook", 61_001, (DELIVER, 61_001)),
    ("mixpanel", 61_001, (DELIVER, 61_001)),
    ("parquet", 61_001, (GATHER, 120_000)),
    ("parquet", 120_000, (GATHER, 180_000)),
    ("postgresql", 61_001, (GATHER, 62_000)),
    ("nobody knows", 61_001, (DELIVER, 61_001)),
])  # fmt: skip
def test_a_destination_that_gathers_is_sent_to_when_its_window_ends(type: str, now: int, turn: tuple[str, int]) -> None:
    assert turn_of(DestinationSetting("d", "D", type=type), all_destinations(), now) == turn


def test_a_destination_that_is_gone_takes_its_turn_with_the_others() -> None:
    assert turn_of(None, all_destinations(), 5) == (DELIVER, 5)
