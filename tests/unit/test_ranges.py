"""Nothing that is drawn of a score leaves the metric's range, nor does any axis of scores."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from test_plots import grid, study, trials_of

from hypertrial import collect, files
from hypertrial.explanation import permutation
from hypertrial.metrics import METRICS
from hypertrial.plots import (
    comparisons,
    cost,
    curves,
    explained,
    honesty,
    importance,
    learning,
    overview,
    style,
    tuning,
)

FOLDS = {
    "accuracy": [1.0, 1.0, 0.4],
    "matthews": [-1.0, -1.0, 1.0],
    "rmse": [0.0, 0.0, 5.0],
    "r2": [1.0, 1.0, -3.0],
}
"""Scores of a fold each, whose deviation goes beyond a bound of their metric."""
metrics = pytest.mark.parametrize("metric", [METRICS[name] for name in FOLDS], ids=list(FOLDS))


@pytest.fixture
def figures(monkeypatch):
    """Keep the figures that are saved."""
    kept: list[Figure] = []
    save = style.save
    monkeypatch.setattr(
        style, "save", lambda figure, outputs: (kept.append(figure), save(figure, outputs))
    )
    return kept


def hold(ax, axis, low, high):
    """Check the limits of an axis, and where what is drawn begins and ends on it."""
    drawn = getattr(ax.dataLim, f"interval{axis}")
    assert low - 1e-12 <= min(drawn) <= max(drawn) <= high + 1e-12  # bars are added up again
    first, last = sorted(getattr(ax, f"get_{axis}lim")())
    assert low <= first < last <= high
    for line in ax.lines:
        points = line.get_xydata()[:, 0 if axis == "x" else 1]
        at_bound = np.isin(points, [low, high]).any()
        if line.get_marker() not in ("None", None) and at_bound:
            assert not line.get_clip_on(), "a mark at the end of the range is drawn whole"


def outputs(tmp_path):
    return [str(tmp_path / "plot.svg")]


def written(tmp_path, name, rows):
    collect.write_table(pd.DataFrame(rows), tmp_path / name)
    return str(tmp_path / name)


def winner(tmp_path, metric, model="svm"):
    """Write the record of a winner whose deviation over the folds goes beyond the range."""
    folds = FOLDS[metric.name]
    scores = {"mean": float(np.mean(folds)), "std": float(np.std(folds)), "folds": folds}
    record = {
        "dataset": "wine",
        "model": model,
        "metrics": [metric.name],
        "validation": {metric.name: scores},
        "default": {metric.name: scores},
        "held_out": {metric.name: folds[0]},
        "trial": "a00000000000",
    }
    files.write(tmp_path / f"{model}.json", files.json_bytes(record))
    return str(tmp_path / f"{model}.json")


@metrics
def test_winners_are_compared_within_the_range(tmp_path, figures, metric):
    overview.comparison([winner(tmp_path, metric)], outputs(tmp_path))
    hold(figures[0].axes[0], "x", metric.low, metric.high)


def searched(metric, **values):
    """Return the trials of a grid, whose scores and deviations reach beyond the range."""
    cells = grid(**values)
    count = len(next(iter(cells.values())))
    scores = np.resize(FOLDS[metric.name], count)
    rows = trials_of(cells, scores, metric.name, train=0.0)
    for part in ("test", "train"):
        rows[f"std_{part}_{metric.name}"] = 0.8
    return rows


@metrics
@pytest.mark.parametrize("values", [(1.0, 10.0, 100.0), ("a", "b", "c")])
def test_searches_are_drawn_within_the_range(tmp_path, figures, metric, values):
    trials, chosen = study(tmp_path, searched(metric, C=values), metric=metric.name)
    curves.validation_curves(trials, chosen, outputs(tmp_path))
    hold(figures[0].axes[0], "y", metric.low, metric.high)
    metric_of = {"wine": metric.name}
    overview.learned_values({"wine/svm": trials}, [chosen], metric_of, outputs(tmp_path))
    hold(figures[1].axes[0], "y", metric.low, metric.high)
    names = {"model": "svm", "hyperparameter": "C", "evaluator": "fanova", "importance": 1.0}
    found = written(tmp_path, "importance.csv", [names])
    importance.panels(found, {"svm": trials}, metric.name, "wine", outputs(tmp_path))
    hold(figures[2].axes[1], "y", metric.low, metric.high)


@metrics
def test_costs_are_drawn_within_the_range(tmp_path, figures, metric):
    rows = searched(metric, C=(1.0, 10.0, 100.0))
    trials, chosen = study(tmp_path, rows, metric=metric.name)
    spent = written(tmp_path, "cost.csv", {"trial": rows["trial"], "cpu_seconds": [1.0, 2.0, 3.0]})
    paths = {"svm": trials}, {"svm": spent}, [chosen]
    cost.against_score(*paths, metric.name, "wine", outputs(tmp_path))
    hold(figures[0].axes[0], "y", metric.low, metric.high)


@metrics
def test_learning_curves_are_drawn_within_the_range(tmp_path, figures, metric):
    folds = FOLDS[metric.name]
    rows = [
        {"share": share, "size": 100 * share, "rounds": 10 * share, "note": None}
        | {f"{part}_{metric.name}": score for part in ("train", "test")}
        for share in (0.5, 1.0)
        for score in folds
    ]
    found, chosen = written(tmp_path, "curve.csv", rows), winner(tmp_path, metric)
    learning.learning_curves({"svm": found}, [chosen], outputs(tmp_path))
    learning.rounds(found, chosen, outputs(tmp_path))
    for figure in figures:
        hold(figure.axes[0], "y", metric.low, metric.high)


@metrics
def test_honest_scores_are_drawn_within_the_range_and_without_an_interval_too(
    tmp_path, figures, metric
):
    folds = FOLDS[metric.name]
    end, middle = folds[0], float(np.mean(folds))
    row = {
        "dataset": "wine",
        "metric": metric.name,
        **dict.fromkeys(("selected", "corrected", "held_out", "nested", "chance", "baseline"), end),
        **{"corrected_low": middle, "corrected_high": end, "nested_std": 0.5},
        **dict.fromkeys(("held_out_low", "held_out_high", "chance_low", "chance_high")),
        "permuted_held_out": end,
    }
    known = {"chance_low": min(middle, end), "chance_high": max(middle, end)}
    rows = [{**row, "model": "svm"}, {**row, **known, "model": "tree"}]
    honesty.panels(written(tmp_path, "honesty.csv", rows), outputs(tmp_path))
    for ax in figures[0].axes:
        hold(ax, "x", metric.low, metric.high)


@metrics
def test_budgets_are_drawn_within_the_range(tmp_path, figures, metric):
    low, high = sorted(FOLDS[metric.name])[:: len(FOLDS[metric.name]) - 1]
    names = ("model", "metric", "trials", "expected_best", "low", "high")
    best = high if metric.greater_is_better else low
    rows = [("svm", metric.name, 1, 0.5, low, high), ("svm", metric.name, 5, best, best, best)]
    table = written(tmp_path, "budget.csv", [dict(zip(names, row, strict=True)) for row in rows])
    tuning.budget(table, "wine", outputs(tmp_path))
    hold(figures[0].axes[0], "y", metric.low, metric.high)


@metrics
def test_differences_are_no_greater_than_two_scores_can_be_apart(tmp_path, figures, metric):
    most = metric.span if math.isfinite(metric.span) else 30.0
    gain = {"model": "svm", "metric": metric.name, "level": 0.95, "gain": most, "gain_high": most}
    gains = [
        {**gain, "part": "validation", "gain_low": -most},
        {**gain, "part": "held_out", "gain_low": None, "gain_high": None},
    ]
    losses = [{"model": "svm", "hyperparameter": name, "loss": most} for name in "ab"]
    tables = written(tmp_path, "gains.csv", gains), written(tmp_path, "losses.csv", losses)
    tuning.panels(*tables, "wine", outputs(tmp_path))
    hold(figures[0].axes[0], "x", -metric.span, metric.span)
    hold(figures[0].axes[1], "x", 0, metric.span)
    pair = {"model_a": "a", "model_b": "b", "metric": metric.name, "level": 0.95, "note": ""}
    pair |= {"difference": most, "low": -most, "high": most, "effect_size": 1, "p_value_holm": 1}
    comparisons.significance(written(tmp_path, "pairs.csv", [pair]), "wine", outputs(tmp_path))
    hold(figures[1].axes[0], "x", -metric.span, metric.span)


@metrics
def test_losses_of_a_shuffled_column_are_those_that_there_can_be(tmp_path, figures, metric):
    base = {"accuracy": 0.9, "matthews": 0.9, "rmse": 0.5, "r2": 0.9}[metric.name]
    least, most = metric.losses_from(base)
    assert least == pytest.approx({"rmse": -0.5}.get(metric.name, -0.1))
    losses = np.array([[least, least, 0.5], [0.1, 0.1, 0.1]])
    found = [permutation._summary(each, 0.95, metric, base) for each in losses]
    assert found[0]["low"] == least
    assert np.isnan(found[1]["low"]) and np.isnan(found[1]["high"])
    rows = [
        {**each, "feature": name, "rows": 3, "metric": metric.name, "score": base}
        for name, each in zip("ab", found, strict=True)
    ]
    table = written(tmp_path, "permutation.csv", rows)
    explained.permutation_importance(table, winner(tmp_path, metric), outputs(tmp_path))
    hold(figures[0].axes[0], "x", least, most)


def test_only_what_lies_within_the_limits_is_drawn_beyond_the_frame():
    ax = Figure().add_subplot()
    (inside,) = ax.plot([0.0, 1.0], [0.5, 1.0], marker="o")
    (outside,) = ax.plot([0.0, 1.0], [0.5, -7.0], marker="o")
    ax.set_ylim(0, 1.1)
    style.hold(ax, 0, 1)
    assert ax.get_ylim() == (0, 1)
    assert not inside.get_clip_on()
    assert outside.get_clip_on()
