"""CSV files: what is well written is read whole, and what is not is said with its line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypertrial.csv_source import CsvFile, read_categories, read_numbers
from hypertrial.errors import DataError


@pytest.fixture
def csv(tmp_path):
    """Write a CSV file."""

    def write(content, separator=","):
        path = tmp_path / "my.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CsvFile(path, separator)

    return write


SAME = {
    "plain": "a,b\n1,x\n2,y z\n",
    "crlf": "a,b\r\n1,x\r\n2,y z\r\n",
    "byte order mark": "\ufeffa,b\n1,x\n2,y z\n",
    "no last line end": "a,b\n1,x\n2,y z",
    "blank lines": "\n\na,b\n\n1,x\n\n\n2,y z\n\n",
    "quoted": '"a","b"\n"1","x"\n"2","y z"\n',
    "spaces after the separator": "a, b\n1, x\n2, y z\n",
    "semicolons": "a;b\n1;x\n2;y z\n",
    "tabs": "a\tb\n1\tx\n2\ty z\n",
}


@pytest.mark.parametrize("way", SAME)
def test_the_ways_to_write_a_table_read_the_same(csv, way):
    separator = {"semicolons": ";", "tabs": "\t"}.get(way, ",")
    frame, lines = csv(SAME[way], separator).frame()
    assert list(frame.columns) == ["a", "b"]
    assert frame.to_numpy().tolist() == [["1", "x"], ["2", "y z"]]
    assert lines.tolist() == ([5, 8] if way == "blank lines" else [2, 3])


def test_quotes_hold_separators_quotes_and_line_ends(csv):
    frame, lines = csv('a,b\n"1,5","x ""y"""\n"two\nlines",z\n4,"Köln"\n').frame()
    assert frame["a"].tolist() == ["1,5", "two\nlines", "4"]
    assert frame["b"].tolist() == ['x "y"', "z", "Köln"]
    assert lines.tolist() == [2, 4, 5]


def test_one_column_is_read_with_its_lines(csv):
    assert csv("a,b\n1,x\n\n2,y\n").column("b") == [(2, "x"), (4, "y")]


BROKEN = {
    "a,b\n1,2\n3\n": "line 3 has 1 fields, the header has 2",
    "a,b\n1,2\n3,4,5\n": "line 3 has 3 fields, the header has 2",
    'a,b\n"1\n\n1",2\n3\n': "line 5 has 1 fields, the header has 2",
    "a,b,a\n1,2,3\n": "line 1: column name 'a' stands twice",
    "a,,c\n1,2,3\n": "line 1: column 2 has no name",
    "a, \n1,2\n": "line 1: column 2 has no name",
    'a,b\n1,"2\n3,4\n': "line 3: unexpected end of data",
    'a,b\n1,"2"x\n': "line 2: ',' expected after '\"'",
    "": "is empty; a header and rows are needed",
    "\n\n": "is empty; a header and rows are needed",
    "a,b\n": "has a header but no rows",
    b"a,b\n1,2\n3,caf\xe9\n": "line 3, byte 6 is not UTF-8 (0xe9); save the file as UTF-8",
    b"\xef\xbb\xbfa\xfc,b\n1,2\n": "line 1, byte 2 is not UTF-8 (0xfc); save the file as UTF-8",
    b"\xff\xfea\x00,\x00": "line 1, byte 1 is not UTF-8 (0xff); save the file as UTF-8",
}


@pytest.mark.parametrize(("content", "problem"), BROKEN.items())
def test_what_is_wrong_is_said_in_one_line(csv, content, problem):
    source = csv(content)
    with pytest.raises(DataError) as caught:
        source.frame()
    assert str(caught.value) in (f"{source.path}: {problem}", f"{source.path} {problem}")


def test_a_file_that_cannot_be_opened_is_said(tmp_path):
    with pytest.raises(DataError, match=r"no\.csv: no such file or directory$"):
        CsvFile(tmp_path / "no.csv").frame()
    with pytest.raises(DataError, match=r"is a directory$"):
        CsvFile(tmp_path).frame()


def test_an_unknown_column_is_said_with_the_nearest(csv):
    problem = r"my\.csv: target: no column 'pric' \(did you mean 'price'\?\); columns: price, size$"
    with pytest.raises(DataError, match=problem):
        csv("price,size\n1,2\n").column("pric")


def numbers(*texts):
    missing = np.array([text == "" for text in texts])
    return read_numbers(pd.Series(texts, dtype=object), missing)


def test_numbers_are_read_to_the_bit():
    values, bad, share = numbers(
        "1", "", "-2.5e-3", "0.1", " 7 ", "+.5", "1e22", "17976931348623157e292"
    )
    assert (bad, share) == (None, 1.0)
    expected = [1.0, np.nan, -0.0025, 0.1, 7.0, 0.5, 1e22, 1.7976931348623157e308]
    np.testing.assert_array_equal(values, expected)


NO_NUMBERS = ["x", "nan", "inf", "-Infinity", "1e999", "1,5", "1_000", "0x1F", "True", "--1"]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_finite_number_is_found(text):
    assert numbers("1", "", text, "x")[1] == 2


@given(st.lists(st.text(max_size=8) | st.floats().map(repr) | st.integers().map(str), min_size=1))
def test_any_texts_are_numbers_or_the_first_that_is_none_is_found(texts):
    values, bad, _ = numbers(*texts)
    if bad is None:
        present = [text for text in texts if text]
        np.testing.assert_array_equal(values[~np.isnan(values)], [float(each) for each in present])
    else:
        assert texts[bad]
        before = numbers(*texts[:bad], "1")
        assert before[1] is None


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=5), min_size=1))
def test_categories_are_codes_into_sorted_labels(texts):
    missing = np.array([text == "" for text in texts])
    if missing.all():
        return
    codes, labels = read_categories(pd.Series(texts, dtype=object), missing)
    assert list(labels) == sorted({text for text in texts if text})
    assert [None if np.isnan(code) else labels[int(code)] for code in codes] == [
        text or None for text in texts
    ]


def test_blanks_around_a_field_are_no_part_of_it(csv):
    frame, _ = csv("a , y\n 1 ,yes \n2, yes\n").frame()
    assert list(frame.columns) == ["a", "y"]
    assert frame["y"].tolist() == ["yes", "yes"]
    assert frame["a"].tolist() == ["1", "2"]
