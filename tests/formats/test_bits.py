"""A row of bits comes back as it went in, and what is no such row is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.bits import MAX_TEXT, BitReader, BitWriter, from_moment, ranges_width
from placet.formats.errors import Malformed
from placet.formats.ids import MAX_ID, Ids

small_ids = st.lists(st.integers(1, 300), max_size=60).map(Ids.of)
runs = st.lists(st.tuples(st.integers(1, MAX_ID - 40), st.integers(0, 40)), max_size=12).map(
    lambda spans: Ids.of(each for first, more in spans for each in range(first, first + more + 1))
)
id_sets = small_ids | runs


def written(kind: str, *values: object) -> BitReader:
    writer = BitWriter()
    getattr(writer, kind)(*values)
    return BitReader.from_web64(writer.to_web64())


@pytest.mark.parametrize(
    "value, code",
    [
        (1, "11"),
        (2, "011"),
        (3, "0011"),
        (4, "1011"),
        (5, "00011"),
        (6, "10011"),
        (7, "01011"),
        (8, "000011"),
    ],
)
def test_a_fibonacci_number_is_spelled_as_the_standard_says(value: int, code: str) -> None:
    writer = BitWriter()
    writer.fibonacci(value)
    assert f"{writer.value:0{writer.length}b}" == code


@pytest.mark.parametrize("kind", ["ranges", "vendors", "fibonacci_ranges", "optimized_ranges"])
@given(ids=id_sets)
def test_every_way_to_write_a_set_brings_it_back(kind: str, ids: Ids) -> None:
    assert getattr(written(kind, ids.mask), kind)() == ids.mask


@given(ids=id_sets)
def test_a_vendor_section_is_the_shorter_of_both_forms(ids: Ids) -> None:
    writer = BitWriter()
    writer.vendors(ids.mask)
    assert writer.length == 17 + min(ids.highest, ranges_width(ids.mask))


@given(value=st.integers(1, MAX_ID))
def test_fibonacci_numbers_come_back(value: int) -> None:
    assert written("fibonacci", value).fibonacci() == value


@given(st.lists(st.integers(0, 63), min_size=1, max_size=20).map(tuple))
def test_numbers_come_back(values: tuple[int, ...]) -> None:
    assert written("numbers", 6, len(values), values).numbers(6, len(values)) == values


@given(st.text("ABCXYZ ", min_size=1, max_size=9))
def test_letters_come_back(text: str) -> None:
    assert written("letters", len(text), text).letters(len(text)) == text


@given(st.integers(0, (1 << 36) - 1))
def test_times_come_back_to_the_tenth_of_a_second(tenths: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + tenths * timedelta(milliseconds=100)
    assert written("moment", moment).moment() == moment


@pytest.mark.parametrize("multiples", [(6,), (8, 6), (24,), ()])
@given(width=st.integers(1, 90), value=st.integers(0))
def test_padding_is_never_read(multiples: tuple[int, ...], width: int, value: int) -> None:
    value &= (1 << width) - 1
    writer = BitWriter()
    writer.number(width, value)
    text = writer.to_web64(*multiples)
    assert len(text) * 6 % (multiples or (24,))[-1] == 0
    assert BitReader.from_web64(text).number(width) == value


@pytest.mark.parametrize("text", ["AA+A", "AA/A", "AAA=", "AA A", "AA.A", "ÀAAA", "AAA\n", "A\0AA", "\ud800AAA"])
def test_only_the_web_alphabet_is_read(text: str) -> None:
    with pytest.raises(Malformed, match="A-Z a-z 0-9 - _"):
        BitReader.from_web64(text)


def test_a_text_beyond_the_limit_is_not_even_looked_at() -> None:
    with pytest.raises(Malformed, match="shorter"):
        BitReader.from_web64("!" * (MAX_TEXT + 1))


@pytest.mark.parametrize(
    "kind, values",
    [
        ("number", (3, 8)),
        ("number", (3, -1)),
        ("ids", (4, 1 << 5)),
        ("ids", (4, 1)),
        ("numbers", (2, 3, (1, 2))),
        ("letters", (2, "a\u0394")),
        ("letters", (2, "ABC")),
        ("fibonacci", (0,)),
        ("fibonacci", (MAX_ID + 1,)),
        ("moment", (datetime(1969, 1, 1, tzinfo=UTC),)),
        ("moment", (datetime(2200, 1, 1, tzinfo=UTC),)),
        ("vendors", (1 << 70_000,)),
    ],
)
def test_what_does_not_fit_is_not_written(kind: str, values: tuple[object, ...]) -> None:
    with pytest.raises(Malformed):
        written(kind, *values)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(Malformed, match="zone"):
        from_moment(datetime(2026, 3, 2))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "bits, method",
    [
        ("000000000001" + "1" + f"{5:016b}{4:016b}", "ranges"),
        ("000000000001" + "0" + f"{0:016b}", "ranges"),
        ("000000000010" + "0" + f"{7:016b}", "ranges"),
        (f"{900:016b}" + "0" + "1" * 30, "vendors"),
        ("000000000001" + "0" + "0" * 40, "fibonacci_ranges"),
        ("000000000001" + "0" + "0" * 23 + "11", "fibonacci_ranges"),
        ("01", "fibonacci"),
    ],
)
def test_rows_that_make_no_sense_are_refused(bits: str, method: str) -> None:
    writer = BitWriter(int(bits, 2), len(bits))
    with pytest.raises(Malformed):
        getattr(BitReader.from_web64(writer.to_web64(6)), method)()


@pytest.mark.parametrize(
    "method, arguments",
    [
        ("number", (3,)),
        ("letters", (2,)),
        ("moment", ()),
        ("ids", (9,)),
        ("ranges", ()),
        ("vendors", ()),
        ("fibonacci", ()),
        ("fibonacci_ranges", ()),
        ("optimized_ranges", ()),
    ],
)
@given(text=st.text("AQgv-_9", max_size=400))
def test_no_row_of_bits_raises_anything_but_malformed(method: str, arguments: tuple[int, ...], text: str) -> None:
    reader = BitReader.from_web64(text)
    try:
        getattr(reader, method)(*arguments)
    except Malformed:
        assert reader.at <= reader.length
    assert reader.at <= reader.length
