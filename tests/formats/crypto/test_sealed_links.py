"""A link opens for its site and until its end, and shows nobody whose it is."""

import re

import pytest

from placet.formats.crypto.jwt_verify import TokenRefused
from placet.formats.crypto.sealed_links import MOST, PreferenceLink, read, write
from placet.formats.crypto.secret_box import make

VAULT, OTHER = make(b"m" * 32), make(b"n" * 32)
LINK = PreferenceLink("5d0c1b3e-0000-4000-8000-000000000001", "ada@example.com", 2_000, "Email")
TEXT = write(LINK, VAULT, bytes(range(12)))


def test_a_link_is_read_as_it_was_written():
    assert read(TEXT, LINK.app_id, VAULT, 1_999) == LINK
    assert read(TEXT, LINK.app_id.upper(), VAULT, 0) == LINK


def test_a_link_fits_into_an_address_and_names_nobody():
    assert re.fullmatch(r"[\w.=-]+", TEXT, re.ASCII)
    assert "ada" not in TEXT


@pytest.mark.parametrize(
    ("text", "app_id", "secret_box", "now", "why"),
    [
        (TEXT, LINK.app_id, VAULT, 2_000, "expired"),
        (TEXT, "another", VAULT, 0, "not made"),
        (TEXT, LINK.app_id, OTHER, 0, "not made"),
        (TEXT[:-5] + "AAAA=", LINK.app_id, VAULT, 0, "not made"),
        ("", LINK.app_id, VAULT, 0, "not made"),
        ("ä.ö", LINK.app_id, VAULT, 0, "not made"),
        ("a" * (MOST + 1), LINK.app_id, VAULT, 0, "longer"),
    ],
)
def test_what_is_no_link_of_ours_is_refused(text, app_id, secret_box, now, why):
    refused = read(text, app_id, secret_box, now)
    assert isinstance(refused, TokenRefused) and why in refused.reason
