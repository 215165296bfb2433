"""The tour that newcomers watch is told as promised, by the command they type."""

import subprocess
import sys
from pathlib import Path

import pytest

PLACET = Path(sys.executable).parent / "placet"


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The demo, once through."""
    folder = tmp_path_factory.mktemp("demo")
    command = [PLACET, "demo", "--once", "--port", "0", "--folder", folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_every_answer_of_the_tour_is_as_told(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert "every answer was as told" in tour.stdout


def test_the_tour_shows_the_reasons_and_all_four_journeys(tour: subprocess.CompletedProcess[str]) -> None:
    for told in ("banner · 101", "no banner · 151", "no banner · 152", "banner · 107", "304 not modified"):
        assert told in tour.stdout
    for number in range(1, 5):
        assert f"Journey {number} of 4" in tour.stdout


def test_the_tour_ends_with_an_event_that_goes_one_that_is_stopped_and_a_destination_that_is_told(
    tour: subprocess.CompletedProcess[str],
) -> None:
    assert tour.stdout.count("(analytics) got it") == 2
    assert tour.stdout.count("(advertising) got it") == 1
    assert "got nothing but the news" in tour.stdout
    assert "consent.withdrawn" in tour.stdout


def test_every_call_is_shown_as_a_command_to_repeat_it(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.stdout.count("curl -s") >= 20


def test_the_tour_leaves_no_trace_on_stderr(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.stderr == ""
