"""Parquet files: the same table as the CSV that pandas writes, and what cannot be used is said."""

import csv
import datetime
import decimal
import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from hypertrial.data import datasets, parquet_source
from hypertrial.data.datasets import DatasetSpec
from hypertrial.errors import DataError

MISSING = ("", "NA", "-99")


@pytest.fixture
def spec(tmp_path):
    """Write a Parquet file and describe it."""

    def write(columns, **options):
        path = tmp_path / "my.parquet"
        parquet.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path)
        return DatasetSpec("mine", str(path), **{"target": "y", "missing": MISSING, **options})

    return write


def read(spec):
    return datasets.read(spec, datasets.find_task(spec))


FRAME = pd.DataFrame(
    {
        "whole": [1, -99, 3, 4],
        "part": [0.1, np.nan, 1e22, -2.5],
        "flag": [True, False, True, True],
        "town": ["Ulm", None, " Bonn ", "NA"],
        "digits": ["1", "2.5", "", "-99"],
        "kind": pd.Categorical(["b", "a", None, "b"]),
        "zip": [10, 9, 10, 9],
        "n": [1, 3, 2, 3],
        "w": [0.5, 1, 2, 0],
        "g": [7, 7, 10, 10],
        "t": pd.to_datetime(
            ["2020-01-02 00:00", "2020-01-01 00:00", "2020-01-03 12:00", "2020-01-05 01:00"]
        ),
        "f": [0, 1, -1, 0],
        "y": [0.5, 1.5, 2.0, -1.0],
    }
)
ROLES = {"weight": "w", "group": "g", "time": "t", "fold": "f"}


@pytest.mark.parametrize("target", ["y", "flag"])
def test_a_csv_and_its_parquet_twin_give_the_same_table(tmp_path, target):
    FRAME.to_csv(tmp_path / "my.csv")
    FRAME.to_csv(tmp_path / "my.tsv.gz", sep="\t", index=False)
    FRAME.to_parquet(tmp_path / "my.parquet")
    FRAME.set_index(np.array([7, 3, 9, 1])).to_parquet(tmp_path / "index.parquet")
    options = {"categorical": ("zip",), "ordered": (("n", ("1", "2", "3")),), "missing": MISSING}
    tables = {}
    for name in ("my.csv", "my.tsv.gz", "my.parquet", "index.parquet"):
        given = DatasetSpec("mine", str(tmp_path / name), target, **options, **ROLES)
        tables[name], report = read(given)
        assert report["dropped"] == (["(index)"] if name in ("my.csv", "index.parquet") else [])
    assert len({each.digest for each in tables.values()}) == 1
    assert tables["my.csv"].task == {"y": "regression", "flag": "binary"}[target]


def test_every_usable_type_is_read(spec):
    values = {
        "small": pa.array([1, 2, None], pa.int8()),
        "unsigned": pa.array([1, 2, 3], pa.uint64()),
        "float": pa.array([0.5, None, 2.5], pa.float32()),
        "half": pa.array(np.array([0.5, 1, 2], np.float16)),
        "money": pa.array([decimal.Decimal("1.10"), None, decimal.Decimal("-0.05")]),
        "large": pa.array(["a", "b", "a"], pa.large_string()),
        "view": pa.array(["1", "2", "3"], pa.string_view()),
        "codes": pa.array(["a", None, "b"]).dictionary_encode(),
        "flags": pa.array([True, None, False]),
        "y": [1, 0, 1],
    }
    data, _ = read(spec(values))
    kinds = {column.name: (column.kind, column.categories) for column in data.columns}
    texts = {"large": ("a", "b"), "codes": ("a", "b"), "flags": ("False", "True")}
    assert kinds == {
        name: ("categorical", texts[name]) if name in texts else ("numeric", ())
        for name in values
        if name != "y"
    }
    np.testing.assert_array_equal(data.X[:, 4], [1.1, np.nan, -0.05])
    np.testing.assert_array_equal(data.X[:, 8], [1, np.nan, 0])


def test_numbers_of_any_type_match_whole_labels(spec):
    values = {"n": pa.array([1.0, None, 3.0]), "y": [1, 0, 1]}
    data, _ = read(spec(values, ordered=(("n", ("1", "2", "3")),)))
    np.testing.assert_array_equal(data.X[:, 0], [0, np.nan, 2])


TIMES = {
    "date32": pa.array([datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)], pa.date32()),
    "date64": pa.array([datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)], pa.date64()),
    "ms": pa.array([1577923200000, 1577836800000], pa.timestamp("ms")),
    "zone": pa.array([1577923200, 1577836800], pa.timestamp("s", "Asia/Tokyo")),
    "texts": pa.array(["2020-01-02", "2020-01-01"]),
}


@pytest.mark.parametrize("way", TIMES)
def test_dates_and_timestamps_are_times(spec, way):
    data, _ = read(spec({"x": [1, 2], "t": TIMES[way], "y": ["a", "b"]}, time="t"))
    assert data.time.tolist() == [1577923200 * 10**9, 1577836800 * 10**9]


