"""The report on columns: what each holds, and what is odd about it."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from hypertrial import files
from hypertrial.data import data_report, datasets
from hypertrial.data.data_report import FIELDS, Profile, summarise
from hypertrial.data.datasets import DatasetSpec

TABLE = """,id,x,NA,same,twin,town,copy,one,w,y
0,a,1,5,1,1,Ulm,Ulm,k,0.5,no
1,b,,5,2,,Bonn,Bonn,k,1,yes
2,c,2.5,5,3,2.5,"a, b","a, b",k,2,no
3,d,2.5,5,4,2.5,,,k,2,no
"""


@pytest.fixture
def prepared(tmp_path):
    """Prepare a data set; return its report and its description."""

    def run(content, task, **options):
        path = tmp_path / "my.csv"
        path.write_text(content, encoding="utf-8")
        given = DatasetSpec("mine", options.pop("source", str(path)), **options)
        params = {"spec": asdict(given), "task": task, "source": datasets.source_digest(given)}
        names = [str(tmp_path / name) for name in ("t.npz", "t.json", "t.csv")]
        datasets.prepare(files.canonical_json(params), *names[:2])
        data_report.write(*names[1:])
        return data_report.read(names[2]), json.loads((tmp_path / "t.json").read_bytes())

    return run


def test_every_column_of_the_source_is_described_in_its_order(prepared):
    report, about = prepared(
        TABLE, "binary", target="y", drop=("id",), weight="w", positive="no", categorical=("one",)
    )
    assert tuple(report.columns) == FIELDS
    rows = report.set_index("column")
    names = TABLE.splitlines()[0].replace(",id", "(index),id", 1).split(",")
    assert list(rows.index) == names
    assert rows["role"].tolist() == ["dropped"] * 2 + ["feature"] * 7 + ["weight", "target"]
    kinds = {"numeric": 5, "": 2, "categorical": 3, "class labels": 1}
    assert rows["kind"].value_counts().to_dict() == kinds
    assert rows["note"].to_dict() == {
        "(index)": "left out: the index that pandas wrote",
        "id": "left out: named in `drop`",
        "x": "",
        "NA": "constant",
        "same": "",
        "twin": "duplicate of x",
        "town": "",
        "copy": "duplicate of town",
        "one": "declared; constant",
        "w": "",
        "y": "",
    }
    assert about["constant"] == ["NA", "one"]
    assert about["duplicates"] == {"twin": "x", "copy": "town"}
    assert about["roles"] == {"weight": "w"}
    assert about["dropped"] == ["(index)", "id"]
    assert about["missing"] == {"x": 1, "twin": 1, "town": 1, "copy": 1}


def test_numbers_have_moments_and_labels_a_most_frequent_one(prepared):
    report, _ = prepared(TABLE, "binary", target="y", drop=("id",), weight="w")
    rows = report.set_index("column")
    x = rows.loc["x"]
    assert (x["missing"], x["missing_share"], x["distinct"]) == (1, 0.25, 2)
    assert [x[name] for name in data_report.MOMENTS[:3]] == [1.0, 2.0, 2.5]
    assert x["standard_deviation"] == np.std([1, 2.5, 2.5])
    assert x["most_frequent"] == ""
    assert np.isnan(x["most_frequent_share"])
    town = rows.loc["town"]
    assert (town["missing"], town["distinct"], town["most_frequent"]) == (1, 3, "Bonn")
    assert town["most_frequent_share"] == 1 / 3
    assert np.isnan(town["mean"])
    assert (rows.loc["y", "most_frequent"], rows.loc["y", "most_frequent_share"]) == ("no", 0.75)


def test_wide_columns_and_other_roles_are_described(prepared):
    lines = "".join(f"p{i},{i % 3},2020-01-{1 + i % 9:02},{i % 4 - 1},{i}.5\n" for i in range(150))
    report, about = prepared(
        "name,g,t,f,y\n" + lines,
        "regression",
        target="y",
        categorical=("name",),
        group="g",
        time="t",
        fold="f",
    )
    rows = report.set_index("column")
    assert rows["kind"].tolist() == [
        "categorical",
        "group labels",
        "timestamps",
        "fold labels",
        "numeric",
    ]
    assert rows["distinct"].tolist() == [150, 3, 9, 4, 150]
    assert rows.loc["name", "note"] == "declared; wide"
    assert about["roles"] == {"group": "g", "time": "t", "fold": "f"}


def test_a_bundled_set_is_described(prepared):
    report, about = prepared("", "multiclass", source="digits", drop=("pixel_0_1",))
    rows = report.set_index("column")
    assert len(rows) == 65
    assert rows.loc["pixel_0_0", "note"] == "constant"
    assert rows.loc["pixel_0_1", "note"] == "left out: named in `drop`"
    assert rows.loc["target", "kind"] == "class labels"
    assert rows.loc["target", "distinct"] == 10
    assert about["constant"][0] == "pixel_0_0"
    assert about["duplicates"]["pixel_4_0"] == "pixel_0_0"


def test_labels_are_compared_as_texts_and_numbers_as_numbers():
    codes = np.array([0.0, 1.0, np.nan, 1.0])
    profiles = [
        Profile("a", "feature", "categorical", codes, ("x", "y")),
        Profile("b", "feature", "ordered", np.array([1.0, 0.0, np.nan, 0.0]), ("y", "x", "z")),
        Profile("c", "feature", "categorical", codes, ("x", "z")),
        Profile("d", "feature", "numeric", codes),
        Profile("e", "feature", "numeric", np.array([0.0, 1.0, 1.0, np.nan])),
        Profile("f", "feature", "numeric", np.array([-0.0, 1.0, np.nan, 1.0])),
        Profile("g", "feature", "numeric", np.array([3.0, 3.0, np.nan, 3.0])),
    ]
    summary = summarise(profiles)
    assert summary.duplicates == {"b": "a", "f": "d"}
    assert summary.constant == []
    assert summary.rows[-1]["note"] == "constant but for gaps"


def test_moments_that_no_float_holds_are_left_out(tmp_path):
    large = np.array([1.7e308, 1.6e308, -1.7e308])
    rows = summarise([Profile("a", "feature", "numeric", large)]).rows
    data_report.write_rows(rows, tmp_path / "r.csv")
    row = data_report.read(tmp_path / "r.csv").loc[0]
    assert row["maximum"] == 1.7e308
    assert np.isnan(row["standard_deviation"])
