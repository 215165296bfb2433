"""The list of consent platforms."""

from datetime import UTC, datetime, timedelta

import pytest

from placet.formats.errors import Malformed
from placet.formats.lists import bundled_cmps
from placet.formats.lists.cmps import read_cmps


def test_the_bundled_list_knows_who_has_left():
    known = bundled_cmps()
    left = known.cmps[3]

    assert len(known.cmps) == 218
    assert left.gone(left.deleted_date)
    assert not left.gone(left.deleted_date - timedelta(seconds=1))
    assert not known.cmps[2].gone(datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"lastUpdated":"x","cmps":{}}', b'{"lastUpdated":"2026-01-01T00:00:00Z"}']
)
def test_what_is_no_cmp_list_is_refused(data):
    with pytest.raises(Malformed) as refusal:
        read_cmps(data)

    assert refusal.value.standard == "CMP list"