WRONG = {
    "date": (TIMES["date32"], {}, "column 'x' holds dates or timestamps; make features of them"),
    "list": (pa.array([[1], [2]]), {}, "column 'x' has the type list<"),
    "bytes": (pa.array([b"a", b"b"]), {}, "column 'x' has the type binary; add it to `drop`"),
    "infinite": (pa.array([1, -np.inf]), {}, "row 2: column 'x' holds '-inf'; values must be fin"),
    "null": (pa.nulls(2), {}, "column 'x' has no values; add it to `drop`"),
    "text": (pa.array(["1", "b"]), {"numeric": ("x",)}, "row 2: column 'x' is declared numeric"),
    "weight": (pa.array([1.0, None]), {"weight": "x"}, "row 2: the weight 'x' is missing; remove"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_used_is_said(spec, case):
    values, options, problem = WRONG[case]
    source = spec({"x": values, "z": [1, 2], "y": ["a", "b"]}, **options)
    with pytest.raises(DataError) as caught:
        read(source)
    assert str(caught.value).startswith(f"{source.source}: {problem}")
    assert "\n" not in str(caught.value)


def test_columns_of_any_type_can_be_dropped(spec):
    values = {"x": [1, 2], "l": [[1], [2]], "d": TIMES["date32"], "y": ["a", "b"]}
    data, _ = read(spec(values, drop=("l", "d")))
    assert data.X.shape == (2, 1)


def test_a_target_of_dates_or_with_gaps_is_said(spec):
    with pytest.raises(DataError, match="column 'y' holds dates"):
        read(spec({"x": [1, 2], "y": TIMES["date32"]}))
    with pytest.raises(DataError, match=r"row 2 \(and 1 more\): the target 'y' is missing"):
        read(spec({"x": [1, 2, 3], "y": [1.5, None, None]}))
    with pytest.raises(DataError, match=r"the target 'y' is constant: always '1\.5'$"):
        read(spec({"x": [1, 2], "y": [1.5, 1.5]}))
    with pytest.raises(DataError, match="has a header but no rows"):
        read(spec({"x": pa.array([], pa.int64()), "y": pa.array([], pa.int64())}))


def test_a_header_is_checked(spec):
    twice = pa.Table.from_arrays([pa.array([1, 2])] * 3, names=["x", "x ", "y"])
    with pytest.raises(DataError, match="column name 'x' stands twice"):
        read(spec(twice))


def test_what_is_no_parquet_file_is_said(tmp_path):
    path = tmp_path / "my.parquet"
    given = DatasetSpec("mine", str(path), "y")
    with pytest.raises(DataError, match=r"my\.parquet: no such file or directory$"):
        read(given)
    parquet.write_table(pa.table({"x": list(range(5000)), "y": [1, 2] * 2500}), path)
    whole = path.read_bytes()
    for content in (b"", b"x,y\n1,2\n", whole[:-9], whole[:40] + b"?" * 4000 + whole[4040:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is no Parquet file, or is damaged") as caught:
            read(given)
        assert "\n" not in str(caught.value)


def test_a_table_does_not_depend_on_the_blocks_that_it_is_read_in(spec, monkeypatch):
    columns = {"x": [*map(str, range(50)), *"abcdefghij"], "z": range(60), "y": ["a", "b"] * 30}
    source = spec(columns, categorical=("x",))
    whole, _ = read(source)
    monkeypatch.setattr(parquet_source, "ROWS_PER_BLOCK", 7)
    assert read(source)[0].digest == whole.digest


odd = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=4
) | st.sampled_from(
    ['"', "a,b", "a;b", " a", "NA", "", "x\ny", "x\r\ny", "\ufeff", "é", "-99", "\t"]
)
plain = st.text(st.sampled_from("abcé-._"), min_size=1, max_size=4)
numbers = st.one_of(
    st.just(""),
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


@st.composite
def tables(draw):
    rows = draw(st.integers(2, 12))
    columns = {}
    for position in range(draw(st.integers(1, 4))):
        values = draw(st.sampled_from([numbers, odd, plain]))
        columns[f"c{position}"] = draw(st.lists(values, min_size=rows, max_size=rows))
    columns["y"] = ["no", *["yes"] * (rows - 1)]
    return columns


def written(columns, **options):
    buffer = io.StringIO()
    writer = csv.writer(buffer, **options)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return buffer.getvalue()


def outcome(path, content, **options):
    path.write_bytes(content) if isinstance(content, bytes) else None
    given = DatasetSpec("mine", str(path), "y", missing=MISSING, **options)
    try:
        return datasets.read(given, "binary")[0].digest
    except DataError as error:
        assert all(line.startswith(f"{path}: ") for line in str(error).splitlines())
        return "error"


@given(tables(), st.data())
def test_every_way_to_write_a_table_gives_the_same(tmp_path_factory, columns, data):
    folder = tmp_path_factory.mktemp("ways")
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    lines = written(columns, lineterminator="\n", quoting=csv.QUOTE_ALL)
    comma = written(columns, lineterminator=end)
    tab = written(columns, lineterminator=end, delimiter="\t")
    blanks = "\n\r\n" + written(columns, lineterminator=end + end)
    ways = [
        outcome(folder / "a.csv", lines.encode()),
        outcome(folder / "b.csv", comma.encode()),
        outcome(folder / "c.csv", b"\xef\xbb\xbf" + comma.encode()),
        outcome(folder / "d.csv.gz", gzip.compress(comma.encode())),
        outcome(folder / "e.tsv", tab.encode()),
        outcome(folder / "f.txt", blanks.encode()),
    ]
    parquet.write_table(pa.table(columns), folder / "g.parquet")
    ways.append(outcome(folder / "g.parquet", None))
    assert len(set(ways)) == 1
