"""Columns that alone tell the target are named; strong honest ones, and chance, are not."""

import json

import numpy as np
import pandas as pd
import pytest

from hypertrial import files
from hypertrial.data import datasets, leaks
from hypertrial.data.spec import BUNDLED, DatasetSpec
from hypertrial.data.table import Column, Table

N = 120
RNG = np.random.default_rng(8)
CLASSES = RNG.integers(0, 3, N)
VALUES = np.exp(RNG.normal(size=N))


def table(x, y, kind="numeric"):
    """Return a table of one column beside two of noise."""
    noise = np.random.default_rng(1).normal(size=(len(y), 2))
    labels = tuple(map(str, range(int(np.nanmax(x)) + 1))) if kind == "categorical" else ()
    columns = (Column("x", kind, labels), Column("n", "numeric"), Column("m", "numeric"))
    classes = tuple("abc"[: y.max() + 1]) if y.dtype.kind == "i" else ()
    task = ("multiclass" if len(classes) > 2 else "binary") if classes else "regression"
    return Table("t", task, "y", columns, classes, np.c_[x, noise], y)


TOLD = {
    "a renaming": (2.0 - CLASSES, CLASSES, "categorical", "is the target 'y' under another name"),
    "a copy": (CLASSES * 10.0, CLASSES, "numeric", "is the target 'y' under another name"),
    "finer values": (
        CLASSES * 4.0 + RNG.integers(0, 4, N),
        CLASSES,
        "categorical",
        "determines the",
    ),
    "tiny noise": (CLASSES + RNG.normal(0, 0.01, N), CLASSES, "numeric", "in 100.0% of the rows"),
    "one wrong row": (
        np.where(np.arange(N) == 5, (CLASSES + 1) % 3, CLASSES) * 1.0,
        CLASSES,
        "categorical",
        "alone tells the target 'y' in 99.1% of the rows (its largest class has",
    ),
    "logarithm": (np.log(VALUES), VALUES, "numeric", "(R² of the ranks, out of sample: 0.99"),
    "fallen": (-VALUES, VALUES, "numeric", "alone tells the target 'y' (R² of the ranks"),
    "noise": (VALUES + RNG.normal(0, 0.01, N), VALUES, "numeric", "alone tells the target 'y' (R²"),
    "levels": (VALUES.round() + 1, VALUES.round(), "numeric", "is the target 'y' under another"),
}


@pytest.mark.parametrize("case", TOLD)
def test_a_column_that_tells_the_target_is_named(case):
    x, y, kind, said = TOLD[case]
    (leak,) = leaks.find(table(x, y, kind))
    assert leak.column == "x"
    assert said in leak.sentence
    assert leak.sentence.endswith("; add 'x' to drop if it is not known before the target is")


HALF = (CLASSES > 0).astype(np.int64)
HONEST = {
    "noise": (RNG.normal(size=N), CLASSES),
    "strong": (HALF + RNG.normal(0, 0.3, N), HALF),
    "a number for each row": (RNG.permutation(N) * 1.0, CLASSES),
    "moderate": (VALUES + RNG.normal(0, 0.5, N), VALUES),
    "few rows": (HALF[:18] * 1.0, HALF[:18]),
    "few of a class": (np.r_[1.0, 1.0, 1.0, np.zeros(40)], np.r_[1, 1, 1, np.zeros(40, int)]),
}


@pytest.mark.parametrize("case", HONEST)
def test_a_column_that_only_helps_is_not(case):
    assert leaks.find(table(*HONEST[case])) == []


def test_texts_of_a_row_each_tell_nothing_of_others():
    assert leaks.find(table(np.arange(N) * 1.0, HALF, "categorical")) == []


def test_gaps_that_tell_the_target_are_named():
    x = np.where(RNG.random(N) < 0.98, HALF, 1 - HALF)
    (leak,) = leaks.find(table(np.where(x == 1, RNG.normal(size=N), np.nan), HALF))
    assert leak.sentence.startswith("whether column 'x' is missing tells the target 'y' in ")


@pytest.mark.parametrize("name", BUNDLED)
def test_no_bundled_set_has_an_alarm(name):
    assert datasets.read(DatasetSpec(name, name), BUNDLED[name])[1]["warnings"] == []


def test_many_rows_are_drawn_the_same_each_time(monkeypatch):
    data = table(*TOLD["a renaming"][:3])
    monkeypatch.setattr(leaks, "MOST_ROWS", 60)
    assert leaks.find(data) == leaks.find(data)
    assert [leak.column for leak in leaks.find(data)] == ["x"]


@pytest.fixture
def prepared(tmp_path):
    """Prepare a table from a frame; return its description and what was said."""

    def run(frame, task, **options):
        path = tmp_path / "d.csv"
        frame.to_csv(path, index=False)
        content = {
            "spec": {
                "name": "d",
                "source": str(path),
                "target": "y",
                "missing": ["", "NA"],
                **options,
            },
            "task": task,
            "source": files.digest_file(path),
        }
        paths = [str(tmp_path / name) for name in ("t.npz", "t.json")]
        said = datasets.prepare(files.canonical_json(content), *paths)
        return json.loads((tmp_path / "t.json").read_bytes()), said

    return run


