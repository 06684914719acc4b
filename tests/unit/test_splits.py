"""Splits: held out once, validated once, in the classes' shares, and the same every time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypertrial import files, seeds, splits, table
from hypertrial.errors import DataError
from hypertrial.table import Column, Table


def table_of(counts, task=None):
    """Return a table with so many rows of each class, or of one number for regression."""
    task = task or ("binary" if len(counts) == 2 else "multiclass")
    y = np.repeat(np.arange(len(counts)), counts)
    if task == "regression":
        y = np.arange(sum(counts), dtype=float)
    classes = tuple(f"class {i}" for i in range(len(counts))) if task != "regression" else ()
    X = np.arange(float(len(y)))[:, None]
    return Table("t", task, "y", (Column("x", "numeric"),), classes, X, y)


@pytest.mark.parametrize("data", [table_of([60, 40]), table_of([101], "regression")])
def test_every_row_is_held_out_or_validated_once(data):
    made = splits.make(data, 0.2, 5, seed=1)
    rows = len(data.y)
    assert len(made.held_out) == int(np.ceil(0.2 * rows))
    assert sorted([*made.training, *made.held_out]) == list(range(rows))
    assert made.count == len(list(made.parts())) == 5
    validated = []
    for training, validation in made.parts():
        assert not set(training) & set(validation)
        assert sorted([*training, *validation]) == made.training.tolist()
        assert abs(len(validation) - len(made.training) / 5) < 1
        validated += validation.tolist()
    assert sorted(validated) == made.training.tolist()


def test_classes_keep_their_shares_everywhere():
    data = table_of([150, 90, 60])
    made = splits.make(data, 0.2, 4, seed=1)
    assert np.bincount(data.y[made.held_out]).tolist() == [30, 18, 12]
    for _, validation in made.parts():
        counts = np.bincount(data.y[validation], minlength=3)
        assert np.abs(counts - [30, 18, 12]).max() <= 1


def test_splits_follow_the_seed_and_the_name_and_nothing_else():
    data = table_of([30, 30])
    other = replace(data, name="u")
    assert splits.make(data, 0.2, 3, 1).digest() == splits.make(data, 0.2, 3, 1).digest()
    made = [
        splits.make(data, 0.2, 3, 1),
        splits.make(data, 0.2, 3, 2),
        splits.make(data, 0.3, 3, 1),
        splits.make(data, 0.2, 4, 1),
        splits.make(other, 0.2, 3, 1),
    ]
    assert len({each.digest() for each in made}) == len(made)
    four, three = made[3], made[0]
    np.testing.assert_array_equal(four.held_out, three.held_out)


def test_derived_seeds_differ_by_purpose_and_never_change():
    assert seeds.derive(1, "folds", "iris") == 1887055438
    found = {seeds.derive(s, *p) for s in range(50) for p in (("a",), ("b",), ("a", "b"), ("a/c",))}
    assert len(found) == 200
    assert all(0 <= seed < 2**31 for seed in found)


@pytest.mark.parametrize(
    ("counts", "size", "folds", "problem"),
    [
        ([100, 3], 0.2, 5, "class 'class 1' has 3 rows; 5 folds and a held-out row need 6: use f"),
        ([100, 6], 0.4, 5, "class 'class 1' has 4 training rows; 5 folds need 5: use fewer fold"),
        ([2, 2], 0.2, 5, "4 rows are too few for a held-out part of 0.2 and 5 folds"),
        ([20, 20], 0.01, 5, "40 rows are too few for a held-out part of 0.01 and 5 folds"),
        ([10, 10, 10], 0.05, 5, "a held-out part of 0.05 of 30 rows is too small for 3 classes;"),
        ([5, 5, 4], 0.85, 2, "14 rows are too few for a held-out part of 0.85 and 2 folds"),
    ],
)
def test_what_cannot_be_split_is_said(counts, size, folds, problem):
    with pytest.raises(DataError) as caught:
        splits.make(table_of(counts), size, folds, 1)
    assert str(caught.value).startswith(f"t: {problem}")


@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=4),
    st.floats(0.01, 0.99),
    st.integers(2, 6),
    st.booleans(),
)
def test_any_table_is_split_as_asked_or_refused_in_words(counts, size, folds, regression):
    data = table_of(counts, "regression" if regression else None)
    try:
        made = splits.make(data, size, folds, 1)
    except DataError as error:
        assert str(error).startswith("t: ")
        return
    assert made.count == folds
    assert len(made.held_out) == np.ceil(size * len(data.y))
    if not regression:
        for training, validation in made.parts():
            assert set(data.y[validation]) == set(data.y[training]) == set(range(len(counts)))


def test_saved_splits_are_loaded_as_they_were(tmp_path):
    data = table_of([30, 30])
    table.save(data, {}, tmp_path / "t.npz", tmp_path / "t.json")
    params = files.canonical_json({"test_size": 0.25, "folds": 3, "seed": 5, "code": "x"})
    paths = [str(tmp_path / "t.npz"), str(tmp_path / "t.json")]
    splits.prepare(params, paths, str(tmp_path / "s.npz"))
    loaded = splits.load(tmp_path / "s.npz")
    assert loaded.digest() == splits.make(data, 0.25, 3, 5).digest()


def test_a_class_that_the_held_out_part_lacks_is_refused():
    with pytest.raises(DataError, match=r"'class 1' has no row in a held-out part of 0.05"):
        splits.make(table_of([294, 6]), 0.05, 5, 1)


def test_a_single_held_out_number_is_refused():
    with pytest.raises(DataError, match="is a single row; raise test_size"):
        splits.make(table_of([20], "regression"), 0.05, 5, 1)


def test_saved_splits_tell_what_they_were_made_by(tmp_path):
    splits.save(splits.make(table_of([30, 30]), 0.2, 3, 1), tmp_path / "s.npz", "a digest")
    assert splits.made_by(tmp_path / "s.npz") == "a digest"
    (tmp_path / "s.npz").write_bytes((tmp_path / "s.npz").read_bytes()[:-9])
    assert splits.made_by(tmp_path / "s.npz") == ""
