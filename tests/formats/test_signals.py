"""What Google, Microsoft and Meta are told: every shared case."""

import pytest
import vectors

from placet.formats.ids import Ids
from placet.formats.signals import (
    google_command,
    google_states,
    google_states_from_tcf,
    meta_options,
    microsoft_command,
)

CASES = vectors.rows("signals.jsonl")


def cases(kind):
    chosen = [each for each in CASES if each["kind"] == kind]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["id"])


@cases("google")
def test_google_and_microsoft_hear_of_categories(case):
    states = google_states(case["given"]["active"], case["given"]["categories"])

    assert states == case["wanted"]["states"]
    options = {"regions": case["given"].get("regions", ()), "wait_ms": case["given"].get("waitMs")}
    assert google_command(states, **options) == case["wanted"]["command"]
    assert microsoft_command(states) == case["wanted"]["microsoft"]


@cases("googleFromTcf")
def test_google_hears_of_purposes(case):
    assert google_states_from_tcf(Ids.of(case["given"])) == case["wanted"]


@cases("meta")
def test_meta_hears_of_limited_data_use(case):
    assert list(meta_options(**case["given"])) == case["wanted"]
