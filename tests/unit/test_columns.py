"""Values of columns: what is a number, a text or a time, to the bit."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hypertrial.data.columns import NO_TIME, as_number, as_numbers, as_texts, as_times
from hypertrial.data.features import encode

HOUR = 3_600_000_000_000


def numbers(*texts, missing=("",)):
    return as_numbers(pa.array(texts, pa.string()), missing)


def test_numbers_are_read_to_the_bit():
    values, bad = numbers(
        "1", "", "-2.5e-3", "0.1", "7.", "+.5", "1e22", "17976931348623157e292", "1e-400"
    )
    assert bad is None
    expected = [1.0, np.nan, -0.0025, 0.1, 7.0, 0.5, 1e22, 1.7976931348623157e308, 0.0]
    np.testing.assert_array_equal(values, expected)


NO_NUMBERS = ["x", "nan", "inf", "-Infinity", "1e999", "1,5", "1_000", "0x1F", "True", "--1", "١"]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_finite_number_is_found(text):
    assert as_number(text) is None
    assert numbers("1", "", text, "x")[1] == 2
    assert numbers("1", "", text)[1] == 2


texts = st.text(max_size=8) | st.floats().map(repr) | st.integers().map(str)


@given(st.lists(texts | st.from_regex(r"[+-]?[0-9.]{1,30}([eE][+-]?[0-9]{1,3})?", fullmatch=True)))
@example(["2.2250738585072011e-308", "9007199254740993", "0." + "1" * 400])
def test_any_texts_are_numbers_or_the_first_that_is_none_is_found(given_texts):
    values, bad = numbers(*given_texts)
    expected = [math.nan if text == "" else as_number(text) for text in given_texts]
    assert bad == (expected.index(None) if None in expected else None)
    if bad is None:
        np.testing.assert_array_equal(values, np.array(expected, float))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_texts_of_floats_are_those_of_python_and_read_back(given_values):
    written = as_texts(pa.array([*given_values, None, math.nan]))
    assert written.to_pylist() == [*map(repr, given_values), None, None]
    np.testing.assert_array_equal(as_numbers(written.drop_null(), ())[0], given_values)


def test_numbers_of_arrays_keep_gaps_and_find_what_is_infinite():
    values, bad = as_numbers(pa.array([1, None, -99, 2**62]), ("", "-99"))
    assert bad is None
    np.testing.assert_array_equal(values, [1.0, np.nan, np.nan, 2.0**62])
    assert as_numbers(pa.array([0.5, math.nan, -math.inf]), ())[1] == 2


@given(st.lists(st.text(max_size=5), min_size=1))
def test_encoded_texts_are_found_at_their_places(given_texts):
    distinct, places = encode(pa.array(given_texts, pa.string()), ("",))
    assert [distinct[place] for place in places] == [text or None for text in given_texts]


def test_nulls_are_missing_texts():
    distinct, places = encode(pa.array(["b", None, "a", "NA"]), ("NA",))
    assert [distinct[place] for place in places] == ["b", None, "a", None]


TIMES = {
    "1970-01-01": 0,
    "1970-01-01T01:00": HOUR,
    "1970-01-01 01:00:00": HOUR,
    "1970-01-01T01:00:00Z": HOUR,
    "1970-01-01T02:30:00+01:30": HOUR,
    "1970-01-01T01:00:00.000000001": HOUR + 1,
    "1969-12-31T23:59:59.999999999Z": -1,
    "1970-W01-4": 0,
}


def test_times_are_nanoseconds_in_utc():
    for text, expected in TIMES.items():
        values, bad = as_times(pa.array([text]), ())
        assert (values.tolist(), bad) == ([expected], None), text
    values, bad = as_times(pa.array([*TIMES, ""]), ("",))
    assert bad is None
    assert values.tolist() == [*TIMES.values(), NO_TIME]


@pytest.mark.parametrize("text", ["x", "2020-13-01", "1500-01-01", "2300-01-01", "12:00"])
def test_what_is_no_time_is_found(text):
    assert as_times(pa.array(["2020-01-01", text]), ())[1] == 1


def test_a_number_that_stands_for_missing_does_so_however_it_is_written():
    import pyarrow as pa

    texts, _ = as_numbers(pa.array(["1", "-999", "-999.0", "-9.99e2", "+1", None]), ["-999"])
    np.testing.assert_array_equal(texts, [1, np.nan, np.nan, np.nan, 1, np.nan])
