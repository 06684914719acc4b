"""Columns that tell rows apart: what is left out, what is kept with a warning, and what neither."""

import numpy as np
import pandas as pd
import pytest

from hypertrial.data import datasets, identifiers, new_rows
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import DataError

ROWS = 40
RNG = np.random.default_rng(5)
X = RNG.normal(size=ROWS).round(4)
Y = np.where(RNG.random(ROWS) < 0.5, "a", "b")
SHUFFLED = RNG.permutation(ROWS) + 500
BIG = 2**53 + 1 + np.arange(ROWS)


@pytest.fixture(params=["csv", "parquet"])
def spec(tmp_path, request):
    """Write a column beside a feature and a target, in either format, and describe them."""

    def write(name, values, **options):
        path = tmp_path / f"d.{request.param}"
        frame = pd.DataFrame({name: values, "x": X, "y": Y})
        if request.param == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path, index=False)
        return DatasetSpec("d", str(path), "y", **options)

    return write


LEFT_OUT = {
    "id": SHUFFLED,
    "rownames": np.arange(ROWS) + 1,
    "Unnamed: 0": np.arange(ROWS),
    "PassengerId": SHUFFLED,
    "customerID": [f"{n:04}-QX" for n in SHUFFLED],
    "remark": [f"text {n}" for n in SHUFFLED],
    "account": BIG,
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_an_identifier_is_left_out_with_a_note(spec, name):
    given = spec(name, LEFT_OUT[name])
    data, report = datasets.read(given, "binary")
    assert [column.name for column in data.columns] == ["x"]
    np.testing.assert_array_equal(data.X[:, 0], X)
    assert data.X.flags.c_contiguous
    assert report["dropped"] == [name]
    (warning,) = report["warnings"]
    assert warning.startswith(f"column '{name}' is left out, as its {ROWS} ")
    with_it, extra = new_rows.read(data.columns, given.source)
    np.testing.assert_array_equal(with_it, data.X)
    assert extra == [name, "y"]
    without, _ = new_rows.from_frame(pd.DataFrame({"x": X}), data.columns)
    np.testing.assert_array_equal(without, data.X)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_column_that_the_config_names_is_kept(spec, name):
    data, report = datasets.read(spec(name, LEFT_OUT[name], categorical=(name,)), "binary")
    assert [column.name for column in data.columns] == [name, "x"]
    assert len(data.columns[0].categories) == ROWS
    assert report["dropped"] == report["warnings"] == []
    if not isinstance(LEFT_OUT[name], list):
        data, report = datasets.read(spec(name, LEFT_OUT[name], numeric=(name,)), "binary")
        assert data.columns[0].kind == "numeric"
        rounded = [text for text in report["warnings"] if "float64 rounds" in text]
        assert len(rounded) == (name == "account")


NO_IDENTIFIER = {
    "id": X * 1000,
    "rownames": np.arange(ROWS) // 2,
    "price": RNG.permutation(ROWS) * 7 + 3,
    "remark": [f"text {n // 2}" for n in range(ROWS)],
    "large": 2.0**60 * RNG.permutation(ROWS),
}


@pytest.mark.parametrize("name", NO_IDENTIFIER)
def test_other_columns_are_kept_without_a_word(spec, name):
    data, report = datasets.read(spec(name, NO_IDENTIFIER[name]), "binary")
    assert [column.name for column in data.columns] == [name, "x"]
    assert report["warnings"] == []


@pytest.mark.parametrize("values", [np.arange(ROWS) * 3, -np.arange(ROWS), SHUFFLED])
def test_what_may_be_a_rows_number_is_kept_with_a_warning(spec, values):
    data, report = datasets.read(spec("count", values), "binary")
    assert len(data.columns) == 2
    (warning,) = report["warnings"]
    assert warning.startswith("column 'count' may be a row's number or an identifier: its 40 whole")
    assert datasets.read(spec("count", values, numeric=("count",)), "binary")[1]["warnings"] == []


def test_an_identifier_of_rows_that_stand_twice_is_kept_with_a_warning(spec):
    data, report = datasets.read(spec("id", [*SHUFFLED[:36], *SHUFFLED[:4]]), "binary")
    assert len(data.columns) == 2
    (warning,) = report["warnings"]
    assert "it is named so, and has 36 different whole numbers in 40 rows" in warning


def test_large_numbers_that_repeat_are_not_rounded_in_silence(spec):
    with pytest.raises(DataError, match=r": (line 2|row 1): column 'n' holds 9007199254740993, wh"):
        datasets.read(spec("n", [2**53 + 1, 2**53 + 1, *BIG[2:]]), "binary")


def test_a_table_of_identifiers_alone_has_no_features(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("id,y\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(20)))
    with pytest.raises(DataError, match="no feature column is left beside the target: column 'id'"):
        datasets.read(DatasetSpec("d", str(path), "y"), "binary")


def test_an_index_that_pandas_named_is_left_out_as_the_file_says(tmp_path):
    path = tmp_path / "d.parquet"
    frame = pd.DataFrame({"x": X, "y": Y}, index=pd.Index(SHUFFLED // 3, name="visit"))
    frame.to_parquet(path)
    data, report = datasets.read(DatasetSpec("d", str(path), "y"), "binary")
    assert [column.name for column in data.columns] == ["x"]
    assert report["dropped"] == ["visit"]
    data, _ = datasets.read(DatasetSpec("d", str(path), "y", numeric=("visit",)), "binary")
    assert [column.name for column in data.columns] == ["x", "visit"]
    data, _ = datasets.read(DatasetSpec("d", str(path), "y", group="visit"), "binary")
    assert data.group is not None


NAMES = ["ID", "row.names", "user_id", "id_code", "...1", "S.No", "uuid", "SEQN", "Row", "orderid"]
OTHERS = ["paid", "acid", "heat_index", "width", "grid", "Nordic", "idle", "video", "price", "age"]


def test_names_of_identifiers_are_known():
    assert [name for name in NAMES if not identifiers.is_name(name)] == []
    assert [name for name in OTHERS if identifiers.is_name(name)] == []
