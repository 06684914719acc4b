"""Statistics of finished trials, against published examples and other implementations."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from studies import bench, bundled, rich
from test_compare import evaluated

from hypertrial import collect
from hypertrial.analysis import budget, importance, paired, ranks, significance, tuning
from hypertrial.data import table
from hypertrial.metrics import METRICS
from hypertrial.plots import comparisons
from hypertrial.splitting import splits

NAN = float("nan")

# Demsar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets, table 6: AUC of
# C4.5 with m=0 and cf=0, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_ranks_and_tests_are_those_of_demsars_example():
    found = ranks.rank(DEMSAR, ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"])
    assert np.round(found.average, 3).tolist() == [3.143, 2.000, 2.893, 1.964]
    # The article's 9.28 and 3.69 leave the ties out of account; scipy corrects for them.
    n, k = DEMSAR.shape
    plain = 12 * n / (k * (k + 1)) * (sum(r**2 for r in found.average) - k * (k + 1) ** 2 / 4)
    assert plain == pytest.approx(9.28, abs=0.005)
    assert (n - 1) * plain / (n * (k - 1) - plain) == pytest.approx(3.69, abs=0.005)
    other = stats.friedmanchisquare(*DEMSAR.T)
    assert found.chi_squared == pytest.approx(other.statistic)
    assert found.p_value == pytest.approx(other.pvalue)
    assert found.critical_difference == pytest.approx(2.569 * math.sqrt(20 / 84), abs=0.001)
    assert found.note == ""


def test_few_data_sets_and_ranks_that_are_all_alike_are_said_to_tell_little():
    found = ranks.rank(np.array([[0.9, 0.8], [0.7, 0.6]]), ["a", "b"])
    assert found.average == (1.0, 2.0)
    assert "too few" in found.note
    assert math.isnan(found.f)
    assert math.isnan(found.f_p_value)
    equal = ranks.rank(np.ones((3, 2)), ["a", "b"])
    assert equal.p_value == 1.0


def test_a_bar_joins_the_longest_runs_of_ranks_within_the_critical_difference():
    # Demsar (2006), figure 1a: critical difference 1.25.
    assert comparisons.alike(np.array([1.964, 2.0, 2.893, 3.143]), 1.25) == [(0, 3)]
    assert comparisons.alike(np.array([1.0, 2.0, 3.0]), 1.2) == [(0, 1), (1, 2)]
    assert comparisons.alike(np.array([1.0, 3.0]), 1.2) == []


def test_the_corrected_test_without_shared_rows_is_the_paired_t_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 10))
    found = paired.compare(a, b, 0.0, 0.9)
    other = stats.ttest_rel(a, b)
    interval = other.confidence_interval(0.9)
    assert found.t == pytest.approx(other.statistic)
    assert found.p_value == pytest.approx(other.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_no_interval_of_a_difference_is_wider_than_the_metric():
    a, b = [1.0, 1.0, 0.9], [0.0, 0.2, 0.0]
    wide = paired.compare(a, b, 0.5, 0.99)
    assert wide.high > 1
    found = paired.compare(a, b, 0.5, 0.99, METRICS["accuracy"].span)
    assert (found.low, found.high) == (wide.low, 1.0)
    assert paired.compare(b, a, 0.5, 0.99, METRICS["accuracy"].span).low == -1.0
    assert METRICS["rmse"].span == math.inf
    winners = [winner("a", a, "accuracy"), winner("b", b, "accuracy")]
    (row,) = significance.pairs(winners, 0.5, 0.99)
    assert (row["low"], row["high"]) == (wide.low, 1.0)


def test_shared_rows_widen_the_interval_by_nadeaus_and_bengios_factor():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 15))
    plain, corrected = (paired.compare(a, b, share, 0.95) for share in (0.0, 1 / 9))
    factor = math.sqrt((1 / 15 + 1 / 9) / (1 / 15))
    assert plain.t / corrected.t == pytest.approx(factor)
    width = (plain.high - plain.low) * factor
    assert corrected.high - corrected.low == pytest.approx(width)
    assert plain.effect_size == corrected.effect_size


def test_the_interval_of_an_effect_size_holds_under_the_noncentral_t_distribution():
    rng = np.random.default_rng(2)
    a, b = rng.normal(1.0, size=12), rng.normal(size=12)
    found = paired.compare(a, b, 0.0, 0.95)
    for effect, tail in ((found.effect_low, 0.975), (found.effect_high, 0.025)):
        other = stats.nct.cdf(found.t, 11, effect * math.sqrt(12))
        assert other == pytest.approx(tail, abs=1e-6)


def test_differences_that_do_not_vary_have_no_test_and_say_why():
    assert paired.compare([1.0, 2.0], [1.0, 2.0], 0.25, 0.95).p_value == 1.0
    constant = paired.compare([1.1, 2.1, 3.1], [1.0, 2.0, 3.0], 0.25, 0.95)
    assert math.isnan(constant.p_value)
    assert "same difference" in constant.note
    single = paired.compare([1.0], [0.5], 0.25, 0.95)
    assert single.difference == 0.5
    assert "one split" in single.note


def test_p_values_are_adjusted_as_holm_did():
    # Holm's procedure by its definition, for p = 0.01, 0.04, 0.03 and one that is missing.
    assert paired.holm([0.01, 0.04, NAN, 0.03])[[0, 1, 3]].tolist() == [0.03, 0.06, 0.06]
    assert math.isnan(paired.holm([0.01, NAN])[1])


def winner(model, scores, metric="rmse"):
    folds = {"mean": float(np.mean(scores)), "folds": list(scores)}
    return {"model": model, "metrics": [metric], "validation": {metric: folds}}


def test_the_better_model_stands_first_whichever_way_is_better():
    rows = significance.pairs(
        [winner("a", [3.0, 3.2, 3.1]), winner("b", [2.0, 2.4, 2.1]), winner("c", [9.0, 8.0, 7.5])],
        0.5,
        0.95,
    )
    names = [row["model_a"] + row["model_b"] for row in rows]
    assert names == ["ba", "bc", "ac"]
    assert rows[0]["difference"] == pytest.approx(3.1 - 13 / 6)
    assert all(row["p_value_holm"] >= row["p_value"] for row in rows)


@pytest.mark.parametrize("greater_is_better", [True, False])
def test_a_budget_is_what_all_possible_draws_give(greater_is_better):
    scores = np.array([0.3, 0.9, 0.5, 0.5, 0.1, 0.7])
    best = max if greater_is_better else min
    found = {size: rest for size, *rest in budget.curve(scores, greater_is_better)}
    for size in range(1, 7):
        draws = [best(draw) for draw in itertools.combinations(scores, size)]
        assert found[size][0] == pytest.approx(np.mean(draws))
        assert found[size][1] <= found[size][0] <= found[size][2]
        quantiles = np.quantile(draws, budget.BAND, method="inverted_cdf")
        assert found[size][1:] == pytest.approx(list(quantiles))


def test_a_failed_trial_counts_as_drawn_and_gives_nothing():
    found = budget.curve(np.array([0.5, NAN, 0.9]), True)
    draws = [0.9, 0.9, 0.5]  # of (.5, .9), (.9, failed), (.5, failed)
    assert found[1][1] == pytest.approx(np.mean(draws))
    assert found[2][1] == 0.9


def test_many_trials_have_few_points_of_a_budget():
    found = budget.curve(np.random.default_rng(0).normal(size=5000), True)
    assert len(found) <= budget.MOST_SIZES
    assert (found[0][0], found[-1][0]) == (1, 5000)


def test_a_default_alone_is_held_against_the_best_of_all():
    results = pd.DataFrame(
        {
            "status": ["ok", "ok", "ok", "failed"],
            "param_max_depth": ["None", "3.0", "5.0", "None"],
            "param_min_samples_leaf": [5, 1, 5, 1],
            "param_criterion": ["entropy"] * 4,
            "mean_test_f1": [0.7, 0.8, 0.9, 1.0],
        }
    )
    rows = tuning.tunability("decision_tree", "binary", results, METRICS["f1"])
    by_name = {row["hyperparameter"]: row for row in rows}
    assert by_name["max_depth"]["best_with_default"] == 0.7
    assert by_name["max_depth"]["loss"] == pytest.approx(0.2)
    assert by_name["min_samples_leaf"]["loss"] == pytest.approx(0.1)
    assert by_name["criterion"]["trials_with_default"] == 0
    assert math.isnan(by_name["criterion"]["loss"])


def searched(score):
    """A grid of three hyperparameters, one of which applies to half of the trials."""
    rows = []
    for kernel, C, gamma in itertools.product(("rbf", "linear"), (0.01, 1, 100), (0.1, 0.5, 1.0)):
        applies = kernel == "rbf"
        rows.append(
            {
                "status": "ok",
                "param_kernel": kernel,
                "param_C": C,
                "param_gamma": gamma if applies else NAN,
                "mean_test_f1": score(kernel, C, gamma if applies else 0.0),
            }
        )
    return pd.DataFrame(rows)


def test_the_hyperparameter_that_makes_the_score_is_the_important_one():
    results = searched(lambda kernel, C, gamma: math.log10(C) + 0.01 * gamma)
    rows = importance.assess("svm", results, METRICS["f1"], 0)
    assert rows == importance.assess("svm", results, METRICS["f1"], 0)
    found = {(row["hyperparameter"], row["evaluator"]): row for row in rows}
    for evaluator in ("fanova", "ped_anova"):
        assert found["C", evaluator]["importance"] > 0.8
        assert (found["gamma", evaluator]["trials"], found["gamma", evaluator]["applies_to"]) == (
            (18, 9)
        )
        assert found["C", evaluator]["trials"] == found["C", evaluator]["applies_to"] == 18
        whole = sum(found[name, evaluator]["importance"] for name in ("C", "kernel", "gamma"))
        assert whole == pytest.approx(1.0)


def fanova_of(results):
    return {
        row["hyperparameter"]: row["importance"]
        for row in importance.assess("svm", results, METRICS["f1"], 0)
        if row["evaluator"] == "fanova"
    }


def main_effects(score):
    """Return the shares of the variances of main effects, gamma as anything where it is not."""
    points = {"kernel": ("rbf", "linear"), "C": (0.01, 1, 100), "gamma": (0.1, 0.5, 1.0)}
    values = np.array(
        [
            [[score(kernel, C, gamma) for gamma in points["gamma"]] for C in points["C"]]
            for kernel in points["kernel"]
        ]
    )
    variances = {
        name: values.mean(axis=tuple({0, 1, 2} - {axis})).var() for axis, name in enumerate(points)
    }
    return {name: each / sum(variances.values()) for name, each in variances.items()}


def test_a_hyperparameter_of_some_trials_has_its_share_of_what_all_of_them_vary():
    """By the definition, over all combinations; before, gamma had 0.8 and kernel 0.9 of it."""

    def score(kernel, C, gamma):
        return gamma + C / 1e6 if kernel == "rbf" else 0.3 + C / 1e3

    found, expected = fanova_of(searched(score)), main_effects(score)
    assert sum(found.values()) == pytest.approx(1.0)
    for name, share in expected.items():
        assert found[name] == pytest.approx(share, abs=0.15)


def test_whether_a_hyperparameter_applies_is_not_its_own_importance():
    found = fanova_of(searched(lambda kernel, C, gamma: (kernel == "rbf") + C / 1e4 + gamma / 1e4))
    assert found["kernel"] > 0.95


def test_several_hyperparameters_that_apply_to_few_trials_share_one_whole():
    rng = np.random.default_rng(0)
    kernel = rng.choice(["rbf", "poly", "linear"], 120)
    gamma, degree = rng.uniform(0, 1, 120), rng.integers(2, 6, 120).astype(float)
    results = pd.DataFrame(
        {
            "status": "ok",
            "param_kernel": kernel,
            "param_gamma": np.where(kernel == "linear", NAN, gamma),
            "param_degree": np.where(kernel == "poly", degree, NAN),
            "param_coef0": np.where(kernel == "poly", gamma * 2, NAN),
            "mean_test_f1": gamma + (kernel == "poly") * degree,
        }
    )
    rows = pd.DataFrame(importance.assess("svm", results, METRICS["f1"], 0))
    assert len(rows) == 8
    sums = rows.groupby("evaluator")["importance"].sum()
    assert ((sums == 0) | np.isclose(sums, 1)).all() and (rows["importance"] >= 0).all()
    assert set(rows["trials"]) == {120}


def test_too_few_trials_have_no_importance_and_say_so():
    results = searched(lambda kernel, C, gamma: 0.5)
    rows = importance.assess("svm", results, METRICS["f1"], 0)
    assert {row["note"] for row in rows} == {"fewer than 5 trials with different scores"}
    assert all(math.isnan(row["importance"]) for row in rows)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_winner_and_default_are_compared_on_validation_and_on_held_out_rows(tmp_path, task):
    data = bundled(task) if task == "regression" else rich(task)
    made = bench(data, tmp_path, method="random" if task == "regression" else "group")
    specs = [made.spec("decision_tree", each) for each in ({}, {"max_depth": 2}, {"max_depth": 3})]
    winner, _, _ = evaluated(made, specs)
    own = evaluated_alone(made, specs[0], tmp_path / "alone")
    gains, losses = tuned(made, tmp_path)
    validation, held_out = gains.to_dict("records")
    metric = METRICS[winner["metrics"][0]]
    assert winner["trial"] != specs[0].trial
    assert validation["gain"] == pytest.approx(winner["gain"])
    assert validation["gain_low"] < validation["gain"] < validation["gain_high"]
    assert held_out["tuned"] == winner["held_out"][metric.name]
    assert held_out["default"] == own["held_out"][metric.name]
    assert held_out["gain"] == metric.gain(held_out["tuned"], held_out["default"])
    assert held_out["gain_low"] <= held_out["gain"] <= held_out["gain_high"]
    assert set(losses["hyperparameter"]) == {"max_depth"}


def tuned(made, folder):
    """Return the tables of what tuning gained, and of what each default alone would lose."""
    root, rules = made.folder / "decision_tree", {"level": 0.9, "seed": 3, "resamples": 200}
    outputs = [str(folder / name) for name in ("tuning.csv", "tunability.csv")]
    paths = [{"decision_tree": str(root / name)} for name in ("winner.json", "trials.csv")]
    tuning.write(*paths, [*made.table_paths, made.splits_path], rules, outputs)
    return [collect.read_table(path) for path in outputs]


def evaluated_alone(made, spec, root):
    """Return the winner of a search of one trial."""
    root.mkdir()
    table.save(made.table, {}, root / "table.npz", root / "table.json")
    splits.save(made.splits, root / "splits.npz")
    return evaluated(replace(made, folder=root), [spec])[0]


def test_a_default_that_won_has_gained_nothing_and_has_no_interval(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    evaluated(made, [made.spec("decision_tree", {})])
    gains, losses = tuned(made, tmp_path)
    for row in gains.to_dict("records"):
        assert row["gain"] == 0.0
        assert math.isnan(row["gain_low"]) and math.isnan(row["gain_high"])
        assert row["note"] == "the winner is the default configuration"
    assert losses.empty


def test_differences_that_hardly_vary_have_an_interval_at_once():
    a = [0.6, 0.7 + 1e-9, 0.8 - 1e-9, 0.9, 0.75]
    found = paired.compare(a, [value - 0.1 for value in (0.6, 0.7, 0.8, 0.9, 0.75)], 0.25, 0.95)
    assert found.t > 1e6
    assert found.effect_low < found.effect_size < found.effect_high
