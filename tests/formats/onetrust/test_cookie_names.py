"""The cookies of OneTrust's web SDK, by name."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.onetrust.cookie_names import GPP_PIECE, MAX_PIECES, Cookies, decode, encode
from placet.formats.onetrust.optanon_cookie import OptanonConsent

EVERYTHING = Cookies(
    consent=OptanonConsent({"groups": "C0001:1", "GPPCookiesCount": "1"}),
    closed=datetime(2026, 11, 21, 10, tzinfo=UTC),
    tc="CQgcD4A",
    additional="2~39.43~dv.",
    gpp="DBABLA~CVQVAAAAAACA.YA",
    usp="1YNN",
)
IN_COOKIES = {
    "OptanonConsent": "groups=C0001%3A1&GPPCookiesCount=1",
    "OptanonAlertBoxClosed": "2026-11-21T10:00:00.000Z",
    "eupubconsent-v2": "CQgcD4A",
    "OTAdditionalConsentString": "2~39.43~dv.",
    "usprivacy": "1YNN",
    "OTGPPConsent": "DBABLA~CVQVAAAAAACA.YA",
}


def test_every_cookie_has_its_name():
    assert encode(EVERYTHING) == IN_COOKIES
    assert decode({"session": "x", **IN_COOKIES}) == EVERYTHING


def test_without_cookies_nothing_is_said():
    assert decode({"session": "x"}) == Cookies()
    assert encode(Cookies()) == {}


def test_a_site_with_separate_subdomains_adds_its_hash_to_every_name():
    named = {f"{name}_ab12": text for name, text in IN_COOKIES.items()}

    assert encode(EVERYTHING, suffix="_ab12") == named
    assert decode(named, suffix="_ab12") == EVERYTHING
    assert decode(named) == Cookies()


@given(st.integers(0, 3 * GPP_PIECE), st.sampled_from(["", "_ab12"]))
def test_a_long_gpp_string_is_cut_and_joined(length, suffix):
    cookies = Cookies(consent=OptanonConsent({}), gpp="D" * length or None)

    written = encode(cookies, suffix=suffix)

    assert decode(written, suffix=suffix).gpp == cookies.gpp
    assert all(len(text) <= GPP_PIECE for text in written.values())


def test_the_pieces_are_counted_in_the_consent_cookie():
    written = encode(Cookies(consent=OptanonConsent({"groups": ""}), gpp="D" * (GPP_PIECE + 1)))

    assert list(written) == ["OptanonConsent", "OTGPPConsent1", "OTGPPConsent2"]
    assert written["OptanonConsent"] == "groups=&GPPCookiesCount=2"


def test_a_missing_piece_is_refused():
    with pytest.raises(Malformed, match="piece 1 is missing"):
        decode({"OTGPPConsent2": "D"})


def test_a_gpp_string_that_fills_too_many_cookies_is_refused():
    with pytest.raises(Malformed, match="do not fit"):
        encode(Cookies(gpp="D" * (GPP_PIECE * MAX_PIECES + 1)))


@pytest.mark.parametrize("name", ["OptanonConsent", "OptanonAlertBoxClosed"])
def test_a_broken_cookie_is_refused_by_name(name):
    with pytest.raises(Malformed, match=name):
        decode({name: "a=%"})
