"""Who is speaking, and the name we keep them under."""

import pytest

from placet.consent.profile.person import Mismatch, Person, masked, pseudonym, who_speaks

PEPPER = b"sixteen bytes or"


@pytest.mark.parametrize(
    ("named", "remembered", "rename", "speaks"),
    [
        ("", "", False, Person("minted")),
        ("", "device", False, Person("device")),
        ("sam", "", False, Person("sam", True)),
        ("sam", "sam", False, Person("sam", True)),
        ("sam", "sam", True, Person("sam", True)),
        ("sam", "device", True, Person("sam", True)),
        ("sam", "device", False, Mismatch("sam", "device")),
        ("Sam", "sam", False, Mismatch("Sam", "sam")),
    ],
)
def test_whom_a_call_speaks_for(named: str, remembered: str, rename: bool, speaks: Person | Mismatch) -> None:
    assert who_speaks(named, remembered, "minted", known=True, rename=rename) == speaks


def test_whom_the_device_merely_remembers_is_not_proven() -> None:
    found = who_speaks("", "sam", "minted", known=True, rename=False)
    assert found == Person("sam", known=False)


def test_the_type_travels_along() -> None:
    found = who_speaks("sam", "", "minted", known=True, rename=False, type="Email")
    assert found == Person("sam", True, "Email")


SAM = pseudonym(PEPPER, "shop", Person("sam", known=True), test=False)


def test_the_same_person_has_the_same_pseudonym() -> None:
    assert pseudonym(PEPPER, "shop", Person("sam", True, "Email"), test=False) == SAM


@pytest.mark.parametrize(
    ("pepper", "organisation", "person", "test"),
    [
        (PEPPER, "shop", Person("sam", known=False), False),
        (PEPPER, "shop", Person("Sam", known=True), False),
        (PEPPER, "other", Person("sam", known=True), False),
        (b"another sixteen.", "shop", Person("sam", known=True), False),
        (PEPPER, "shop", Person("sam", known=True), True),
    ],
    ids=["merely named", "another name", "another organisation", "another pepper", "a test publication"],
)
def test_everybody_else_has_another(pepper: bytes, organisation: str, person: Person, test: bool) -> None:
    assert pseudonym(pepper, organisation, person, test=test) != SAM


def test_a_pseudonym_has_sixteen_bytes_and_nothing_of_the_name() -> None:
    assert len(SAM) == 16
    assert b"sam" not in SAM


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [("", ""), ("a", "*"), ("ab", "**"), ("abc", "a*c"), ("sam@example.org", "s*************g")],
)
def test_a_masked_name_shows_its_ends_at_most(identifier: str, shown: str) -> None:
    assert masked(identifier) == shown
