"""Rows to predict: read by the names of their columns, as those that a model was trained on."""

import datetime

import numpy as np
import pandas as pd
import pytest

from hypertrial.data import new_rows
from hypertrial.data.table import Column
from hypertrial.errors import DataError

COLUMNS = (
    Column("height", "numeric"),
    Column("size", "ordered", ("s", "m", "l")),
    Column("town", "categorical", ("Bonn", "Ulm")),
)
TEXT = "town,id,size,height,y\nUlm,1, l ,1.5,a\n,2,,NA,b\nBonn,3,s,-2,\n"
X = [[1.5, 2, 1], [np.nan, np.nan, np.nan], [-2, 0, 0]]
MISSING = ("", "NA")


@pytest.fixture
def read(tmp_path):
    """Write rows in some way, and read them."""

    def run(text, way="csv", **options):
        path = tmp_path / f"new.{way}"
        (tmp_path / "given.csv").write_text(text, encoding="utf-8")
        frame = pd.read_csv(tmp_path / "given.csv", skipinitialspace=True)
        if way == "frame":
            return new_rows.from_frame(frame, COLUMNS, missing=MISSING, **options)
        if way == "parquet":
            frame.to_parquet(path)
        else:
            path.write_text(text if way == "csv" else text.replace(",", "\t"), encoding="utf-8")
        return new_rows.read(COLUMNS, path, missing=MISSING, **options)

    return run


@pytest.mark.parametrize("way", ["csv", "tsv", "parquet", "frame"])
def test_columns_are_found_by_their_names(read, way):
    values, extra = read(TEXT, way)
    np.testing.assert_array_equal(values, X)
    assert values.flags.c_contiguous
    assert extra == ["id", "y"]


WRONG = {
    "missing": ("heigth,town,x\n1,Ulm,2\n", "no column 'height' (did you mean 'heigth'?), no co"),
    "text": ("height,size,town\n1,s,Ulm\ntall,s,Ulm\n", "{2}: column 'height' is numeric but 'ta"),
    "infinite": ("height,size,town\n1,s,Ulm\ninf,s,Ulm\n", "{2}: column 'height' is numeric but"),
    "label": ("height,size,town\n1,s,Ulm\n2,xl,Ulm\n", "{2}: column 'size' holds 'xl'"),
    "category": ("height,size,town\n1,s,Ulmm\n", "{1}: column 'town' holds 'Ulmm' (did you mean"),
    "rows": ("height,size,town\n", "has a header but no rows"),
}


@pytest.mark.parametrize("way", ["csv", "parquet", "frame"])
@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_suit_is_said(read, case, way):
    text, problem = WRONG[case]
    place = "line {}" if way == "csv" else "row {}"
    for row in (1, 2):
        problem = problem.replace(f"{{{row}}}", place.format(row + (way == "csv")))
    with pytest.raises(DataError) as caught:
        read(text, way)
    name = "the data frame: " if way == "frame" else f"new.{way}: "
    assert name + problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("way", ["csv", "parquet", "frame"])
def test_labels_that_training_did_not_see_can_be_ignored(read, way):
    values, _ = read("height,size,town\n1,xl,Köln\n2,s,Ulm\n", way, unseen="ignore")
    np.testing.assert_array_equal(values, [[1, np.nan, 2], [2, 0, 1]])


def test_ten_known_labels_are_named(tmp_path):
    columns = (Column("a", "categorical", tuple(f"v{i:02}" for i in range(13))),)
    frame = pd.DataFrame({"a": ["zzz"]})
    with pytest.raises(DataError, match=r"labels of the training data: v00, .*v09, and 3 more$"):
        new_rows.from_frame(frame, columns)


def test_a_data_frame_may_hold_anything_that_can_be_written():
    columns = (
        Column("flag", "categorical", ("False", "True")),
        Column("code", "categorical", ("1", "2")),
        Column("n", "numeric"),
        Column("kind", "categorical", ("a", "b")),
        Column("3", "numeric"),
    )
    frame = pd.DataFrame(
        {
            "flag": [True, False, True],
            "code": [1.0, None, 2.0],
            "n": np.array([1, "2.5", None], object),
            "kind": pd.Categorical(["b", None, "a"]),
            3: np.array([1, 2, 3], np.float32),
        },
        index=["x", "y", "z"],
    )
    values, extra = new_rows.from_frame(frame, columns)
    expected = [[1, 0, 1, 1, 1], [0, np.nan, 2.5, np.nan, 2], [1, 1, np.nan, 0, 3]]
    np.testing.assert_array_equal(values, expected)
    assert extra == []
    with pytest.raises(DataError, match="column 'n' holds dates"):
        days = pd.to_datetime([datetime.date(2020, 1, 1)] * 3)
        new_rows.from_frame(frame.assign(n=days), columns)
