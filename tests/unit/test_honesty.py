"""What selection adds to a score, nested searches, and chance."""

import json

import numpy as np
import pytest
from scipy.stats import permutation_test
from sklearn.metrics import balanced_accuracy_score, root_mean_squared_error
from studies import bench, bundled

from hypertrial import collect, confidence
from hypertrial.data.table import Column, Table
from hypertrial.families import Response
from hypertrial.honesty import chance, optimism, table
from hypertrial.honesty.optimism import Predictions
from hypertrial.metrics import METRICS
from hypertrial.scoring.sample import Rows


def data_of(y, task="binary"):
    classes = () if task == "regression" else tuple("abc"[: int(max(y)) + 1])
    X = np.zeros((len(y), 1))
    return Table("made", task, "y", (Column("x", "numeric"),), classes, X, y)


def trials_of(data, predictions):
    rows = np.arange(len(data.y))
    return [
        Predictions((rows,), (Rows(data.task, len(data.classes), data.y, Response(each, each)),))
        for each in predictions
    ]


def correct(data, predictions, metric, seed=3, **others):
    units = confidence.units_of(data.task, data.y, data.group)
    rows, weight = np.arange(len(data.y)), np.ones(len(data.y))
    return optimism.correct(
        trials_of(data, predictions), METRICS[metric], weight, units, rows, seed, **others
    )


def by_hand(y, predictions, score, sign, draw, resamples):
    """Bootstrap bias corrected cross-validation, with rows that are really repeated."""
    outside = []
    for _ in range(resamples):
        drawn = draw()
        left = np.setdiff1d(np.arange(len(y)), drawn)
        inside = [sign * score(y[drawn], each[drawn]) for each in predictions]
        outside.append(score(y[left], predictions[int(np.argmax(inside))][left]))
    return np.mean(outside)


def test_it_is_what_resampling_rows_by_hand_gives():
    rng = np.random.default_rng(0)
    y = rng.normal(size=80)
    data = data_of(y, "regression")
    predictions = [y + rng.normal(scale=scale, size=80) for scale in (1.0, 1.05, 1.1, 1.2)]
    own = correct(data, predictions, "rmse", seed=5, most=40)
    again = np.random.default_rng(5)
    units = confidence.units_of("regression", y, None)

    def draw():
        return np.repeat(np.arange(80), units.draw(again).astype(int))

    expected = by_hand(y, predictions, root_mean_squared_error, -1, draw, 40)
    assert own.corrected == pytest.approx(expected, rel=1e-12)
    assert own.selected == pytest.approx(root_mean_squared_error(y, predictions[0]), rel=1e-12)
    assert own.bias == pytest.approx(own.corrected - own.selected, rel=1e-12)
    assert own.low < own.corrected < own.high
    assert own.resamples == 40


def test_the_luckiest_of_many_guesses_is_brought_back_to_chance():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 100)
    guesses = rng.integers(0, 2, (200, 100))
    guesses = sorted(guesses, key=lambda each: -balanced_accuracy_score(y, each))
    found = correct(data_of(y), guesses, "balanced_accuracy")
    assert found.selected > 0.6
    assert abs(found.corrected - 0.5) < 0.04
    assert found.bias > 0.1


def test_one_trial_was_not_selected_and_has_no_bias_but_that_of_the_draw():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 300)
    right = np.where(rng.random(300) < 0.8, y, 1 - y)
    assert abs(correct(data_of(y), [right], "balanced_accuracy").bias) < 0.01


def test_large_studies_get_fewer_resamples(monkeypatch):
    monkeypatch.setattr(optimism, "MOST_PREDICTIONS", 100 * 3 * 50)
    y = np.arange(100) % 2
    assert correct(data_of(y), [y] * 3, "accuracy").resamples == 50
    assert correct(data_of(y), [y] * 30, "accuracy").resamples == optimism.FEWEST_RESAMPLES


def test_a_score_has_the_p_value_of_an_independent_permutation_test():
    rng = np.random.default_rng(4)
    y = np.arange(40) % 2
    predicted = np.where(rng.random(40) < 0.65, y, 1 - y)
    found = chance.by_chance(
        METRICS["balanced_accuracy"], data_of(y), Response(predicted, predicted), 1, 0.95
    )
    other = permutation_test(
        (y,),
        lambda order: balanced_accuracy_score(order, predicted),
        permutation_type="pairings",
        n_resamples=4000,
        alternative="greater",
        rng=np.random.default_rng(5),
    )
    assert found["score"] == pytest.approx(other.statistic)
    assert found["p_value"] == pytest.approx(other.pvalue, abs=0.04)
    assert found["chance"] == pytest.approx(0.5, abs=0.02)
    assert found["low"] < 0.5 < found["high"]


def test_a_perfect_score_is_beyond_chance_whichever_way_is_better():
    y = np.linspace(0, 1, 50)
    found = chance.by_chance(METRICS["rmse"], data_of(y, "regression"), Response(y, y), 1, 0.95)
    assert found["p_value"] == 1 / (chance.SHUFFLES + 1)
    assert found["low"] > 0


def test_repeats_are_scored_one_by_one_and_a_whole_search_is_written(tmp_path):
    made = bench(bundled("binary"), tmp_path, repeats=2)
    points = [{}, {"max_depth": 1}, {"max_depth": 3}]
    specs = [made.spec("decision_tree", point) for point in points]
    for spec in specs:
        made.run(spec)
    root = made.folder / "decision_tree"
    folders = [str(root / "trials" / spec.trial) for spec in specs]
    scores, costs, trials = (str(root / name) for name in ("s.jsonl", "c.jsonl", "trials.csv"))
    collect.bundle(folders, specs[0].metrics, made.table_paths, scores, costs)
    collect.tables(
        [scores], [costs], specs[0].metrics, [trials], [str(root / "cost.csv")], str(root / "l.csv")
    )
    winner = root / "winner.json"
    winner.write_text(json.dumps({"trial": specs[1].trial}))
    rules = {"metrics": specs[0].metrics, "repeats": 2, "seed": 1, "level": 0.9}
    optimism.write(trials, made.table_paths, rules, str(winner), str(root / "optimism.json"))
    found = json.loads((root / "optimism.json").read_bytes())
    own = optimism.read(root / "trials" / specs[1].trial, made.table, 2, 3)
    assert [len(rows) for rows in own.rows] == [len(made.splits.training)] * 2
    assert found["trials"] == 3
    weight = np.ones(len(made.table.y))
    assert found["selected"] == own.score(METRICS["roc_auc"], weight)


def test_the_nested_estimate_is_the_mean_over_outer_folds():
    def winner(validation, held_out, depth):
        return {
            "metrics": ["rmse"],
            "validation": {"rmse": {"mean": validation}},
            "held_out": {"rmse": held_out},
            "hyperparameters": {"set": {"max_depth": depth}},
        }

    row = table._nested([winner(10.0, 12.0, 2), winner(11.0, 13.0, 2), winner(9.0, 14.0, 3)])
    assert row == {
        "nested": 13.0,
        "nested_std": 1.0,
        "nested_optimism": 3.0,
        "outer_folds": 3,
        "different_winners": 2,
    }