def frame_of(rows):
    kinds = {0: "no", 1: "yes"}
    return pd.DataFrame(
        {
            "alive": [kinds[each] for each in HALF[:rows]],
            "x": RNG.normal(size=rows).round(3),
            "y": HALF[:rows],
        }
    )


def test_the_table_and_the_report_tell_of_a_leak_before_anything_is_trained(prepared):
    about, said = prepared(frame_of(60), "binary")
    assert about["warnings"][0].startswith("column 'alive' is the target 'y' under another name")
    assert said == [f"d: {each}" for each in about["warnings"]]
    notes = {row["column"]: row["note"] for row in about["report"]}
    assert notes == {"alive": "renames y", "x": "", "y": ""}


def test_rows_without_a_target_and_rows_that_stand_twice_are_left_out_and_counted(prepared):
    rows = frame_of(60)
    frame = pd.concat([rows, rows[:7], rows.assign(y=np.nan)[:4]], ignore_index=True)
    frame["y"] = frame["y"].astype("Int64")
    about, said = prepared(
        frame, "binary", drop=["alive"], drop_duplicates=True, drop_missing_target=True
    )
    assert about["rows"] == 60
    assert about["rows_dropped"] == {"missing_target": 4, "duplicates": 7}
    assert [text.split(" (")[0] for text in said] == [
        "d: 4 rows have no target",
        "d: 7 rows have the features and the target of an earlier row",
    ]
    notes = {row["column"]: row["note"] for row in about["report"]}
    assert notes["y"] == "4 rows without it left out; 7 rows equal to an earlier one left out"
    about, said = prepared(rows, "binary", drop=["alive"], drop_duplicates=True)
    assert (about["rows_dropped"], said) == ({"duplicates": 0}, [])


def test_rows_that_are_left_out_take_their_roles_with_them_and_keep_the_lines(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        "x,w,t,y\n1,1,2020-01-01,\n2,2,2020-01-02,a\n2,9,2020-01-03,a\n3,4,2020-01-04,b\n"
    )
    options = {"weight": "w", "time": "t", "drop_missing_target": True, "drop_duplicates": True}
    spec = DatasetSpec("d", str(path), "y", **options)
    assert datasets.find_task(spec) == "binary"
    data, _ = datasets.read(spec, "binary")
    assert (data.X[:, 0].tolist(), data.weight.tolist()) == ([2, 3], [2, 4])
    assert (np.diff(data.time) / 86_400e9).tolist() == [2]
    path.write_text(path.read_text().replace("3,4,", "3,-4,"))
    with pytest.raises(datasets.DataError, match=r"line 5: the weight 'w' must be .*, not '-4'"):
        datasets.read(spec, "binary")
    path.write_text("x,y\n1,\n2,NA\n")
    spec = DatasetSpec("d", str(path), "y", missing=("", "NA"), drop_missing_target=True)
    with pytest.raises(datasets.DataError, match="the target 'y' is missing in every row"):
        datasets.read(spec, "binary")


def test_bundled_sets_lose_their_copies_too():
    data, report = datasets.read(DatasetSpec("iris", "iris", drop_duplicates=True), "multiclass")
    assert len(data.y) == 149
    assert report["rows_dropped"] == {"duplicates": 1}


BEYOND = {
    "a feature": ("x,y\n1,a\n-1e39,b\n", r"line 3: column 'x' holds -1e39, and single precision"),
    "a target": ("x,y\n1,1e160\n2,0\n", r"line 2: column 'y' holds 1e160, and single precision"),
}


@pytest.mark.parametrize("case", BEYOND)
def test_what_single_precision_cannot_hold_is_said_with_its_place(tmp_path, case):
    content, said = BEYOND[case]
    path = tmp_path / "d.csv"
    path.write_text(content)
    with pytest.raises(datasets.DataError, match=said):
        datasets.read(
            DatasetSpec("d", str(path), "y"), "binary" if "a\n" in content else "regression"
        )


def test_a_text_like_a_large_number_is_a_category(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("x,y\n1e39,a\nab,b\nab,a\n1e39,b\n")
    data, _ = datasets.read(DatasetSpec("d", str(path), "y"), "binary")
    assert data.columns[0].categories == ("1e39", "ab")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (1e9 + RNG.random(40), "column 'x' has 40 different values but 1 in single precision"),
        (RNG.random(40) * 1e-50, "column 'x' has 40 different values but 1 in single precision"),
        (RNG.random(40), None),
    ],
)
def test_numbers_that_single_precision_makes_equal_are_said(prepared, values, said):
    about, _ = prepared(pd.DataFrame({"x": values, "y": HALF[:40]}), "binary")
    found = [text for text in about["warnings"] if "single precision" in text]
    assert [text.startswith(str(said)) for text in found] == ([True] if said else [])
    frame = pd.DataFrame({"z": RNG.random(40), "y": values})
    found = [text for text in prepared(frame, "regression")[0]["warnings"] if "precision" in text]
    assert [text.startswith("the target 'y' has 40") for text in found] == ([True] if said else [])


@pytest.mark.parametrize(("weight", "said"), [(1e-6, 1), (1.0, 0), (0.5, 0)])
def test_weights_too_small_to_learn_from_are_said(prepared, weight, said):
    frame = frame_of(40).assign(w=weight)
    about, _ = prepared(frame, "binary", weight="w", drop=["alive"])
    assert sum("the weights have a mean of 1e-06" in text for text in about["warnings"]) == said
