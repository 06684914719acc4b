"""Every method splits as scikit-learn does by hand, or says in a line why it cannot."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    PredefinedSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    train_test_split,
)
from split_tables import random_table, table_of

from hypertrial import seeds
from hypertrial.errors import DataError
from hypertrial.splitting import making
from hypertrial.splitting.split_rules import SplitRules


def make(data, seed=1, **rules):
    return making.make(data, SplitRules(**rules), seed)


def assert_parts_are(made, expected):
    """Compare with the pairs of row numbers that a splitter of scikit-learn gives."""
    parts = list(made.parts())
    assert len(parts) == len(expected) == made.count
    for (training, validation), (by_hand, validated_by_hand) in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(training, np.sort(by_hand))
        np.testing.assert_array_equal(validation, np.sort(validated_by_hand))


@pytest.mark.parametrize(("method", "repeats"), [("stratified", 1), ("random", 1), ("random", 3)])
def test_random_splits_are_those_of_scikit_learn(method, repeats):
    data = random_table(5, "multiclass", 97)
    made = make(data, 7, method=method, test_size=0.23, folds=4, repeats=repeats)
    stratified = method == "stratified"
    training, held_out = train_test_split(
        np.arange(97),
        test_size=0.23,
        stratify=data.y if stratified else None,
        random_state=seeds.derive(7, "held-out", "t"),
    )
    training = np.sort(training)
    np.testing.assert_array_equal(made.held_out, np.sort(held_out))
    np.testing.assert_array_equal(made.training, training)
    expected = []
    for purpose in (["t"], ["t", "1"], ["t", "2"])[:repeats]:
        kind = StratifiedKFold if stratified else KFold
        splitter = kind(4, shuffle=True, random_state=seeds.derive(7, "folds", *purpose))
        pairs = splitter.split(training, data.y[training])
        expected += [(training[fit], training[validate]) for fit, validate in pairs]
    assert_parts_are(made, expected)


@pytest.mark.parametrize("method", ["group", "stratified_group"])
@pytest.mark.parametrize(
    ("test_size", "parts", "taken"), [(0.2, 5, 1), (0.3, 10, 3), (0.02, 50, 1)]
)
def test_splits_by_group_are_those_of_scikit_learn(method, test_size, parts, taken):
    data = random_table(3, "binary", 400, groups=80)
    made = make(data, 7, method=method, test_size=test_size, folds=3, repeats=2)
    kind = GroupKFold if method == "group" else StratifiedGroupKFold
    every = kind(parts, shuffle=True, random_state=seeds.derive(7, "held-out", "t"))
    chosen = [validate for _, validate in every.split(data.X, data.y, data.group)][:taken]
    np.testing.assert_array_equal(made.held_out, np.sort(np.concatenate(chosen)))
    rest = np.setdiff1d(np.arange(400), made.held_out)
    expected = []
    for purpose in (["t"], ["t", "1"]):
        folds = kind(3, shuffle=True, random_state=seeds.derive(7, "folds", *purpose))
        pairs = folds.split(rest, data.y[rest], data.group[rest])
        expected += [(rest[fit], rest[validate]) for fit, validate in pairs]
    assert_parts_are(made, expected)


@pytest.mark.parametrize("test_size", [0.05, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.8])
@pytest.mark.parametrize("method", ["group", "stratified_group"])
def test_equal_groups_are_held_out_in_the_share_that_is_asked_for(method, test_size):
    data = table_of([300, 300], group=np.arange(600) // 5)  # 120 groups of 5 rows
    made = make(data, method=method, test_size=test_size, folds=3)
    assert len(made.held_out) == pytest.approx(600 * test_size, abs=0.1)


def test_nearly_all_groups_can_be_held_out():
    data = table_of([500], "regression", group=np.arange(500) // 5)
    assert len(make(data, test_size=0.98, folds=2).held_out) == 490


@pytest.mark.parametrize("counts", [[94, 12], [10] * 10])
def test_classes_rarer_than_the_parts_of_the_held_out_share_are_no_mistake(counts):
    data = table_of(counts, group=np.arange(sum(counts)))
    made = make(data, test_size=0.15, folds=3)  # 3 of 20 parts, were there 20 of every class
    assert len(made.held_out) == pytest.approx(0.15 * sum(counts), abs=3)


@pytest.mark.parametrize("gap", [0, 3])
def test_splits_of_distinct_times_are_those_of_scikit_learn(gap):
    order = np.random.default_rng(2).permutation(83)
    data = table_of([83], "regression", time=order * 10.0)
    made = make(data, folds=4, gap=gap)
    in_time = np.argsort(order)
    np.testing.assert_array_equal(made.held_out, np.sort(in_time[66:]))  # 0.2 of 83 is 16.6
    pairs = TimeSeriesSplit(4, gap=gap).split(in_time[:66])
    assert_parts_are(made, [(in_time[fit], in_time[validate]) for fit, validate in pairs])


def test_rows_of_one_time_stay_together_and_a_gap_counts_times():
    # Times 0 to 4 with one to five rows; 7 of 15 rows are asked for, 4 or 9 could be had.
    time = np.repeat([3, 0, 4, 1, 2], [4, 1, 5, 2, 3]) * 10**18
    made = make(table_of([15], "regression", time=time), test_size=7 / 15, folds=2)
    assert (time[made.held_out] == 4 * 10**18).all()
    assert len(made.held_out) == 5
    found = [(set(time[t] // 10**18), set(time[v] // 10**18)) for t, v in made.parts()]
    assert found == [({0, 1}, {2}), ({0, 1, 2}, {3})]
    apart = make(table_of([15], "regression", time=time), test_size=7 / 15, folds=2, gap=1)
    found = [(set(time[t] // 10**18), set(time[v] // 10**18)) for t, v in apart.parts()]
    assert found == [({0}, {2}), ({0, 1}, {3})]
    np.testing.assert_array_equal(apart.training, made.training)


def test_predefined_splits_are_those_of_scikit_learn():
    fold = np.random.default_rng(0).choice([-1, 0, 2, 5], 60).astype(np.int16)
    data = replace(random_table(1, "binary", 60), fold=fold)
    made = make(data, test_size=0.9, folds=17)
    np.testing.assert_array_equal(made.held_out, np.flatnonzero(fold == -1))
    rest = np.flatnonzero(fold >= 0)
    pairs = PredefinedSplit(fold[rest]).split()
    assert_parts_are(made, [(rest[fit], rest[validate]) for fit, validate in pairs])


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
        make(table_of(counts), test_size=size, folds=folds)
    assert str(caught.value).startswith(f"t: {problem}")


ROWS = np.arange(40)


@pytest.mark.parametrize(
    ("data", "rules", "message"),
    [
        (
            table_of([20, 20], group=ROWS % 5),
            {},
            "t: 5 groups are too few for a held-out part of 0.2 and 5 folds; use fewer folds",
        ),
        (
            table_of([40], "regression", group=ROWS % 2),
            {"folds": 2, "test_size": 0.1},
            "t: 2 groups are too few for a held-out part of 0.1 and 2 folds; use fewer folds",
        ),
        (
            table_of([35, 5], group=ROWS),
            {},
            "t: class 'class 1' has 5 rows; 5 folds and a held-out row need 6: use fewer folds, "
            "or merge or drop the class",
        ),
        (
            table_of([20, 20], group=np.maximum(ROWS, 20)),  # class 0 is a single group
            {"folds": 3, "method": "group"},
            "t: class 'class 0' has no row in a held-out part of 0.2; raise test_size, or merge "
            "or drop the class",
        ),
        (
            table_of([30, 10], group=np.minimum(ROWS // 5, 6)),  # class 1 is a single group
            {"folds": 3, "test_size": 0.5},
            "t: class 'class 1' has 0 training rows; 3 folds need 3: use fewer folds, or merge "
            "or drop the class",
        ),
        (
            table_of([20, 20], time=ROWS),
            {"test_size": 0.1},
            "t: class 'class 0' has no row in a held-out part of 0.1; raise test_size, or merge "
            "or drop the class",
        ),
        (
            table_of([20, 20], time=np.where(ROWS < 5, 99, ROWS)),
            {},
            "t: class 'class 1' has no training row in split 0; use fewer folds or another "
            "split.method, or merge or drop the class",
        ),
        (
            table_of([40], "regression", time=ROWS // 10),
            {"folds": 3, "test_size": 0.25},
            "t: 4 different times are too few for a held-out part of 0.25, 3 folds; use fewer "
            "folds",
        ),
        (
            table_of([40], "regression", time=ROWS // 4),
            {"folds": 3, "gap": 2},
            "t: 10 different times are too few for a held-out part of 0.2, 3 folds and a gap of 2; "
            "use fewer folds or a smaller gap",
        ),
        (
            table_of([40], "regression", time=ROWS * 0),
            {"folds": 2},
            "t: 1 different times are too few for a held-out part of 0.2, 2 folds; use fewer folds",
        ),
        (
            table_of([40], "regression", fold=np.where(ROWS < 20, 0, -1)),
            {},
            "t: datasets.t.fold names 1 folds beside the held-out part; at least 2 are needed",
        ),
        (
            table_of([40], "regression", fold=ROWS % 3),
            {},
            "t: the held-out part (fold -1) is empty; hold out more rows",
        ),
        (
            table_of([40], "regression", fold=np.maximum(ROWS % 3, 1) - 2 * (ROWS == 0)),
            {},
            "t: the held-out part (fold -1) is a single row; hold out more rows",
        ),
        (
            table_of([20, 20], fold=np.where(ROWS < 10, -1, ROWS % 2)),
            {},
            "t: class 'class 1' has no row in the held-out part (fold -1); hold out more rows, or "
            "merge or drop the class",
        ),
        (
            table_of([20, 20], fold=np.where(ROWS % 5, ROWS // 20, -1)),
            {},
            "t: class 'class 0' has no training row in split 0; use fewer folds or another "
            "split.method, or merge or drop the class",
        ),
        (
            table_of([20], "regression"),
            {"test_size": 0.05},
            "t: a held-out part of 0.05 is a single row; raise test_size",
        ),
        (
            table_of([294, 6]),
            {"test_size": 0.05},
            "t: class 'class 1' has no row in a held-out part of 0.05; raise test_size, or merge "
            "or drop the class",
        ),
    ],
)
def test_what_a_method_cannot_split_is_said_in_a_line(data, rules, message):
    with pytest.raises(DataError) as caught:
        make(data, **rules)
    assert str(caught.value) == message


def test_a_fold_that_a_splitter_leaves_empty_is_said(monkeypatch):
    class Lopsided(KFold):
        def split(self, X, y=None, groups=None):
            yield np.arange(0, len(X), 2), np.arange(1, len(X), 2)
            yield np.arange(len(X)), np.arange(0)

    # By group this happens where rounding decides between equally good folds.
    monkeypatch.setattr("sklearn.model_selection.KFold", Lopsided)
    with pytest.raises(DataError, match=r"^t: split 1 has no row to validate on; use fewer folds$"):
        make(table_of([40], "regression"), folds=2)


@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=4),
    st.floats(0.01, 0.99),
    st.integers(2, 6),
    st.sampled_from(["random", "auto", "group", "stratified_group", "time", "predefined"]),
    st.booleans(),
    st.integers(0, 99),
)
def test_any_table_is_split_as_asked_or_refused_in_words(
    counts, size, folds, method, regression, seed
):
    rng = np.random.default_rng(seed)
    rows = sum(counts)
    roles = {"group": "group", "stratified_group": "group", "time": "time", "predefined": "fold"}
    given_roles = {roles[method]: rng.integers(-1, 5, rows)} if method in roles else {}
    data = table_of(counts, "regression" if regression else None, **given_roles)
    try:
        made = make(data, test_size=size, folds=folds, method=method)
    except DataError as error:
        known = ("t: ", "split.method: 'stratified_group' is for classes")
        assert all(line.startswith(known) for line in str(error).split("\n"))
        return
    if method in ("random", "auto"):
        assert len(made.held_out) == np.ceil(size * rows)
    for training, validation in made.parts():
        assert len(validation)
        if not regression:
            assert set(data.y[training]) == set(data.y[made.held_out]) == set(range(len(counts)))
        if not regression and method == "auto":
            assert set(data.y[validation]) == set(range(len(counts)))


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("seed", range(5))
def test_one_large_group_does_not_swell_the_held_out_part(task, seed):
    sizes = [600, *[20] * 20]
    group = np.repeat(np.arange(21), sizes)
    data = replace(random_table(seed, task, 1000), group=group, time=None, fold=None, weight=None)
    made = making.make(data, SplitRules(folds=3), seed)
    assert 0.1 <= made.held.mean() <= 0.3


def test_a_class_whose_rows_have_no_weight_is_absent():
    data = replace(random_table(0, "binary", 90), group=None, time=None, fold=None)
    data = replace(data, weight=(data.y == 0).astype(float))
    with pytest.raises(DataError, match=r"has no row in a held-out part of 0\.2"):
        making.make(data, SplitRules(folds=3), 1)
