"""Global Privacy Control: every shared case, then any bytes at all."""

import json
from datetime import UTC, date, datetime

import pytest
import vectors
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.gpp.gpc import MAX_BYTES, GpcSupport, opted_out, read_support, write_support

CASES = vectors.rows("signals.jsonl")


def cases(kind):
    chosen = [each for each in CASES if each["kind"] == kind]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["id"])


@cases("gpcHeader")
def test_the_gpc_header(case):
    assert opted_out(case["given"]) is case["wanted"]


@cases("gpcJson")
def test_the_gpc_file(case):
    if case["wanted"] is None:
        with pytest.raises(Malformed, match=r"gpc\.json"):
            read_support(case["given"])
        return
    support = read_support(case["given"])
    assert json.loads(write_support(support)) == case["wanted"]
    assert read_support(write_support(support)) == support


def test_the_gpc_file_keeps_a_date_a_date():
    assert write_support(GpcSupport(True, date(2026, 3, 2))) == b'{"gpc":true,"lastUpdate":"2026-03-02"}'
    assert (
        write_support(GpcSupport(True, datetime(2026, 3, 2, tzinfo=UTC)))
        == b'{"gpc":true,"lastUpdate":"2026-03-02T00:00:00Z"}'
    )


@given(st.binary(max_size=100) | st.just(b" " * (MAX_BYTES + 1)))
def test_any_gpc_file_is_read_or_refused(data):
    with pytest.raises(Malformed):
        read_support(data)
