"""Data sets: sources become typed tables, and what cannot be used is said with its place."""

import json
import os
from dataclasses import asdict, replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from hypertrial import datasets, files, table
from hypertrial.datasets import BUNDLED, DatasetSpec
from hypertrial.errors import DataError

MISSING = ("", "NA", "?")


@pytest.fixture
def spec(tmp_path):
    """Write a CSV file and describe it."""

    def write(content, name="my.csv", **options):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return DatasetSpec("mine", str(path), **{"target": "y", "missing": MISSING, **options})

    return write


def read(spec):
    return datasets.read(spec, datasets.find_task(spec))


PEOPLE = """id,height,town,y
1,1.5,Ulm,no
2,NA,Bonn,yes
3,1.75,?,no
4,1.25,Bonn,yes
"""


def test_a_mixed_table_is_read_with_its_kinds_and_gaps(spec):
    given = spec(PEOPLE, drop=("id",))
    assert datasets.find_task(given) == "binary"
    data, report = read(given)
    assert [(each.name, each.kind, each.categories) for each in data.columns] == [
        ("height", "numeric", ()),
        ("town", "categorical", ("Bonn", "Ulm")),
    ]
    np.testing.assert_array_equal(data.X, [[1.5, 1], [np.nan, 0], [1.75, np.nan], [1.25, 0]])
    assert data.classes == ("no", "yes")
    assert data.y.tolist() == [0, 1, 0, 1]
    assert report["missing"] == {"height": 1, "town": 1}
    assert report["dropped"] == ["id"]
    assert report["class_counts"] == {"no": 2, "yes": 2}
    assert report["source_digest"] == files.digest_file(given.source)


def test_the_positive_class_has_the_code_1(spec):
    data, _ = read(spec(PEOPLE, drop=("id",), positive="no"))
    assert data.classes == ("yes", "no")
    assert data.y.tolist() == [1, 0, 1, 0]


def test_declared_kinds_come_before_found_ones(spec):
    text = "zip,size,y\n10,1,a\n9,2,b\n10,3,a\n"
    data, report = read(spec(text, categorical=("zip",), numeric=("size",)))
    assert [each.kind for each in data.columns] == ["categorical", "numeric"]
    assert data.columns[0].categories == ("10", "9")
    assert data.X[:, 0].tolist() == [0, 1, 0]
    assert report["declared"] == ["zip", "size"]


def test_other_separators_and_texts_for_missing(spec):
    data, _ = read(spec("x;y\n-99;1.5\n1;2.5\n2;0\n", separator=";", missing=("-99",)))
    assert data.task == "regression"
    np.testing.assert_array_equal(data.X[:, 0], [np.nan, 1, 2])
    assert data.y.tolist() == [1.5, 2.5, 0.0]


def column(values):
    return "x,y\n" + "".join(f"{i % 7},{value}\n" for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["1", "0", "1"], "binary"),
        (["2.5", "1.5", "2.5"], "binary"),
        (["a", "b", "c"], "multiclass"),
        (["1", "2", "b"], "multiclass"),
        (["1", "2", "3.5"], "regression"),
        ([str(i) for i in range(51)], "regression"),
        ([f"class {i}" for i in range(100)], "multiclass"),
    ],
)
def test_an_obvious_task_is_inferred(spec, values, task):
    assert datasets.find_task(spec(column(values))) == task


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["1", "2", "3"], "3 whole numbers; set datasets.mine.task to multiclass or regression"),
        ([str(i) for i in range(50)], "50 whole numbers; set datasets.mine.task"),
        (["1.0", "2.0", "3.0"], "3 whole numbers; set"),
        ([f"name {i}" for i in range(101)], "101 different values such as 'name 0'; set"),
        ([*map(str, range(200)), "n/a"], "201 different values such as 'n/a'; set"),
    ],
)
def test_a_task_that_is_not_obvious_is_asked_for(spec, values, said):
    with pytest.raises(DataError, match=f"the task is not obvious from the target 'y', {said}"):
        datasets.find_task(spec(column(values)))
    assert datasets.find_task(spec(column(values), task="multiclass")) == "multiclass"


