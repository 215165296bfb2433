"""Names that many owners share, and what origins have in common."""

import pytest

from placet.formats.domains import common_domain, host_of, is_public_suffix


@pytest.mark.parametrize("host", ["com", "co.uk", "github.io", "test", "com.au", "xn--p1ai", ""])
def test_strangers_may_register_below_these(host: str) -> None:
    assert is_public_suffix(host)


@pytest.mark.parametrize("host", ["shop.co.uk", "shop.test", "me.github.io", "www.shop.com.au", "127.0.0.1"])
def test_these_have_one_owner(host: str) -> None:
    assert not is_public_suffix(host)


@pytest.mark.parametrize(
    ("origins", "domain"),
    [
        (("https://a.co.uk", "https://b.co.uk"), "co.uk"),
        (("https://www.shop.test", "https://blog.shop.test:8443"), "shop.test"),
        (("https://www.shop.test",), "shop.test"),
        (("https://a.com", "https://b.com"), ""),
        (("http://localhost:8080",), ""),
        ((), ""),
    ],
)
def test_the_domain_that_origins_have_in_common(origins: tuple[str, ...], domain: str) -> None:
    assert common_domain(origins) == domain


def test_an_origin_has_a_host() -> None:
    assert host_of("https://www.shop.test:8443") == "www.shop.test"
