"""What selection adds to a score, nested searches, and chance."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test
from sklearn.metrics import balanced_accuracy_score
from studies import bench, bundled

from hypertrial import collect, confidence, files
from hypertrial.data.table import Column, Table
from hypertrial.families import Response
from hypertrial.honesty import chance, optimism, table
from hypertrial.honesty.optimism import Part
from hypertrial.metrics import METRICS
from hypertrial.scoring.sample import Rows, Sample


def data_of(y, task="binary"):
    classes = () if task == "regression" else tuple("abc"[: int(max(y)) + 1])
    X = np.zeros((len(y), 1))
    return Table("made", task, "y", (Column("x", "numeric"),), classes, X, y)


def corrected(scores, greater_is_better=True, repeats=1, seed=3):
    return optimism.correct(np.asarray(scores, dtype=float), greater_is_better, repeats, seed)[0]


def guesses(rng, trials, rows, folds, quality=0.5):
    """Return the accuracies on folds of trials that are right with one probability, best first."""
    right = rng.random((trials, rows)) < quality
    scores = np.stack([part.mean(axis=1) for part in np.split(right, folds, axis=1)], axis=1)
    return scores[np.argsort(-scores.mean(axis=1), kind="stable")]


def by_hand(scores, greater_is_better, draws, seed):
    """Bootstrap bias corrected cross-validation with folds that are really repeated."""
    rng, folds = np.random.default_rng(seed), scores.shape[1]
    sign = 1 if greater_is_better else -1
    outside = [[] for _ in range(folds)]
    samples = [[k for k in range(folds) if k != left] for left in range(folds)]
    samples += [list(rng.integers(folds, size=folds)) for _ in range(draws)]
    for sample in samples:
        winner = int(np.argmax(sign * scores[:, sample].mean(axis=1)))
        for fold in set(range(folds)) - set(sample):
            outside[fold].append(scores[winner, fold])
    return np.mean([np.mean(each) for each in outside])


@pytest.mark.parametrize("greater_is_better", [True, False])
def test_it_is_what_resampling_folds_by_hand_gives(greater_is_better):
    scores = np.random.default_rng(0).gamma(4.0, size=(30, 5))
    best = np.argmax if greater_is_better else np.argmin
    scores = np.roll(scores, -best(scores.mean(axis=1)), axis=0)
    own = corrected(scores, greater_is_better, seed=5)
    expected = by_hand(scores, greater_is_better, optimism.DRAWS, 5)
    assert own.corrected == pytest.approx(expected, rel=1e-12)
    assert own.selected == pytest.approx(scores[0].mean(), rel=1e-15)
    sign = 1 if greater_is_better else -1
    assert own.bias == pytest.approx(sign * (own.selected - own.corrected), rel=1e-12)
    assert own.bias > 0


def test_two_folds_are_each_scored_by_what_the_other_selects():
    scores = [[0.9, 0.8], [1.0, 0.5], [0.1, 0.85]]
    assert corrected(scores).corrected == pytest.approx((0.5 + 0.1) / 2)


def test_the_luckiest_of_many_guesses_is_brought_back_to_chance():
    rng = np.random.default_rng(1)
    found = [corrected(guesses(rng, 200, 100, 5)) for _ in range(40)]
    assert min(each.selected for each in found) > 0.6
    assert abs(np.mean([each.corrected for each in found]) - 0.5) < 0.02
    assert min(each.bias for each in found) > 0


def test_trials_that_are_equal_on_the_other_folds_share_their_selection():
    """Of coarse scores many are equal; to take the winner then brings its luck back in."""
    rng = np.random.default_rng(2)
    found = [corrected(guesses(rng, 50, 8, 2)).corrected for _ in range(120)]
    assert abs(np.mean(found) - 0.5) < 0.03


@pytest.mark.parametrize("repeats", [1, 2])
def test_one_trial_was_not_selected_and_has_no_bias_at_all(repeats):
    scores = np.random.default_rng(2).normal(size=(1, 6))
    found = corrected(scores, repeats=repeats)
    assert found.corrected == found.selected == pytest.approx(scores.mean(), rel=1e-15)
    assert found.bias == 0.0
    assert corrected(np.repeat(scores, 5, axis=0), repeats=repeats).bias == 0.0


def test_a_split_alone_tells_nothing_and_says_so():
    found = corrected([[0.7], [0.6]])
    assert np.isnan(found.corrected)
    assert found.note.startswith("one split")


ranges = st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.0, 1e9), (-1e9, 1.0)])


@settings(max_examples=50, deadline=None)
@given(st.data(), ranges, st.integers(2, 6), st.integers(1, 3), st.booleans())
def test_no_corrected_score_leaves_the_scores_it_is_made_of(data, bounds, folds, repeats, greater):
    score = st.one_of(st.floats(*bounds), st.sampled_from(bounds))
    row = st.lists(score, min_size=folds * repeats, max_size=folds * repeats)
    scores = np.array(data.draw(st.lists(row, min_size=1, max_size=6)))
    found, shares = optimism.correct(scores, greater, repeats, 1)
    assert bounds[0] <= scores.min() <= found.corrected <= scores.max() <= bounds[1]
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-12)


RULES = {"metrics": ["roc_auc"], "repeats": 1, "seed": 3, "level": 0.95}


def parts_of(y, task, predictions, folds):
    """Return what one trial predicts of the rows of each fold, with all of the selections."""
    parts = []
    for fold in range(folds):
        rows = np.flatnonzero(np.arange(len(y)) % folds == fold)
        response = Response(predictions[rows], predictions[rows], ranking=predictions[rows])
        scored = Rows(task, 0 if task == "regression" else 2, y[rows], response)
        parts.append(Part(fold, 1.0, rows, scored))
    return parts


def interval_of(y, task, predictions, folds, metric, group=None):
    units = confidence.units_of(task, y, group)
    parts = parts_of(y, task, predictions, folds)
    weight = np.ones(len(y))
    return optimism.interval(parts, METRICS[metric], weight, units, np.arange(len(y)), RULES)


@settings(max_examples=15, deadline=None)
@given(st.data(), st.booleans(), st.integers(2, 4))
def test_no_interval_of_a_corrected_score_leaves_the_range(data, grouped, folds):
    """As AUC 1.28 and RMSE -5 did, where pooled scores of few rows were moved to those of folds."""
    rows = data.draw(st.integers(2 * folds, 16))
    small = st.lists(st.integers(-3, 3), min_size=rows, max_size=rows)
    predictions, errors = (np.array(data.draw(small), dtype=float) for _ in range(2))
    group = np.arange(rows) // 2 if grouped else None
    for task, y, names in (
        ("binary", np.arange(rows) // 2 % 2, ["roc_auc", "average_precision"]),
        ("regression", predictions + errors, ["rmse", "r2"]),
    ):
        for name in names:
            found = interval_of(y, task, predictions, folds, name, group)
            if found["low"] is None:
                assert found["note"]
            else:
                assert METRICS[name].low <= found["low"] < found["high"] <= METRICS[name].high


def test_the_interval_of_a_mean_over_folds_has_the_error_of_the_formula():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    found = interval_of(y, "regression", np.zeros(300), 3, "mae")
    expected = np.abs(y).std() / np.sqrt(300)
    assert found["standard_error"] == pytest.approx(expected, rel=0.2)
    assert found["low"] < np.abs(y).mean() < found["high"]


def test_large_studies_get_fewer_resamples(monkeypatch):
    y = np.arange(60.0)
    for predictions, scores, expected in (
        (60 * 50, 10**6, 50),
        (1, 10**6, optimism.FEWEST_RESAMPLES),
        (10**9, 1, optimism.FEW_RESAMPLES),
    ):
        monkeypatch.setattr(optimism, "MOST_PREDICTIONS", predictions)
        monkeypatch.setattr(optimism, "MOST_SCORES", scores)
        found = interval_of(y, "regression", np.zeros(60), 3, "mae")
        assert found["defined"] == expected


def test_two_groups_of_validated_rows_have_no_interval():
    y = np.arange(8) % 2
    found = interval_of(y, "binary", np.arange(8.0), 2, "roc_auc", np.arange(8) // 4)
    assert (found["low"], found["note"]) == (None, "2 groups are too few for an interval")


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
    results = collect.read_table(trials).set_index("trial")
    assert found["trials"] == 3
    assert found["selected"] == pytest.approx(results.loc[specs[1].trial, "mean_test_roc_auc"])
    assert 0 < found["low"] < found["high"] <= 1
    assert (found["note"], found["resamples"]) == ("", optimism.RESAMPLES)
    # Read again, the stored predictions have the scores that the splits had.
    own = optimism.read(root / "trials" / specs[1].trial, made.table, np.ones(6))
    scores = [METRICS["roc_auc"].of(Sample(part.scored)) for part in own]
    assert scores == [results.loc[specs[1].trial, f"split{i}_test_roc_auc"] for i in range(6)]
    assert sorted(np.concatenate([part.rows for part in own[:3]])) == sorted(made.splits.training)


def test_a_winner_whose_targets_have_one_class_has_no_chance_to_be_held_against():
    y = np.array([1, 1, 1, 0])
    part = data_of(y).rows(np.arange(3))
    found = chance.by_chance(METRICS["roc_auc"], part, Response(y[:3], y[:3], None, y[:3]), 1, 0.95)
    assert all(np.isnan(found[name]) for name in ("score", "chance", "low", "high", "p_value"))
    held = table._permuted(
        [{"metrics": ["roc_auc"], "validation": {"roc_auc": {"mean": 0.5}}}],
        files.without_nan(found),
        1,
    )
    assert held["at_chance"]


def test_predictions_that_are_all_the_same_have_one_score_by_chance_and_no_bounds():
    y = np.arange(20) % 2
    same = np.zeros(20, int)
    found = chance.by_chance(METRICS["accuracy"], data_of(y), Response(same, same), 1, 0.95)
    assert (found["score"], found["chance"], found["p_value"]) == (0.5, 0.5, 1.0)
    assert np.isnan(found["low"])
    assert found["note"] == "the score is the same in every order"


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
