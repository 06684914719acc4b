"""Learning curves: nested subsets drawn as rows are split, and the trial's own last point."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from explained import params, won
from studies import METRICS, POINTS, bundled, mixed, rich

from hypertrial.explanation import learning, subsets
from hypertrial.plots import learning as plots

SHARES = (0.1, 0.25, 0.6, 1.0)


def read(path):
    return json.loads(Path(path).read_bytes())


def folds_of(winner, name):
    return read(winner)["validation"][name]["folds"]


def train_folds(winner, name):
    record = read(winner)
    path = f"{winner.removesuffix('winner.json')}trials/{record['trial']}/scores.json"
    scores = read(path)
    return [fold["train"][name] for fold in scores["folds"]]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("model", POINTS)
def test_all_rows_score_exactly_as_the_trial_did(model, task, tmp_path):
    winner = won(rich(task), model, tmp_path, [POINTS[model]], method="random")
    learning.write(winner, params("random"), str(tmp_path / "curve.csv"))
    found = pd.read_csv(tmp_path / "curve.csv")
    whole = found[found["share"] == 1.0]
    assert sorted(found["split"].unique()) == [0, 1, 2]
    for name in METRICS[task]:
        assert whole[f"test_{name}"].tolist() == folds_of(winner, name)
        assert whole[f"train_{name}"].tolist() == train_folds(winner, name)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_all_rounds_score_exactly_as_the_trial_did(task, tmp_path):
    winner = won(rich(task), "xgboost", tmp_path, [POINTS["xgboost"]], method="random")
    learning.write_rounds(winner, str(tmp_path / "rounds.csv"))
    found = pd.read_csv(tmp_path / "rounds.csv")
    last = found[found["rounds"] == found["rounds"].max()]
    for name in METRICS[task]:
        assert last[f"test_{name}"].tolist() == folds_of(winner, name)
        assert last[f"train_{name}"].tolist() == train_folds(winner, name)


def test_fewer_rounds_score_as_a_booster_of_its_own(tmp_path):
    data = bundled("binary")
    longer = won(data, "xgboost", tmp_path / "a", [{"n_estimators": 9, "max_depth": 1}])
    learning.write_rounds(longer, str(tmp_path / "rounds.csv"))
    record = read(longer)
    values = record["hyperparameters"]["set"]
    other = won(data, "xgboost", tmp_path / "b", [{**values, "n_estimators": 4}])
    folder = tmp_path / "b" / "xgboost" / "trials"
    every = [json.loads(path.read_bytes()) for path in folder.glob("*/scores.json")]
    (alone,) = [
        each for each in every if each["hyperparameters"]["set"] == {**values, "n_estimators": 4}
    ]
    assert other
    found = pd.read_csv(tmp_path / "rounds.csv")
    four = found[found["rounds"] == 4]["test_roc_auc"].tolist()
    assert four == [fold["validation"]["roc_auc"] for fold in alone["folds"]]


def test_numbers_of_rounds_are_few_and_end_with_all():
    assert learning.ladder(1, 30) == [1]
    assert learning.ladder(30, 30) == list(range(1, 31))
    for last in (31, 100, 5000):
        numbers = learning.ladder(last, 30)
        assert numbers[0] == 1 and numbers[-1] == last and len(numbers) <= 30
        assert len(numbers) >= 20


@pytest.mark.parametrize("method", ["random", "stratified", "group", "stratified_group", "time"])
def test_subsets_are_nested_and_the_last_is_whole(method):
    data, rows = rich("binary"), np.arange(10, 110)
    parts = subsets.nested(data, rows, method, SHARES, seed=4)
    for small, large in pairwise(parts):
        assert set(small) <= set(large)
    assert all(np.array_equal(part, np.unique(part)) for part in parts)
    np.testing.assert_array_equal(parts[-1], rows)
    again = subsets.nested(data, rows, method, SHARES, seed=5)
    assert (method == "time") == all(map(np.array_equal, parts, again))


def test_subsets_keep_the_shares_of_classes():
    data, rows = bundled("multiclass"), np.arange(90)
    counts = np.bincount(data.y[rows], minlength=3)
    for share, part in zip(
        SHARES, subsets.nested(data, rows, "stratified", SHARES, 1), strict=True
    ):
        assert np.abs(np.bincount(data.y[part], minlength=3) - share * counts).max() <= 1


def test_subsets_have_whole_groups():
    data, rows = rich("regression"), np.arange(120)
    for part in subsets.nested(data, rows, "group", SHARES, 1):
        taken = set(data.group[part])
        assert set(part) == {row for row in rows if data.group[row] in taken}


def test_subsets_of_a_time_series_are_the_latest_rows():
    data, rows = rich("regression"), np.arange(100)
    part = subsets.nested(data, rows, "time", (0.3, 1.0), 1)[0]
    assert len(part) == 30
    assert data.time[part].min() > data.time[np.setdiff1d(rows, part)].max()


def test_sizes_without_a_row_of_each_class_are_said_and_left_out(tmp_path):
    data = mixed("multiclass", rows=200)
    rare = replace(data, y=np.where(np.arange(len(data.y)) < 6, 2, data.y % 2))
    winner = won(rare, "decision_tree", tmp_path, folds=3)
    learning.write(winner, params(), str(tmp_path / "curve.csv"))
    found = pd.read_csv(tmp_path / "curve.csv")
    small, whole = found[found["share"] == 0.1], found[found["share"] == 1.0]
    assert set(small["note"]) == {"no row of class 'top'"}
    assert small["test_accuracy"].isna().all()
    assert whole["note"].isna().all() and whole["test_accuracy"].notna().all()
    outputs = [str(tmp_path / "plot.svg"), str(tmp_path / "plot.png")]
    plots.learning_curves({"decision_tree": str(tmp_path / "curve.csv")}, [winner], outputs)
    assert "gave no score" in (tmp_path / "plot.svg").read_text("utf-8")


def test_very_many_rows_are_fitted_on_fewer_splits(tmp_path, monkeypatch):
    winner = won(bundled("regression"), "decision_tree", tmp_path, folds=4)
    monkeypatch.setattr(learning, "MOST_TRAINING_ROWS", 120)
    learning.write(winner, params(folds=4), str(tmp_path / "curve.csv"))
    assert pd.read_csv(tmp_path / "curve.csv")["split"].unique().tolist() == [0, 1]


def test_the_curve_of_rounds_marks_the_best(tmp_path):
    winner = won(bundled("regression"), "xgboost", tmp_path, [{"n_estimators": 15}])
    learning.write_rounds(winner, str(tmp_path / "rounds.csv"))
    found = pd.read_csv(tmp_path / "rounds.csv").groupby("rounds")["test_rmse"].mean()
    plots.rounds(str(tmp_path / "rounds.csv"), winner, [str(tmp_path / "plot.svg")])
    text = (tmp_path / "plot.svg").read_text("utf-8")
    assert f"best validation mean: {found.idxmin()} rounds" in text


def test_a_metric_that_the_study_asks_for_later_has_curves_too(tmp_path):
    data, points = rich("binary"), [POINTS["xgboost"]]
    winner = won(data, "xgboost", tmp_path, points, first=["log_loss"], method="random")
    assert read(winner)["metrics"][0] == "log_loss"
    learning.write(winner, params("random"), str(tmp_path / "curve.csv"))
    learning.write_rounds(winner, str(tmp_path / "rounds.csv"))
    found, rounds = (pd.read_csv(tmp_path / name) for name in ("curve.csv", "rounds.csv"))
    last = (found[found["share"] == 1.0], rounds[rounds["rounds"] == rounds["rounds"].max()])
    for ends in last:
        assert ends["test_log_loss"].tolist() == folds_of(winner, "log_loss")
        assert ends["train_log_loss"].notna().all()
    plots.learning_curves({"xgboost": str(tmp_path / "curve.csv")}, [winner], [])
