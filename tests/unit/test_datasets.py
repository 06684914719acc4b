"""Data sets: sources become typed tables, and what cannot be used is said with its place."""

import json
import os
from dataclasses import asdict, replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from hypertrial import files
from hypertrial.data import collectors, csv_source, datasets, table
from hypertrial.data.datasets import BUNDLED, DatasetSpec
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
    assert data.columns[0].categories == ("9", "10")
    assert data.X[:, 0].tolist() == [1, 0, 1]
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
    datasets.prepare(params, *(str(tmp_path / name) for name in ("t.npz", "t.json")))
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
        datasets.prepare(files.canonical_json(content), *[str(tmp_path / "t")] * 2)


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


ROLES = """x,w,g,t,f,y
1,0.5,b,2020-01-02,2,0.5
2,0,a,2020-01-01,test,1.5
3,2,b,2020-01-01T12:00:00Z,10,2.5
4,1,c,2020-01-03,2,0
"""
ALL = {"weight": "w", "group": "g", "time": "t", "fold": "f"}
DAY = 86_400 * 10**9


def test_columns_with_roles_are_values_of_rows_and_no_features(spec):
    data, report = read(spec(ROLES, **ALL))
    assert [column.name for column in data.columns] == ["x"]
    assert data.weight.tolist() == [0.5, 0, 2, 1]
    assert (data.group.tolist(), data.group.dtype) == ([1, 0, 1, 2], np.int64)
    start = 18262 * DAY
    assert data.time.tolist() == [start + DAY, start, start + DAY // 2, start + 2 * DAY]
    assert (data.fold.tolist(), data.fold.dtype) == ([0, -1, 1, 0], np.int16)
    assert report["roles"] == ALL
    assert report["dropped"] == []


def test_times_may_be_numbers_and_groups_and_folds_texts(spec):
    text = "x,t,g,f,y\n1,3,10,b,u\n2,1.5,9,a,v\n3,2,10,held-out,u\n4,-1e3,9,-1.0,v\n"
    data, _ = read(spec(text, time="t", group="g", fold="f"))
    assert (data.time.tolist(), data.time.dtype) == ([3, 1.5, 2, -1000], np.float64)
    assert data.group.tolist() == [1, 0, 1, 0]
    assert data.fold.tolist() == [1, 0, -1, -1]


def test_roles_are_kept_where_the_positive_class_is_turned(spec):
    data, _ = read(spec("x,w,y\n1,2,a\n2,3,b\n", weight="w", positive="a"))
    assert data.weight.tolist() == [2, 3]
    assert data.y.tolist() == [1, 0]


BAD_ROLES = {
    "weight text": ("weight", "w", "1,x,3,4", "line 3: the weight 'w' must be a finite number, at"),
    "weight infinite": ("weight", "w", "1,inf,3,4", "line 3: the weight 'w' must be a finite num"),
    "weight negative": ("weight", "w", "1,2,-0.5,4", "line 4: the weight 'w' must be a finite nu"),
    "weight missing": ("weight", "w", "1,,3,NA", "line 3 (and 1 more): the weight 'w' is missing;"),
    "weight 0": ("weight", "w", "0,0,0,0", "the weights 'w' are all 0"),
    "group missing": ("group", "g", "a,b,?,b", "line 4: the group 'g' is missing; remove such"),
    "time missing": ("time", "t", "1,2,,3", "line 4: the time 't' is missing; remove such rows"),
    "date missing": ("time", "t", "2020-01-01,2020-01-01,,2020-01-01", "line 4: the time 't' is"),
    "all missing": ("time", "t", ",,,", "line 2 (and 3 more): the time 't' is missing"),
    "no time": ("time", "t", "noon,1,2,3", "line 2: the time 't' must be a number or an ISO 8601"),
    "mix": ("time", "t", "1,2,2020-01-01,3", "line 4: the time 't' must be a finite number like"),
    "mix again": ("time", "t", "2020-01-01,2,3,4", "line 3: the time 't' must be an ISO 8601 date"),
    "fold missing": ("fold", "f", "0,1,,-1", "line 4: the fold 'f' is missing; remove such rows"),
    "one fold": ("fold", "f", "0,0,-1,-1", "the fold 'f' has 1 different labels beside those of"),
    "none held out": ("fold", "f", "0,1,2,0", "the fold 'f' has no held-out row; mark the rows"),
    "negative fold": ("fold", "f", "0,1,-2,-1", "line 4: the fold 'f' must be a whole number of"),
    "no column": ("fold", "g", "0,1,2,0", "fold: no column 'f' (did you mean"),
}


@pytest.mark.parametrize("case", BAD_ROLES)
def test_what_cannot_have_its_role_is_said(spec, case):
    role, name, values, problem = BAD_ROLES[case]
    rows = "".join(f"{i},{value},{'ab'[i % 2]}\n" for i, value in enumerate(values.split(",")))
    given = spec(f"x,{name},y\n{rows}", **{role: {"fold": "f"}.get(role, name)})
    if case == "no column":
        given, problem = replace(given, fold="f"), "fold: no column 'f'; columns: x, g, y"
    with pytest.raises(DataError) as caught:
        read(given)
    assert str(caught.value).startswith(f"{given.source}: {problem}")
    assert "\n" not in str(caught.value)


SIZES = "size,n,town,y\nm,2,Ulm,a\n s ,1,Bonn,b\n?,1,Ulm,a\nl,3,Bonn,b\n"
ORDER = (("size", ("s", "m", "l")), ("n", ("1", "2", "3", "4")))


def test_ordered_columns_hold_codes_in_their_declared_order(spec):
    data, report = read(spec(SIZES, ordered=ORDER, monotone=(("size", -1), ("n", 1))))
    assert [(each.name, each.kind, each.categories) for each in data.columns[:2]] == [
        ("size", "ordered", ("s", "m", "l")),
        ("n", "ordered", ("1", "2", "3", "4")),
    ]
    assert [each.monotone for each in data.columns] == [-1, 1, 0]
    np.testing.assert_array_equal(data.X[:, 0], [1, 0, np.nan, 2])
    np.testing.assert_array_equal(data.X[:, 1], [1, 0, 0, 2])
    assert report["declared"] == ["size", "n"]


BAD_COLUMNS = {
    "label": (
        {"ordered": (("size", ("s", "m")),)},
        "line 5: column 'size' holds 'l', which is not",
    ),
    "labels": (
        {"ordered": (("town", ("Ulm", "Born")),)},
        "line 3: column 'town' holds 'Bonn' (did",
    ),
    "ordered": ({"ordered": (("sise", ("s",)),)}, "ordered: no column 'sise' (did you mean 'size'"),
    "monotone": ({"monotone": (("town", 1),)}, "monotone: column 'town' is categorical; only num"),
    "direction": ({"monotone": (("m", 1),)}, "monotone: no column 'm'"),
}


@pytest.mark.parametrize("case", BAD_COLUMNS)
def test_a_wrongly_declared_column_is_said(spec, case):
    options, problem = BAD_COLUMNS[case]
    given = spec(SIZES, **options)
    with pytest.raises(DataError) as caught:
        read(given)
    assert str(caught.value).startswith(f"{given.source}: {problem}")
    assert "\n" not in str(caught.value)


def test_the_labels_are_named_where_one_is_unknown(spec):
    with pytest.raises(DataError, match=r"the labels that `ordered` declares: s, m$"):
        read(spec(SIZES, ordered=(("size", ("s", "m")),)))


def test_an_ordered_column_without_values_is_said(spec):
    with pytest.raises(DataError, match="column 'x' has no values; add it to `drop`"):
        read(spec("x,y\n?,a\n,b\n", ordered=(("x", ("1", "2")),)))


@pytest.fixture(params=["quick", "strict"])
def small_blocks(request, monkeypatch):
    """Read blocks of few rows, with either reader."""
    monkeypatch.setattr(csv_source, "LEAST_BLOCK", 64)
    monkeypatch.setattr(csv_source, "BYTES_PER_COLUMN", 1)
    monkeypatch.setattr(csv_source, "FIELDS_PER_BLOCK", 12)
    return "\n" if request.param == "quick" else '\n"1","2","3","a"\n'


def test_columns_are_what_all_their_blocks_make_them(spec, small_blocks):
    rows = "".join(
        f"{i / 7},{'' if i % 5 else i},{i if i < 3 else 't' + str(i % 9)},{'ab'[i % 2]}\n"
        for i in range(200)
    )
    data, _ = read(spec("n,gaps,late,y" + small_blocks + rows))
    rest = data.rows(np.arange(len(data.y))[-200:])
    assert [column.kind for column in data.columns] == ["numeric", "numeric", "categorical"]
    assert rest.X[:, 0].tolist() == [i / 7 for i in range(200)]
    assert np.isnan(rest.X[:, 1]).sum() == 160
    labels = data.columns[2].categories
    assert labels == tuple(sorted(labels))
    assert [labels[int(code)] for code in rest.X[:, 2]] == [
        str(i) if i < 3 else f"t{i % 9}" for i in range(200)
    ]


def test_errors_of_late_blocks_have_their_lines(spec, small_blocks):
    rows = "".join(f"{i},{i},{i},{'ab'[i % 2]}\n" for i in range(200))
    line = 202 if small_blocks == "\n" else 203
    late = spec("n,m,late,y" + small_blocks + rows + "1,2,x,a\n")
    with pytest.raises(DataError, match=f"line {line}: column 'late' holds 'x' among numbers"):
        read(late)
    with pytest.raises(DataError, match=f"line {line}: column 'late' is declared numeric but 'x'"):
        read(replace(late, numeric=("late",)))


def test_many_labels_are_held_for_one_column_at_a_time(spec, small_blocks, monkeypatch):
    given = spec(
        "a,b,c,y"
        + small_blocks
        + "".join(f"a{i},b{-i},c{i % 50},{'uv'[i % 2]}\n" for i in range(300)),
        categorical=("a", "b", "c"),
    )
    data, _ = read(given)
    monkeypatch.setattr(collectors, "MOST_LABELS", 100)
    monkeypatch.setattr(collectors, "MANY_LABELS", 10)
    assert read(given)[0].digest == data.digest


def test_a_wide_column_is_named_before_the_others_are_read(spec, monkeypatch):
    monkeypatch.setattr(collectors, "MOST_LABELS", 100)
    monkeypatch.setattr(collectors, "MANY_LABELS", 10)
    rows = "".join(f"a{i},b{i},{'uv'[i % 2]}\n" for i in range(300))
    with pytest.raises(DataError, match="column 'a' has 300 different texts such as 'a0'"):
        read(spec("a,b,y\n" + rows))


def test_a_task_is_found_in_many_different_values(spec, small_blocks):
    rows = "".join(f"0,0,0,{i}\n" for i in range(300))
    start = "a,b,c,y" + small_blocks.replace('"a"', '"1"')
    assert datasets.find_task(spec(start + rows)) == "regression"
    with pytest.raises(DataError, match="301 different values such as 'none'; set"):
        datasets.find_task(spec(start + rows + "0,0,0,none\n0,0,0,none\n"))
    with pytest.raises(DataError, match=r"line 30\d \(and 1 more\): the target 'y' is missing"):
        datasets.find_task(spec(start + rows + "0,0,0,NA\n0,0,0,\n"))
