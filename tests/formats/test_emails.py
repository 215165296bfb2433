"""What passes for an e-mail address, as in every browser's form."""

import pytest

from placet.formats.emails import LONGEST, is_email


@pytest.mark.parametrize("text", [
    "sam@example.org", "Sam.O'Hara+news@sub.example.co.uk", "a@b", "1@2.3", "x@xn--exmple-cua.org",
    "#!$%&'*+/=?^_`{}|~-@example.org", "a." * 3 + "b@example.org", "a@" + "b" * 63 + ".org",
])  # fmt: skip
def test_addresses(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize("text", [
    "", "sam", "@example.org", "sam@", "sam@@example.org", "sam@example..org", "sam@-example.org", "sam@example-.org",
    "sam example@example.org", "sam@example.org ", "sam@example.org\n", "<sam@example.org>", "sam@exam_ple.org",
    "sam,kim@example.org", "säm@example.org", "a@" + "b" * 64 + ".org", "a" * LONGEST + "@example.org", "sam@.org",
])  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert not is_email(text)
