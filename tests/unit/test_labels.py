"""Labels that are numbers go by their value: equal, in order, found, and exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypertrial.config import load_study
from hypertrial.data import datasets, labels
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import ConfigError, DataError

MISSING = ("", "NA", "?", "-9")


@pytest.fixture
def spec(tmp_path):
    """Write a target, and a categorical feature beside it, and describe them."""

    def write(values, codes=(), **options):
        path = tmp_path / "d.csv"
        codes = codes or ["a", "b"] * (len(values) // 2)
        lines = [
            f"{i % 5},{code},{y}\n" for i, (y, code) in enumerate(zip(values, codes, strict=True))
        ]
        path.write_text("x,code,y\n" + "".join(lines), encoding="utf-8")
        given_options = {"categorical": ("code",), "missing": MISSING, **options}
        return DatasetSpec("d", str(path), "y", **given_options)

    return write


def read(given_spec):
    return datasets.read(given_spec, datasets.find_task(given_spec))


def test_classes_that_are_numbers_stand_in_the_order_of_their_values(spec):
    data, _ = read(spec(["9", "10", "10", "9"]))
    assert (data.classes, data.y.tolist()) == (("9", "10"), [0, 1, 1, 0])
    data, _ = read(spec(["-1", "1", "-10", "1"], task="multiclass"))
    assert data.classes == ("-10", "-1", "1")


ONE = ["0", "0.0", "-0", "0e5"], ["1", "1.0", "1e0", "01"]


@pytest.mark.parametrize("values", [["0", "1"] * 2, [*ONE[0], *ONE[1]], ["0.0", "1", "1e0", "00"]])
def test_numbers_of_one_value_are_one_class(spec, values):
    given_spec = spec(values)
    assert datasets.find_task(given_spec) == "binary"
    data, report = read(given_spec)
    assert data.classes == ("0", "1")
    assert data.y.tolist() == [float(value) for value in values]
    assert len(report["warnings"]) == (0 if len(set(values)) == 2 else 1)


def test_one_class_in_two_spellings_is_constant(spec):
    with pytest.raises(DataError, match="the target 'y' is constant: always '1'"):
        read(spec(["1", "1.0"]))


def test_categories_that_are_numbers_stand_in_order_and_others_keep_their_texts(spec):
    classes = ["a", "b"] * 3
    data, _ = read(spec(classes, ["10", "9", "9.0", "1e1", "2.5", "9"]))
    assert data.columns[1].categories == ("2.5", "9", "10")
    assert data.X[:, 1].tolist() == [2, 1, 1, 2, 0, 1]
    data, _ = read(spec(classes, ["010", "007", "010", "007", "9", "9"]))
    assert data.columns[1].categories == ("007", "9", "010")
    data, _ = read(spec(classes, ["10", "9", "x", "1.0", "1", "x"]))
    assert data.columns[1].categories == ("1", "1.0", "9", "10", "x")


def test_large_codes_and_groups_are_not_rounded_together(spec):
    codes = [str(2**53 + i // 2) for i in range(6)]
    data, _ = read(spec(["a", "b"] * 3, codes))
    assert data.X[:, 1].tolist() == [0, 0, 1, 1, 2, 2]
    data, _ = read(spec(["a", "b"] * 3, codes, categorical=(), group="code"))
    assert data.group.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_number_that_stands_for_missing_does_so_in_any_spelling(spec):
    data, report = read(spec(["a", "b"] * 2, ["-9", "-9.0", "1", "2"]))
    assert report["missing"] == {"code": 2}
    assert data.columns[1].categories == ("1", "2")


@pytest.mark.parametrize(
    ("values", "positive", "classes"),
    [
        (["0.0", "1.0"], "1", ("0.0", "1.0")),
        (["0", "1"], "0.0", ("1", "0")),
        (["9", "10"], "9.0", ("10", "9")),
        (["True", "False"], "false", ("True", "False")),
        (["true", "false"], "True", ("false", "true")),
        (["no", "yes"], "no", ("yes", "no")),
    ],
)
def test_the_positive_class_is_found_by_its_value(spec, values, positive, classes):
    assert read(spec(values * 2, positive=positive))[0].classes == classes


def test_a_positive_class_that_is_none_is_said(spec):
    with pytest.raises(DataError, match="positive: no class '2'; classes: 0, 1"):
        read(spec(["0", "1"], positive="2"))


def test_an_unquoted_truth_is_to_be_quoted(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("datasets: {d: {source: d.csv, target: y, positive: true}}\n")
    with pytest.raises(ConfigError, match="must be a text or a number, not True; quote it if it"):
        load_study([config])


GAPS = {
    ("NA", "EU"): r"line 2 \(and 1 more\): the target 'y' is missing: 'NA' stands for a missing v",
    ("NA", "EU", "?", "AS"): r"line 2 \(and 1 more\): .*: '\?', 'NA' stand for missing values, as",
    ("", "EU", "AS", "EU"): r"line 2: the target 'y' is missing; `drop_missing_target: true`",
}


@pytest.mark.parametrize("task", [None, "binary"])
@pytest.mark.parametrize("values", GAPS)
def test_what_is_taken_for_a_missing_target_is_said_with_both_remedies(spec, values, task):
    given_spec = spec([*values] * (1 if len(values) > 2 else 2), task=task)
    with pytest.raises(DataError, match=GAPS[values]):
        read(given_spec)


@given(st.lists(st.integers(-(2**70), 2**70) | st.floats(-1e300, 1e300), min_size=1, unique=True))
def test_different_numbers_stay_different_and_in_order(numbers):
    found = labels.order(list(map(str, numbers)))
    values = [labels.value(label) for label in found.labels]
    assert values == sorted(set(values))
    assert [values[code] for code in found.codes] == [labels.value(str(n)) for n in numbers]
