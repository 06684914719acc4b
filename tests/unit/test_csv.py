"""CSV files: what is well written is read whole, and what is not is said with its line."""

import gzip

import pyarrow as pa
import pytest

from hypertrial.data import csv_source, formats, sources
from hypertrial.data.csv_source import CsvSource
from hypertrial.data.reading import Reading
from hypertrial.errors import DataError


@pytest.fixture
def csv(tmp_path):
    """Write a CSV file."""

    def write(content, separator=","):
        path = tmp_path / "my.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CsvSource(path, separator)

    return write


def rows(source, blocks=None):
    """Return all rows of a source as lists of texts."""
    arrays = list((blocks or source.blocks)(source.header))
    texts = [[array.to_pylist() for array in block] for block in arrays]
    return [list(row) for block in texts for row in zip(*block, strict=True)]


def lines(source):
    return [source.place(row) for row in range(len(rows(source)))]


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
    source = csv(SAME[way], separator)
    assert source.header == ["a", "b"]
    assert rows(source) == rows(source, source.strict_blocks) == [["1", "x"], ["2", "y z"]]
    expected = ["line 5", "line 8"] if way == "blank lines" else ["line 2", "line 3"]
    assert lines(source) == expected
    assert source.most_rows >= 2


def test_quotes_hold_separators_quotes_and_line_ends(csv):
    source = csv('a,b\n"1,5","x ""y"""\n"two\nlines",z\n4,"Köln"\n')
    assert rows(source) == [["1,5", 'x "y"'], ["two\nlines", "z"], ["4", "Köln"]]
    assert lines(source) == ["line 2", "line 4", "line 5"]


def test_only_the_named_columns_are_read_in_the_order_of_their_names(csv):
    source = csv("a,b,c\n1,x,7\n\n2,y,8\n")
    for blocks in (source.quick_blocks, source.strict_blocks):
        assert [[a.to_pylist() for a in block] for block in blocks(["c", "a"])] == [
            [["7", "8"], ["1", "2"]]
        ]


ENCODING = "set `encoding`, such as latin-1 or cp1252, or save the file as UTF-8"
BROKEN = {
    "a,b\n1,2\n3\n": "line 3 has 1 fields, the header has 2",
    "a,b\n1,2\n3,4,5\n": "line 3 has 3 fields, the header has 2",
    'a,b\n"1\n\n1",2\n3\n': "line 5 has 1 fields, the header has 2",
    "a,b,a\n1,2,3\n": "line 1: column name 'a' stands twice",
    "a,,c\n1,2,3\n": "line 1: column 2 has no name",
    "a, \n1,2\n": "line 2: column 2 holds a value, but the header has no name for it",
    "a,b,,\n1,2,,\n3,4,,x\n": "line 3: column 4 holds a value, but the header has no name for it",
    'a,b\n1,"2\n3,4\n': "line 2: the quote that opens here is never closed",
    'a,b\n1,2\n3,"4\n5,"6"\n': (
        "line 3: the quote that opens here closes in line 4: ',' expected after '\"'"
    ),
    'a,b\n"1",2\n"x\ny",3,"4\n5\n6"\n': (
        "line 3: the quote that opens here closes in line 6, and this record has 3 fields, the "
        "header has 2"
    ),
    'a,b\n1,"2"x\n': "line 2: ',' expected after '\"'",
    "": "is empty; a header and rows are needed",
    "\n\n": "is empty; a header and rows are needed",
    b"a,b\n1,2\n3,caf\xe9\n": "line 3, byte 6 is not UTF-8 (0xe9); {encoding}",
    b"\xef\xbb\xbfa\xfc,b\n1,2\n": "line 1, byte 2 is not UTF-8 (0xfc); {encoding}",
    b"\xff\xfea\x00,": "line 1 is not in the encoding utf-16",
    b"a,b\n1,2\n3,\x00\n": "line 3 holds the character NUL",
    b"a\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00": ("looks like UTF-16; set `encoding: utf-16-le`"),
    b"\x00a\x00,\x00b\x00\n": "looks like UTF-16; set `encoding: utf-16-be`",
    b"\x7fELF\x02\x00\x00": "is no text file (there is a NUL in its first line)",
    b"PK\x03\x04...": "is a ZIP archive, as .xlsx files are; save it as CSV",
    b"PAR1....": "is a Parquet file; its name must end in .parquet or .pq",
    b"\x1f\x8b....": "is a gzip file; its name must end in .gz",
    '"a";"b"\n1;2\n': (
        "line 1: ',' expected after '\"' (is another `separator` needed, such as ';'?)"
    ),
}


@pytest.mark.parametrize(("content", "problem"), BROKEN.items())
def test_what_is_wrong_is_said_in_one_line(csv, content, problem):
    source = csv(content)
    problem = problem.replace("{encoding}", ENCODING)
    with pytest.raises(DataError) as caught:
        rows(source)
    assert "\n" not in str(caught.value)
    assert str(caught.value) in (f"{source.path}: {problem}", f"{source.path} {problem}")


