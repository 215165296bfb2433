"""A gzip body of many members is refused after a fixed number of them, however small each is."""

import gzip

import pytest

from placet.api.http.request import MAX_MEMBERS, Limits, unpack
from placet.formats.errors import Malformed


def test_few_members_are_joined() -> None:
    assert unpack(gzip.compress(b"ab", mtime=0) * MAX_MEMBERS, Limits()) == b"ab" * MAX_MEMBERS


@pytest.mark.parametrize("member", [gzip.compress(b"", mtime=0), gzip.compress(b"a", mtime=0)])
def test_many_members_are_refused(member: bytes) -> None:
    with pytest.raises(Malformed, match=f"more than {MAX_MEMBERS} members"):
        unpack(member * 50_000, Limits())
