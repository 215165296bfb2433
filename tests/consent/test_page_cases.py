"""The cases the browser runs say what this server does."""

from tests.consent.page_cases import FILE, text


def test_the_file_of_cases_is_what_this_server_does_now() -> None:
    assert FILE.read_text() == text(), "python -m tests.consent.page_cases"
