"""Data sets made of others: outer folds and permuted targets."""

import json
from dataclasses import replace

import numpy as np
import pytest
from studies import bench, bundled, rich

from hypertrial.data import derived, table
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import DataError
from hypertrial.splitting import outer, splits
from hypertrial.splitting.split_rules import SplitRules

FOLDS = 4


def parts(made, rules):
    return [outer.part(made.table, made.splits, rules, 1, (i, FOLDS)) for i in range(1, FOLDS + 1)]


@pytest.mark.parametrize(
    ("task", "method"),
    [
        ("binary", "stratified"),
        ("regression", "random"),
        ("regression", "group"),
        ("multiclass", "stratified_group"),
    ],
)
def test_outer_folds_hold_out_every_training_row_once_and_no_held_out_row(tmp_path, task, method):
    made = bench(rich(task), tmp_path, method=method)
    found = parts(made, SplitRules(method=method))
    held = np.concatenate([rows[is_held] for rows, is_held in found])
    assert np.array_equal(np.sort(held), made.splits.training)
    for rows, _ in found:
        assert np.array_equal(rows, made.splits.training)
    if "group" in method:
        for rows, is_held in found:
            group = made.table.group[rows]
            assert not set(group[is_held]) & set(group[~is_held])


def test_an_outer_fold_of_a_time_series_learns_from_earlier_rows_only(tmp_path):
    made = bench(rich("regression"), tmp_path, method="time")
    for rows, is_held in parts(made, SplitRules(method="time")):
        time = made.table.time[rows]
        assert time[~is_held].max() < time[is_held].min()


def prepared(tmp_path, made, spec, rules):
    params = {"name": spec.name, "outer": spec.outer, "splits": rules}
    paths = [str(tmp_path / "d.npz"), str(tmp_path / "d.json")]
    derived.prepare(json.dumps(params), made.table_paths, made.splits_path, *paths)
    return table.load(*paths), paths


def test_an_outer_fold_is_a_data_set_with_inner_folds_of_its_own(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    spec = derived.specs(DatasetSpec("breast_cancer", "breast_cancer"), 3, False)[1]
    assert (spec.name, spec.parent, spec.outer) == ("breast_cancer.outer2", "breast_cancer", (2, 3))
    rules = {**vars(SplitRules(folds=3)), "seed": 1}
    data, paths = prepared(tmp_path, made, spec, rules)
    output = str(tmp_path / "inner.npz")
    outer.prepare(
        json.dumps({**rules, "outer": [2, 3]}), made.table_paths, made.splits_path, paths, output
    )
    inner = splits.load(output)
    rows, held = outer.part(made.table, made.splits, SplitRules(folds=3), 1, (2, 3))
    assert np.array_equal(inner.held, held)
    assert np.array_equal(np.asarray(data.X), made.table.X[rows])
    validated = np.concatenate([validation for _, validation in inner.parts()])
    assert np.array_equal(np.sort(validated), inner.training)
    assert sum(table.read_description(paths[1])["class_counts"].values()) == len(rows)


def test_permuted_targets_are_the_same_ones_in_another_order(tmp_path):
    made = bench(rich("multiclass"), tmp_path, method="group")
    (spec,) = derived.specs(DatasetSpec("mixed", "mixed.csv"), 0, True)
    data, _ = prepared(tmp_path, made, spec, {**vars(SplitRules()), "seed": 1})
    assert spec.name == data.name == "mixed.permuted"
    assert not np.array_equal(data.y, made.table.y)
    assert np.array_equal(np.sort(data.y), np.sort(made.table.y))
    assert np.array_equal(np.asarray(data.X), made.table.X, equal_nan=True)
    assert np.array_equal(data.weight, made.table.weight)
    again, _ = prepared(tmp_path, made, spec, {**vars(SplitRules()), "seed": 1})
    assert data.digest == again.digest
    other, _ = prepared(tmp_path, made, spec, {**vars(SplitRules()), "seed": 2})
    assert data.digest != other.digest


def test_too_few_rows_of_a_class_or_times_for_outer_folds_are_an_error(tmp_path):
    data = bundled("binary", 60)
    made = bench(data, tmp_path)
    rare = replace(made.table, y=(np.arange(60) < 3).astype(np.int64))
    with pytest.raises(DataError, match="use fewer folds"):
        outer.part(rare, made.splits, SplitRules(), 1, (1, 5))
    times = replace(rich("regression"), time=np.arange(120) // 60)
    with pytest.raises(DataError, match="too few for 5 outer folds"):
        held = splits.Splits(np.zeros((1, 120), np.int8), np.zeros(120, bool))
        outer.part(times, held, SplitRules(method="time"), 1, (1, 5))
