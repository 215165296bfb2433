"""ISO 3166 codes are told from what merely looks like one."""

import pytest

from placet.formats.places import COUNTRIES, STATES, is_country, is_state


@pytest.mark.parametrize("code", ["DE", "US", "GB", "NO", "XK"])
def test_a_country_is_known(code: str) -> None:
    assert is_country(code)


@pytest.mark.parametrize("code", ["UK", "EU", "de", "XX", "T1", "", "DEU", "ZZ"])
def test_what_is_no_country_is_not(code: str) -> None:
    assert not is_country(code)


@pytest.mark.parametrize("code", ["US-CA", "US-DC", "CA-QC", "DE-BE", "FR-75", "ES-M", "GB-ENG"])
def test_a_state_is_known(code: str) -> None:
    assert is_state(code)


@pytest.mark.parametrize("code", ["US", "US-", "US-ZZ", "CA-CA", "DE-XX", "XX-CA", "us-ca", "FR-75001", "US-CA-LA"])
def test_what_is_no_state_is_not(code: str) -> None:
    assert not is_state(code)


def test_the_tables_are_whole() -> None:
    assert len(COUNTRIES) == 249 + 1
    assert {country: len(states) for country, states in STATES.items()} == {"US": 50 + 1 + 6, "CA": 13, "DE": 16}
