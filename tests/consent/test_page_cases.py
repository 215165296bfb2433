"""The cases the browser runs say what this server does."""

import pytest

from tests.consent.page_cases import FILES, VECTORS, text


@pytest.mark.parametrize("name", FILES)
def test_the_file_of_cases_is_what_this_server_does_now(name: str) -> None:
    assert (VECTORS / name).read_text() == text(name), "python -m tests.consent.page_cases"
