"""Bootstrap intervals cover what they say, and a resample is the rows really drawn again."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as scikit
from test_metrics import names_of, samples

from hypertrial import confidence
from hypertrial.confidence import intervals, resampled
from hypertrial.families import Response
from hypertrial.metrics import METRICS, score

BINARY = ["roc_auc", "balanced_accuracy", "f1", "log_loss"]
SEED = 5


def binary(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.3).astype(np.int64)
    share = np.round(1 / (1 + np.exp(-rng.normal(y - 0.5, 1.0))), 2)
    shares = np.column_stack([1 - share, share])
    return y, Response((share > 0.5).astype(np.int64), shares, shares, share)


def regression(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.gamma(2.0, 10.0, rows)
    values = y * rng.uniform(0.5, 1.5, rows)
    return y, Response(values, values)


def drawn(task, y, group=None, seed=SEED):
    """Return the row numbers of the first resample, each as often as it was drawn."""
    counts = confidence.units_of(task, y, group).draw(np.random.default_rng(seed))
    return np.repeat(np.arange(len(y)), counts.astype(int))


def first(names, task, classes, y, response, weight=None, group=None):
    """Return the scores of the first resample."""
    return resampled(names, task, classes, y, response, weight, group, SEED, 1)[0]


@pytest.mark.parametrize("weighted", [False, True])
def test_a_resample_scores_as_its_rows_do_with_scikit_learn(weighted):
    y, response = binary()
    weight = np.random.default_rng(1).gamma(1.0, size=len(y)) if weighted else None
    rows = drawn("binary", y)
    w = None if weight is None else weight[rows]
    expected = [
        scikit.roc_auc_score(y[rows], response.ranking[rows], sample_weight=w),
        scikit.balanced_accuracy_score(y[rows], response.labels[rows], sample_weight=w),
        scikit.f1_score(y[rows], response.labels[rows], sample_weight=w),
        scikit.log_loss(y[rows], response.probabilities[rows], sample_weight=w),
    ]
    own = first(BINARY, "binary", 2, y, response, weight)
    np.testing.assert_allclose(own, expected, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_resample_of_a_regression_scores_as_its_rows_do_the_median_too(weighted):
    y, response = regression()
    weight = np.random.default_rng(1).integers(0, 4, len(y)) / 2 if weighted else None
    rows = drawn("regression", y)
    w = None if weight is None else weight[rows]
    functions = (
        scikit.root_mean_squared_error,
        scikit.r2_score,
        scikit.median_absolute_error,
        scikit.mean_gamma_deviance,
    )
    names = ["rmse", "r2", "median_absolute_error", "mean_gamma_deviance"]
    expected = [each(y[rows], response.labels[rows], sample_weight=w) for each in functions]
    own = first(names, "regression", 0, y, response, weight)
    np.testing.assert_allclose(own, expected, rtol=1e-12)


def test_each_class_keeps_its_number_of_rows():
    y = np.random.default_rng(0).integers(0, 3, 50)
    different = set()
    for seed in range(20):
        rows = drawn("multiclass", y, seed=seed)
        np.testing.assert_array_equal(np.bincount(y[rows]), np.bincount(y))
        different.add(rows.tobytes())
    assert len(different) == 20


def test_rows_of_a_regression_are_drawn_from_all_rows_alike():
    y = np.arange(20.0)
    units = confidence.units_of("regression", y, None)
    rng = np.random.default_rng(0)
    counts = np.array([units.draw(rng) for _ in range(4000)])
    assert (counts.sum(axis=1) == 20).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1.0, atol=0.08)
    np.testing.assert_allclose(counts.var(axis=0), 0.95, atol=0.15)


def test_groups_are_drawn_whole_and_as_many_as_there_are():
    group = np.array(["a", "b", "b", "c", "c", "c", "d"])
    y = np.array([0, 1, 0, 1, 0, 1, 1])
    totals = set()
    for seed in range(20):
        counts = np.bincount(drawn("binary", y, group, seed), minlength=7)
        per_group = [counts[group == name] for name in "abcd"]
        assert all((each == each[0]).all() for each in per_group)
        assert sum(each[0] for each in per_group) == 4
        totals.add(int(counts.sum()))
    assert len(totals) > 1  # groups differ in size, and so do resamples


def test_rows_that_come_in_groups_give_a_wider_interval():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(20), 10)
    errors = np.repeat(rng.normal(size=20), 10) + 0.1 * rng.normal(size=200)
    response = Response(errors, errors)
    y = np.zeros(200)
    alone = intervals(["rmse"], "regression", 0, y, response, None, None, 1, 300)["rmse"]
    grouped = intervals(["rmse"], "regression", 0, y, response, None, group, 1, 300)["rmse"]
    assert grouped["standard_error"] > 2 * alone["standard_error"]
    # The relation of the two for equal errors within groups of ten is sqrt(10).
    assert grouped["standard_error"] < 4.5 * alone["standard_error"]


def test_the_same_seed_gives_the_same_interval_and_another_another():
    y, response = binary()
    make = [
        intervals(BINARY, "binary", 2, y, response, None, None, seed, 100) for seed in (1, 1, 2)
    ]
    assert make[0] == make[1]
    assert make[0] != make[2]
    assert list(make[0]) == BINARY


def test_metrics_asked_for_together_are_of_the_same_resamples():
    y, response = binary()
    both = intervals(["f1", "log_loss"], "binary", 2, y, response, None, None, SEED, 50)
    alone = intervals(["log_loss"], "binary", 2, y, response, None, None, SEED, 50)
    assert both["log_loss"] == alone["log_loss"]


def test_an_interval_has_the_quantiles_of_the_resamples():
    y, response = regression()
    scores = resampled(["mae"], "regression", 0, y, response, None, None, SEED, 999)[:, 0]
    own = intervals(["mae"], "regression", 0, y, response, None, None, SEED, 999, 0.9)["mae"]
    ordered = np.sort(scores)
    assert own["low"] == pytest.approx(ordered[49], rel=1e-12)  # the 50th of 999
    assert own["high"] == pytest.approx(ordered[949], rel=1e-12)
    assert own["standard_error"] == pytest.approx(np.std(scores, ddof=1), rel=1e-12)
    assert own["defined"] == 999


def test_resamples_without_a_score_are_left_out_and_counted():
    y = np.array([0, 0, 0, 0, 1, 1])
    ranking = np.array([0.1, 0.4, 0.6, 0.2, 0.5, 0.9])
    response = Response(y, ranking, ranking=ranking)
    group = np.array([0, 1, 2, 2, 3, 3])
    given = ("binary", 2, y, response, None)
    scores = resampled(["roc_auc"], *given, group, SEED, 400)[:, 0]
    own = intervals(["roc_auc", "accuracy"], *given, group, SEED, 400)
    # Without the positives' group 81 of 256 resamples, with them alone 1 of 256.
    assert own["roc_auc"]["defined"] == np.isfinite(scores).sum()
    assert own["roc_auc"]["defined"] / 400 == pytest.approx(174 / 256, abs=0.08)
    assert own["accuracy"]["defined"] == 400
    assert 0.5 <= own["roc_auc"]["low"] <= own["roc_auc"]["high"] <= 1.0
    kept = intervals(["roc_auc"], *given, None, SEED, 400)
    assert kept["roc_auc"]["defined"] == 400  # each class keeps its rows


NOTHING = {"low": None, "high": None, "standard_error": None}


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ("one row", "1 row is too few for an interval"),
        ("one group", "1 group is too few for an interval"),
        ("never defined", "the score is defined in fewer than two resamples"),
    ],
)
def test_where_nothing_can_be_learned_there_is_no_interval(rows, note):
    y = np.array([1.0]) if rows == "one row" else np.array([1.0, -2.0, 3.0, 4.0])
    response = Response(y + 1, y + 1)
    group = np.zeros(4) if rows == "one group" else None
    name = "mean_gamma_deviance" if rows == "never defined" else "mae"
    own = intervals([name], "regression", 0, y, response, None, group, SEED, 20)
    assert own == {name: {**NOTHING, "defined": 0, "note": note}}


def test_two_groups_tell_no_interval_where_only_one_resample_has_a_score():
    """Each group has one class, so that the AUC is that of both groups together, or nothing."""
    y = np.array([0, 0, 1, 1])
    ranking = np.array([0.1, 0.7, 0.2, 0.6])
    response = Response(y, ranking, ranking=ranking)
    scores = resampled(
        ["roc_auc"], "binary", 2, y, response, None, np.array([3, 3, 8, 8]), SEED, 50
    )
    assert set(scores[np.isfinite(scores)]) == {0.5}
    own = intervals(["roc_auc"], "binary", 2, y, response, None, np.array([3, 3, 8, 8]), SEED, 50)
    note = "2 groups are too few for an interval"
    assert own == {"roc_auc": {**NOTHING, "defined": 0, "note": note}}


@pytest.mark.parametrize(
    ("groups", "level", "few"),
    [(3, 0.95, True), (4, 0.95, False), (3, 0.9, False), (4, 0.999, True)],
)
def test_groups_are_too_few_where_one_alone_is_as_likely_as_a_tail(groups, level, few):
    group = np.repeat(np.arange(groups), 2)
    units = confidence.units_of("regression", np.zeros(2 * groups), group)
    counts = [units.draw(np.random.default_rng(seed)) for seed in range(4000)]
    alone = np.mean([(each[::2] == groups).any() for each in counts]) / groups
    assert alone == pytest.approx(groups**-groups, rel=0.5)
    assert (units.too_few(level) != "") == few == (groups**-groups > (1 - level) / 2)


def test_two_rows_of_each_class_are_too_few_and_three_are_not():
    for rows, few in ((2, True), (3, False)):
        units = confidence.units_of("binary", np.repeat([0, 1], rows), None)
        assert bool(units.too_few(0.95)) == few


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_score_that_no_resample_changes_has_no_interval(wrong):
    """A perfect score on many rows does not mean that no row can ever be wrong."""
    y = np.arange(200) % 2
    labels = np.where(np.arange(200) < wrong, 1 - y, y)
    own = intervals(["accuracy"], "binary", 2, y, Response(labels, labels), None, None, SEED, 300)
    if wrong:
        assert own["accuracy"]["low"] < own["accuracy"]["high"] == 1.0
        return
    note = "the score is the same in every resample"
    assert own == {"accuracy": {**NOTHING, "defined": 300, "note": note}}


def test_scores_that_differ_by_rounding_or_hardly_ever_have_no_interval():
    nearly = np.full(1000, 0.3)
    nearly[:400] += 5e-17 * 2
    assert confidence.percentile(nearly, 0.95)["note"].endswith("every resample")
    nearly[7] = 0.5
    found = confidence.percentile(nearly, 0.95)
    assert (found["low"], found["note"]) == (None, "the score is the same in 95% of the resamples")
    assert confidence.percentile(nearly * 0, 0.95)["low"] is None


@settings(max_examples=150, deadline=None)
@given(samples(), st.booleans(), st.integers(0, 5))
def test_no_interval_leaves_the_range_of_its_metric_or_has_no_width(sample, grouped, seed):
    task, classes, y, response, weight = sample
    group = np.arange(len(y)) // 3 if grouped else None
    names = names_of(task)
    own = intervals(names, task, classes, y, response, weight, group, seed, 25)
    for name in names:
        low, high, note = own[name]["low"], own[name]["high"], own[name]["note"]
        assert (low is None) == (high is None) == bool(note)
        if low is not None:
            assert METRICS[name].low <= low < high <= METRICS[name].high


def test_weights_travel_with_their_rows():
    y, response = regression(40)
    weight = np.where(np.arange(40) < 20, 1.0, 0.0)
    half = Response(response.labels[:20], response.raw[:20])
    scores = resampled(["mae"], "regression", 0, y, response, weight, None, SEED, 50)[:, 0]
    absolute = np.abs(y - response.labels)[:20]
    assert (scores >= absolute.min()).all()
    assert (scores <= absolute.max()).all()
    assert score(["mae"], "regression", 0, y, response, weight) == pytest.approx(
        score(["mae"], "regression", 0, y[:20], half), rel=1e-12
    )


def test_nearly_all_intervals_of_95_percent_hold_the_true_score():
    """Rows are right with probability 0.8: of 300 intervals about 285 should hold it."""
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(300):
        y = np.arange(80) % 2
        labels = np.where(rng.random(80) < 0.8, y, 1 - y)
        own = intervals(
            ["accuracy"], "binary", 2, y, Response(labels, labels), None, None, seed, 200
        )["accuracy"]
        held += own["low"] <= 0.8 <= own["high"]
    assert 0.89 <= held / 300 <= 0.985


def test_the_standard_error_is_that_of_the_formula():
    y, response = regression(200)
    own = intervals(["mae"], "regression", 0, y, response, None, None, SEED, 2000)["mae"]
    expected = np.abs(y - response.labels).std() / math.sqrt(200)
    assert own["standard_error"] == pytest.approx(expected, rel=0.06)
    value = score(["mae"], "regression", 0, y, response)["mae"]
    assert own["low"] == pytest.approx(value - 1.96 * expected, abs=0.3 * expected)
    assert own["high"] == pytest.approx(value + 1.96 * expected, abs=0.3 * expected)


def test_every_metric_of_a_task_has_an_interval():
    for task, classes, (y, response) in (("binary", 2, binary()), ("regression", 0, regression())):
        names = [name for name, metric in METRICS.items() if task in metric.tasks]
        own = intervals(names, task, classes, y, response, None, None, SEED, 40)
        values = score(names, task, classes, y, response)
        for name in names:
            assert own[name]["low"] < own[name]["high"]
            assert abs(values[name] - np.mean([own[name]["low"], own[name]["high"]])) < (
                4 * own[name]["standard_error"]
            )
