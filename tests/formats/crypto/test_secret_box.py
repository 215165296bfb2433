"""What was sealed opens with its key, in its place, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.crypto.secret_box import BrokenSecret, SecretBox, make

MASTER = b"m" * 32
OTHER = b"n" * 32
NONCE = bytes(range(12))


@given(st.binary(), st.text(), st.binary(min_size=12, max_size=12))
def test_what_was_sealed_opens_again(plain: bytes, about: str, nonce: bytes) -> None:
    assert make(MASTER).open(make(MASTER).seal(plain, about, nonce), about) == plain


def test_a_seal_shows_nothing_but_its_key() -> None:
    sealed = make(MASTER).seal(b"hunter2", "us", NONCE)
    assert sealed.startswith(f"sealed:{make(MASTER).current}:")
    assert "hunter2" not in sealed


@pytest.mark.parametrize("spoil, secret_box, about", [
    (lambda sealed: sealed, make(OTHER), "us"),
    (lambda sealed: sealed, make(MASTER), "them"),
    (lambda sealed: sealed[:-4] + "AAAA", make(MASTER), "us"),
    (lambda sealed: sealed[:-3], make(MASTER), "us"),
    (lambda sealed: sealed.partition(":")[2], make(MASTER), "us"),
    (lambda sealed: "", make(MASTER), "us"),
    (lambda sealed: f"sealed:{make(MASTER).current}:", make(MASTER), "us"),
    (lambda sealed: f"sealed:{make(MASTER).current}:é", make(MASTER), "us"),
], ids="other-key other-place changed cut unmarked empty nothing-inside no-base64".split())  # fmt: skip
def test_nothing_else_opens(spoil, secret_box: SecretBox, about: str) -> None:
    with pytest.raises(BrokenSecret):
        secret_box.open(spoil(make(MASTER).seal(b"hunter2", "us", NONCE)), about)


def test_an_older_key_still_opens_after_rotation_but_no_longer_seals() -> None:
    old = make(MASTER).seal(b"hunter2", "us", NONCE)
    rotated = make(OTHER, MASTER)
    assert rotated.open(old, "us") == b"hunter2"
    assert not rotated.is_current(old)
    assert rotated.is_current(rotated.seal(b"hunter2", "us", NONCE))


def test_a_short_master_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes or more"):
        make(b"short")