def test_a_file_that_cannot_be_opened_is_said(tmp_path):
    with pytest.raises(DataError, match=r"no\.csv: no such file or directory$"):
        rows(CsvSource(tmp_path / "no.csv"))
    with pytest.raises(DataError, match=r"is a directory$"):
        rows(CsvSource(tmp_path))


def test_an_unknown_column_is_said_with_the_nearest(csv):
    problem = r"my\.csv: target: no column 'pric' \(did you mean 'price'\?\); columns: price, size$"
    with pytest.raises(DataError, match=problem):
        sources.check_column(csv("price,size\n1,2\n"), "pric", "target")


def test_blanks_around_a_field_are_no_part_of_it(csv):
    source = csv("a , y\n 1 ,yes \n2,\u2003yes\u00a0\n")
    assert source.header == ["a", "y"]
    assert rows(source) == rows(source, source.strict_blocks) == [["1", "yes"], ["2", "yes"]]


def test_every_character_that_python_takes_for_a_blank_is_one_for_arrow():
    blanks = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    others = ["x", "\u200b", "\ufeff", "\u180e"]
    trimmed = pa.compute.utf8_trim_whitespace(pa.array([*blanks, *others])).to_pylist()
    assert trimmed == [""] * len(blanks) + others


PLAIN = {
    "a,b\n1,2\n": True,
    '"a","b"\n1,2\n': True,
    "a,b\n1,Köln\n": True,
    "a,b\r\n1,2\r\n": True,
    'a,b\n1,"2"\n': False,
    "a,b\n1,2\r3,4\n": False,
    "a,b\n1,2\0\n": False,
    b"a,b\n1,caf\xe9\n": False,
    b"a,b\n1,caf\xc3": False,
    "a,b\n1,2\r": False,
}


@pytest.mark.parametrize(("content", "plain"), PLAIN.items())
def test_only_what_both_readers_see_alike_is_read_by_the_quick_one(csv, content, plain):
    assert csv(content).plain is plain


def test_a_carriage_return_at_the_end_of_a_chunk_belongs_to_the_next_line_feed(csv, monkeypatch):
    monkeypatch.setattr(csv_source, "BYTES_PER_SCAN", 3)
    source = csv("a,b\r\n1,2\r\n33,4ä\r\n")
    assert source.plain
    assert source.most_rows == 3


@pytest.mark.parametrize("separator", [" ", "§"])
def test_separators_that_only_one_reader_knows_are_read_strictly(csv, separator):
    source = csv(f"a{separator}b\n1{separator}2\n", separator)
    assert not source.plain
    assert rows(source) == [["1", "2"]]


def test_a_row_that_begins_like_a_file_keeps_its_first_character(csv):
    source = csv("a,b\n\ufeffx,2\n")
    assert rows(source) == [["\ufeffx", "2"]]


def test_rows_that_the_quick_reader_has_done_are_not_read_twice(csv, monkeypatch):
    monkeypatch.setattr(csv_source, "LEAST_BLOCK", 64)
    monkeypatch.setattr(csv_source, "BYTES_PER_COLUMN", 1)
    content = "a,b\n" + "".join(f"{i},x\n" for i in range(100))
    long = "y" * 500
    source = csv(f"{content}100,{long}\n101,z\n")
    with pytest.raises(pa.ArrowInvalid):
        list(source.quick_blocks(["a"]))
    assert [int(a) for a, _ in rows(source)] == list(range(102))
    broken = csv(content + "1,2,3\n")
    with pytest.raises(DataError, match="line 102 has 3 fields, the header has 2"):
        rows(broken)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a,b\n1,2\n"),
        ("a.CSV.GZ", "a,b\n1,2\n"),
        ("a.txt", "a,b\n1,2\n"),
        ("a.data", "a,b\n1,2\n"),
        ("a.tsv", "a\tb\n1\t2\n"),
        ("a.tsv.gz", "a\tb\n1\t2\n"),
    ],
)
def test_the_ending_tells_the_separator_and_the_compression(tmp_path, name, text):
    path = tmp_path / name
    content = text.encode()
    path.write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
    source = formats.of(path)
    assert source.header == ["a", "b"]
    assert rows(source) == [["1", "2"]]
    assert formats.of(path, Reading(";")).separator == ";"


def test_a_damaged_gzip_file_is_said(tmp_path):
    path = tmp_path / "a.csv.gz"
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,2\n" % i for i in range(5000)))
    middle = bytes([*whole[:2000], 0, 255, 0, 255, *whole[2004:]])
    for content in (whole[:-900], b"a,b\n1,2\n", middle, whole[:-6] + b"abcdef"):
        path.write_bytes(content)
        with pytest.raises(DataError) as caught:
            rows(formats.of(path))
        assert "a.csv.gz: is no gzip file, or is damaged (" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["book.xlsx", "a.json", "a.zip"])
def test_a_file_of_another_kind_is_refused(name):
    with pytest.raises(DataError, match=r"files of this kind cannot be read; a source is a \.csv"):
        formats.of(name)