WRONG = {
    "target": ({"target": "z"}, "target: no column 'z'; columns: id, height, town, y"),
    "near target": ({"target": "twon"}, "target: no column 'twon' (did you mean 'town'?)"),
    "drop": ({"drop": ("hight",)}, "drop: no column 'hight' (did you mean 'height'?)"),
    "numeric": ({"numeric": ("z",)}, "numeric: no column 'z'"),
    "categorical": ({"categorical": ("z",)}, "categorical: no column 'z'"),
    "text": ({"numeric": ("town",)}, "line 2: column 'town' is declared numeric but 'Ulm' is not"),
    "positive": ({"positive": "yess"}, "positive: no class 'yess' (did you mean 'yes'?); classes:"),
    "task": ({"task": "multiclass"}, "the target 'y' has 2 classes, which is not multiclass; set"),
    "regression": ({"task": "regression"}, "line 2: the target 'y' must be a finite number"),
    "nothing": ({"drop": ("id", "height", "town")}, "no feature column is left beside the target"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_description_is_said(spec, case):
    options, problem = WRONG[case]
    given = spec(PEOPLE, **options)
    with pytest.raises(DataError) as caught:
        read(given)
    assert str(caught.value).startswith(f"{given.source}: {problem}")
    assert "\n" not in str(caught.value)


UNUSABLE = {
    "x,y\n1,a\n2,\n3,b\n4,NA\n": "line 3 (and 1 more): the target 'y' is missing",
    "x,y\n1,a\n2,a\n": "the target 'y' is constant: always 'a'",
    "x,y\n": "has a header but no rows",
    "x,y\nNA,a\n,b\n": "column 'x' has no values; add it to `drop`",
    "x,y\n1,a\n-inf,b\n": "line 3: column 'x' holds '-inf'; values must be finite",
    "x,y\n1,1.5\n2,inf\n3,2\n": "line 3: the target 'y' must be a finite number",
    "x,y\n1,a\n2,b\n3\n": "line 4 has 1 fields",
}


@pytest.mark.parametrize(("content", "problem"), UNUSABLE.items())
def test_unusable_data_is_said(spec, content, problem):
    task = "regression" if "inf,b" not in content and "inf" in content else None
    with pytest.raises(DataError) as caught:
        read(spec(content, task=task))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_of_almost_only_different_texts_is_asked_about(spec):
    rows = "".join(f"person {i},{'ab'[i % 2]}\n" for i in range(150))
    with pytest.raises(DataError, match="column 'x' has 150 different texts such as 'person 0'"):
        read(spec("x,y\n" + rows))
    data, _ = read(spec("x,y\n" + rows, categorical=("x",)))
    assert len(data.columns[0].categories) == 150


def test_three_classes_are_not_binary(spec):
    with pytest.raises(DataError, match="3 classes, which is not binary; set datasets"):
        read(spec("x,y\n1,a\n2,b\n3,c\n", task="binary"))


def test_a_positive_class_is_for_two_classes(spec):
    with pytest.raises(DataError, match="`positive` is for two classes, the task is multiclass"):
        read(spec("x,y\n1,a\n2,b\n3,c\n", positive="a"))


def test_a_missing_file_is_said_with_the_nearest_bundled_set():
    with pytest.raises(DataError, match=r"iriss: no such file or directory \(did you mean 'iris'"):
        datasets.source_digest(DatasetSpec("x", "iriss", "y"))


def test_the_digest_follows_values_and_order_not_the_file(spec):
    first, _ = read(spec(PEOPLE))
    other = spec(PEOPLE, name="other.csv")
    os.utime(other.source, (1, 1))
    assert read(other)[0].digest == first.digest
    swapped = "height,id,town,y\n1.5,1,Ulm,no\nNA,2,Bonn,yes\n1.75,3,?,no\n1.25,4,Bonn,yes\n"
    changes = [
        swapped,
        PEOPLE.replace("1.75", "1.76"),
        PEOPLE.replace("NA", "1"),
        PEOPLE.replace("height", "width"),
        PEOPLE.replace("Ulm", "Uln"),
        PEOPLE.replace("no", "nope"),
        PEOPLE.replace("3,1.75,?,no", "3,1.75,?,yes"),
    ]
    digests = {read(spec(text))[0].digest for text in changes}
    assert len(digests | {first.digest}) == len(changes) + 1


def test_a_saved_table_is_loaded_as_it_was(spec, tmp_path):
    data, report = read(spec(PEOPLE))
    table.save(data, report, tmp_path / "t.npz", tmp_path / "t.json")
    loaded = table.load(tmp_path / "t.npz", tmp_path / "t.json")
    assert loaded.digest == data.digest == json.loads((tmp_path / "t.json").read_text())["digest"]
    assert loaded.columns == data.columns
    np.testing.assert_array_equal(loaded.X, data.X)


def test_preparing_reads_what_the_params_describe(spec, tmp_path):
    given = spec(PEOPLE, drop=("id",), positive="no")
    content = {"spec": asdict(given), "task": "binary", "source": datasets.source_digest(given)}
    params = files.canonical_json(content)
    datasets.prepare(params, str(tmp_path / "t.npz"), str(tmp_path / "t.json"))
    assert table.load(tmp_path / "t.npz", tmp_path / "t.json").digest == read(given)[0].digest


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_set_is_read(name):
    data, report = datasets.read(DatasetSpec(name, name), BUNDLED[name])
    assert data.X.shape == (len(data.y), len(data.columns))
    assert len(data.classes) == {"binary": 2, "regression": 0}.get(data.task, len(set(data.y)))
    assert sum(report["class_counts"].values()) == (len(data.y) if data.classes else 0)


def test_a_bundled_set_keeps_its_values_and_takes_drop_and_positive():
    bunch = load_breast_cancer()
    given = DatasetSpec("b", "breast_cancer", positive="malignant", drop=("mean area",))
    data, report = datasets.read(given, "binary")
    np.testing.assert_array_equal(data.X, np.delete(bunch.data, 3, axis=1))
    np.testing.assert_array_equal(data.y, bunch.target == 0)
    assert data.classes == ("benign", "malignant")
    assert report["dropped"] == ["mean area"]
    regression, _ = datasets.read(DatasetSpec("d", "diabetes"), "regression")
    np.testing.assert_array_equal(regression.y, load_diabetes().target)
    with pytest.raises(DataError, match="drop: no column 'mean aria'"):
        datasets.read(replace(given, drop=("mean aria",)), "binary")


def test_a_source_that_changed_since_the_plan_is_refused(spec, tmp_path):
    given = spec(PEOPLE, drop=("id",))
    content = {"spec": asdict(given), "task": "binary", "source": "of another content"}
    with pytest.raises(DataError, match="changed after the run began"):
        datasets.prepare(
            files.canonical_json(content), str(tmp_path / "t.npz"), str(tmp_path / "t")
        )


def test_a_text_among_numbers_is_asked_about(spec):
    rows = "".join(f"{i},{i % 2}\n" for i in range(30))
    with pytest.raises(DataError, match=r"line 32: column 'age' holds 'old' among numbers"):
        read(spec(f"age,y\n{rows}old,1\n", target="y"))
    data, _ = read(spec(f"age,y\n{rows}old,1\n", target="y", missing=("old",)))
    assert data.columns[0].kind == "numeric"


def test_an_index_that_pandas_wrote_is_left_out_and_reported(spec):
    data, report = read(spec(",x,y\n0,1.5,a\n1,2.5,b\n2,3.5,a\n"))
    assert [column.name for column in data.columns] == ["x"]
    assert report["dropped"] == ["(index)"]


def test_a_target_of_numbers_but_for_one_text_is_asked_about(spec):
    rows = "".join(f"{i},{i}.5\n" for i in range(40))
    with pytest.raises(DataError, match=r"task is not obvious .* such as 'abc'"):
        read(spec(f"x,y\n{rows}1,abc\n"))


def test_another_separator_is_thought_of(spec):
    with pytest.raises(DataError, match="is another `separator` needed"):
        read(spec("x;y\n1;2\n"))
