"""Metrics equal scikit-learn's, weighted or not; the positive class of a binary task is 1."""

import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as scikit
from sklearn.linear_model import LinearRegression, LogisticRegression

from hypertrial import metrics
from hypertrial.custom_metrics import CUSTOM
from hypertrial.errors import HypertrialError
from hypertrial.families import CLASSIFICATION, REGRESSION, TASKS, Response
from hypertrial.metrics import BINARY, BUILT_IN, METRICS, Metric, probabilities_needed, score
from hypertrial.scoring.sample import mean_of

SCORERS = {
    "accuracy": ("accuracy", "accuracy", 1),
    "balanced_accuracy": ("balanced_accuracy", "balanced_accuracy", 1),
    "precision": ("precision", "precision_macro", 1),
    "recall": ("recall", "recall_macro", 1),
    "f1": ("f1", "f1_macro", 1),
    "roc_auc": ("roc_auc", "roc_auc_ovr", 1),
    "average_precision": ("average_precision", None, 1),
    "log_loss": ("neg_log_loss", "neg_log_loss", -1),
    "brier_score": ("neg_brier_score", None, -1),
    "matthews": ("matthews_corrcoef", "matthews_corrcoef", 1),
}
VALUE_SCORERS = {
    "rmse": ("neg_root_mean_squared_error", -1),
    "mae": ("neg_mean_absolute_error", -1),
    "median_absolute_error": ("neg_median_absolute_error", -1),
    "mape": ("neg_mean_absolute_percentage_error", -1),
    "r2": ("r2", 1),
    "mean_poisson_deviance": ("neg_mean_poisson_deviance", -1),
    "mean_gamma_deviance": ("neg_mean_gamma_deviance", -1),
}
LABELS = {
    "accuracy": scikit.accuracy_score,
    "balanced_accuracy": scikit.balanced_accuracy_score,
    "matthews": scikit.matthews_corrcoef,
    "cohen_kappa": scikit.cohen_kappa_score,
}
AVERAGED = {
    "precision": scikit.precision_score,
    "recall": scikit.recall_score,
    "f1": scikit.f1_score,
}
VALUES = {
    "rmse": scikit.root_mean_squared_error,
    "mae": scikit.mean_absolute_error,
    "median_absolute_error": scikit.median_absolute_error,
    "mape": scikit.mean_absolute_percentage_error,
    "r2": scikit.r2_score,
    "mean_poisson_deviance": scikit.mean_poisson_deviance,
    "mean_gamma_deviance": scikit.mean_gamma_deviance,
}


def names_of(task):
    return [name for name, metric in METRICS.items() if task in metric.tasks]


def reference(name, task, classes, y, response, weight=None):
    """Return scikit-learn's score, nan where it raises."""
    codes = np.arange(classes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if name in VALUES:
                return VALUES[name](y, response.labels, sample_weight=weight)
            if name in LABELS:
                return LABELS[name](y, response.labels, sample_weight=weight)
            if name in AVERAGED:
                options = {"labels": codes, "average": "macro"} if task == "multiclass" else {}
                return AVERAGED[name](
                    y, response.labels, zero_division=0.0, sample_weight=weight, **options
                )
            if name == "log_loss":
                return scikit.log_loss(
                    y, response.probabilities, labels=codes, sample_weight=weight
                )
            if name == "brier_score":
                share = response.probabilities[:, 1]
                return scikit.brier_score_loss(y, share, pos_label=1, sample_weight=weight)
            if name == "average_precision":
                counted = y if weight is None else y[weight > 0]
                if not counted.any():
                    return math.nan  # scikit-learn warns that recall is 0/0, and says 0
                return scikit.average_precision_score(y, response.ranking, sample_weight=weight)
            if task == "binary":
                return scikit.roc_auc_score(y, response.ranking, sample_weight=weight)
            return scikit.roc_auc_score(
                y,
                response.probabilities,
                multi_class="ovr",
                labels=codes,
                sample_weight=weight,
            )
    except ValueError:
        return math.nan


def check(task, classes, y, response, weight, rel=1e-12):
    names = names_of(task)
    own = score(names, task, classes, y, response, weight)
    expected = {name: reference(name, task, classes, y, response, weight) for name in names}
    assert own == pytest.approx(expected, rel=rel, abs=rel, nan_ok=True)
    assert all(type(value) is float for value in own.values())


def data(classes, rows=120):
    rng = np.random.default_rng(classes)
    X = rng.normal(size=(rows, 3))
    noisy = X[:, 0] + X[:, 1] ** 2 + rng.normal(size=rows)
    if not classes:
        return X, noisy + 20
    shares = [0.25, 1.0] if classes == 2 else np.linspace(0, 1, classes + 1)[1:]
    return X, np.searchsorted(np.quantile(noisy, shares[:-1]), noisy)


def fitted(classes):
    """Return a task, and targets and a fitted model's response for rows it has not seen."""
    X, y = data(classes)
    if not classes:
        model = LinearRegression().fit(X[:80], y[:80])
        values = model.predict(X[80:])
        return "regression", model, X[80:], y[80:], Response(values, values)
    model = LogisticRegression().fit(X[:80], y[:80])
    shares = model.predict_proba(X[80:])
    ranking = model.decision_function(X[80:]) if classes == 2 else None
    response = Response(model.predict(X[80:]), shares, shares, ranking)
    return ("binary" if classes == 2 else "multiclass"), model, X[80:], y[80:], response


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("name", SCORERS)
def test_a_classification_metric_is_scikit_learns_scorer(name, classes):
    task, model, X, y, response = fitted(classes)
    binary, macro, sign = SCORERS[name]
    scorer = binary if classes == 2 else macro
    assert (task in METRICS[name].tasks) == (scorer is not None)
    if scorer is None:
        return
    own = score([name], task, classes, y, response)[name]
    expected = sign * scikit.get_scorer(scorer)(model, X, y)
    assert own == pytest.approx(expected, rel=1e-12)
    assert METRICS[name].greater_is_better == (sign == 1)


@pytest.mark.parametrize("name", VALUE_SCORERS)
def test_a_regression_metric_is_scikit_learns_scorer(name):
    task, model, X, y, response = fitted(0)
    scorer, sign = VALUE_SCORERS[name]
    own = score([name], task, 0, y, response)[name]
    assert own == pytest.approx(sign * scikit.get_scorer(scorer)(model, X, y), rel=1e-12)
    assert METRICS[name].greater_is_better == (sign == 1)


@pytest.mark.parametrize("classes", [0, 2, 3, 5])
def test_a_weighted_metric_is_scikit_learns(classes):
    task, _, _, y, response = fitted(classes)
    weight = np.random.default_rng(0).gamma(1.0, size=len(y))
    weight[::7] = 0.0
    check(task, classes, y, response, weight)


def test_every_metric_is_compared_here():
    assert {metric.name for metric in BUILT_IN} == set(SCORERS) | set(VALUE_SCORERS)
    assert set(METRICS) == {metric.name for metric in (*BUILT_IN, *CUSTOM)}
    assert all(set(metric.tasks) <= set(TASKS) for metric in METRICS.values())


# Weights and values are multiples of 1/8, so that sums are exact: where a score is not defined,
# or a variance is zero, scikit-learn knows it for certain.
@st.composite
def samples(draw, kinds=(0, 2, 3, 4), weights=True):
    """Draw few classes, some of them absent, ties, probabilities of 0 and 1, zero weights."""
    classes = draw(st.sampled_from(kinds))
    rows = draw(st.integers(1, 24))

    def integers(low, high, count=rows):
        return np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)))

    weight = None
    if weights and draw(st.booleans()):
        weight = integers(0, draw(st.sampled_from([0, 1, 40]))) / 8
    if not classes:
        low, high = draw(st.sampled_from([(-20, 20), (0, 20), (1, 20), (5, 5)]))
        values = integers(low, high) / 4
        return "regression", 0, integers(low, high) / 4, Response(values, values), weight
    y, labels = (integers(0, draw(st.integers(0, classes - 1))) for _ in range(2))
    shares = integers(0, 4, rows * classes).reshape(rows, classes) + np.eye(classes)[labels]
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    shares = (shares / shares.sum(axis=1, keepdims=True)).astype(dtype)
    task, ranking = ("binary", integers(-3, 3) / 8) if classes == 2 else ("multiclass", None)
    return task, classes, y, Response(labels, shares, shares, ranking), weight


@settings(max_examples=400, deadline=None)
@given(samples())
def test_odd_samples_score_as_with_scikit_learn_and_without_a_warning(sample):
    check(*sample)


@settings(max_examples=150, deadline=None)
@given(samples(), st.data())
def test_no_score_leaves_the_range_of_its_metric(sample, more):
    """Odd weights too, whose sums are rounded: what they leave beyond a bound is taken away."""
    task, classes, y, response, weight = sample
    if more.draw(st.booleans()):
        odd = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))
        weight = np.array(more.draw(st.lists(odd, min_size=len(y), max_size=len(y))))
    if task == "regression":
        scale = more.draw(st.floats(1e-3, 1e8))
        values = response.labels * scale * (1 + 1e-9)
        y, response = y * scale, Response(values, values)
    for name, value in score(names_of(task), task, classes, y, response, weight).items():
        assert math.isnan(value) or METRICS[name].low <= value <= METRICS[name].high


def test_a_score_beyond_the_range_that_its_metric_declares_is_a_mistake(monkeypatch):
    mine = Metric("odds", "Odds", True, BINARY, "labels", lambda sample: 1.5, low=0, high=1)
    monkeypatch.setitem(METRICS, "odds", mine)
    y = np.array([0, 1])
    with pytest.raises(HypertrialError, match=r"odds gave 1\.5, but .* between 0 and 1;"):
        score(["odds"], "binary", 2, y, Response(y, y))


def test_every_metric_reaches_the_best_score_of_its_range():
    """And none is declared to be wider than it is: the perfect prediction is at its bound."""
    for classes in (0, 2):
        task, _, _, y, _ = fitted(classes)
        shares = np.eye(2)[y] if classes else None
        perfect = Response(y, y, shares, y.astype(float))
        for name, value in score(names_of(task), task, classes, y, perfect).items():
            metric = METRICS[name]
            bound = metric.high if metric.greater_is_better else metric.low
            assert value == pytest.approx(bound, abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(samples(weights=False), st.data())
def test_a_weight_of_two_is_the_same_row_twice(sample, more):
    task, classes, y, response, _ = sample
    counts = np.array(more.draw(st.lists(st.integers(0, 3), min_size=len(y), max_size=len(y))))
    # Whether any row is out of a deviance's domain is asked of rows of weight zero as well.
    names = [name for name in names_of(task) if not name.endswith("_deviance")]
    again = np.repeat(np.arange(len(y)), counts)
    if len(y) < 2 or len(again) < 2:
        return
    arrays = (response.labels, response.raw, response.probabilities, response.ranking)
    repeated = Response(*(None if each is None else each[again] for each in arrays))
    weighted = score(names, task, classes, y, response, counts.astype(float))
    rel = 1e-6 if response.raw.dtype == np.float32 else 1e-12  # its mean is float32 unweighted
    expected = score(names, task, classes, y[again], repeated)
    assert weighted == pytest.approx(expected, rel=rel, abs=rel, nan_ok=True)


@pytest.mark.parametrize("weight", [None, np.array([0.1, 0.2, 0.3])])
@pytest.mark.parametrize("met", [True, False])
def test_constant_targets_give_no_r2_of_rounding(met, weight):
    y = np.full(3, 0.1)
    values = y if met else np.array([0.1, 0.2, 0.3])
    response = Response(values, values)
    assert score(["r2"], "regression", 0, y, response, weight) == {"r2": float(met)}


def test_one_true_or_predicted_class_has_no_correlation_whatever_the_weights():
    same, varied = np.zeros(3, int), np.array([0, 1, 1])
    weight = np.array([0.1, 0.2, 0.3])
    for y, labels in ((same, varied), (varied, same)):
        scores = score(["matthews"], "binary", 2, y, Response(labels, labels), weight)
        assert scores == {"matthews": 0.0}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("classes", [0, 2, 3])
def test_a_response_that_is_not_finite_has_no_score(classes, bad):
    task, _, _, y, response = fitted(classes)
    if classes:
        shares = response.probabilities.copy()
        shares[3, 1] = bad
        ranking = np.where(np.arange(len(y)) == 3, bad, 0.0)
        response = Response(response.labels, shares, shares, ranking)
    else:
        values = np.where(np.arange(len(y)) == 3, bad, response.labels)
        response = Response(values, values)
    names = [name for name in names_of(task) if not classes or METRICS[name].needs != "labels"]
    for weight in (None, np.arange(len(y), dtype=float)):
        scores = score(names, task, classes, y, response, weight)
        assert all(math.isnan(value) for value in scores.values()), scores


@pytest.mark.parametrize("share", [1.0000001, -0.0000001])
def test_what_is_no_probability_has_no_score(share):
    y = np.array([0, 1])
    shares = np.array([[0.5, 0.5], [1 - share, share]])
    scores = score(["log_loss", "brier_score"], "binary", 2, y, Response(y, shares, shares))
    assert all(math.isnan(value) for value in scores.values())


@pytest.mark.parametrize("task", TASKS)
def test_without_any_weight_there_is_no_score(task):
    task, _, _, y, response = fitted({"regression": 0, "binary": 2, "multiclass": 3}[task])
    classes = 0 if task == "regression" else response.probabilities.shape[1]
    scores = score(names_of(task), task, classes, y, response, np.zeros(len(y)))
    assert all(math.isnan(value) for value in scores.values())


def test_a_response_without_probabilities_is_an_error():
    y = np.array([0, 1])
    for name, words in (("log_loss", "needs probabilities"), ("roc_auc", "needs a ranking")):
        with pytest.raises(ValueError, match=words):
            score([name], "binary", 2, y, Response(y, y))


def test_the_positive_class_is_the_second():
    y = np.array([0, 0, 0, 1])
    labels = np.array([0, 1, 1, 1])
    scores = score(["precision", "recall"], "binary", 2, y, Response(labels, labels))
    assert scores == {"precision": 1 / 3, "recall": 1.0}


def test_a_class_that_is_never_predicted_counts_as_zero():
    y, labels = np.array([0, 1, 2, 0]), np.array([0, 0, 0, 0])
    scores = score(["precision", "f1"], "multiclass", 3, y, Response(labels, labels))
    assert scores["precision"] == pytest.approx(0.5 / 3)
    assert scores["f1"] == pytest.approx((2 / 3) / 3)


def test_a_class_that_does_not_occur_still_counts():
    y, labels = np.array([0, 1]), np.array([0, 1])
    assert score(["recall"], "multiclass", 4, y, Response(labels, labels)) == {"recall": 0.5}


@pytest.mark.parametrize(
    ("names", "task", "needed"),
    [
        (["f1", "roc_auc"], "binary", False),
        (["f1", "average_precision"], "binary", False),
        (["f1", "brier_score"], "binary", True),
        (["f1", "roc_auc"], "multiclass", True),
        (["f1", "log_loss"], "binary", True),
        (["f1", "matthews"], "multiclass", False),
        (["rmse", "r2"], "regression", False),
    ],
)
def test_probabilities_are_asked_for_only_where_needed(names, task, needed):
    assert probabilities_needed(names, task) == needed


def test_a_gain_is_positive_where_it_is_better():
    assert METRICS["f1"].gain(0.75, 0.5) == 0.25
    assert METRICS["rmse"].gain(0.75, 0.5) == -0.25


def test_a_metric_of_ones_own_scores_like_any_other(monkeypatch):
    def cost(sample):
        """Say that a positive that is missed costs five times a false alarm."""
        missed = (sample.y == 1) & (sample.response.labels == 0)
        alarm = (sample.y == 0) & (sample.response.labels == 1)
        return sample.mean(5.0 * missed + alarm)

    mine = Metric("cost", "Cost of errors", False, ("binary",), "labels", cost)
    monkeypatch.setattr(metrics, "METRICS", metrics.registered(BUILT_IN, [*CUSTOM, mine]))
    y, labels = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    scores = score(["accuracy", "cost"], "binary", 2, y, Response(labels, labels))
    assert scores == {"accuracy": 0.5, "cost": 1.5}
    weight = np.array([0.0, 1.0, 3.0, 0.0])
    assert score(["cost"], "binary", 2, y, Response(labels, labels), weight) == {"cost": 4.0}
    assert not probabilities_needed(["cost"], "binary")


def test_a_metric_of_ones_own_that_is_not_finite_is_nan(monkeypatch):
    mine = Metric("ratio", "Ratio", True, REGRESSION, "labels", mean_of(lambda r: r.y / r.values))
    monkeypatch.setitem(METRICS, "ratio", mine)
    values = np.array([0.0, 1.0])
    assert math.isnan(
        score(["ratio"], "regression", 0, values + 1, Response(values, values))["ratio"]
    )


@pytest.mark.parametrize("name", ["f1", "cohen_kappa"])
def test_a_metric_of_ones_own_may_not_take_a_name(name):
    mine = Metric(name, "Mine", True, CLASSIFICATION, "labels", lambda sample: 0.0)
    with pytest.raises(HypertrialError, match=rf"custom_metrics\.py.*'{name}'"):
        metrics.registered(BUILT_IN, [*CUSTOM, mine])


@pytest.mark.parametrize("module", ["custom_metrics", "metrics", "confidence"])
def test_metrics_are_imported_in_any_order_and_without_scikit_learn(module):
    lines = f"import sys, hypertrial.{module}; assert not {{'sklearn', 'scipy'}} & set(sys.modules)"
    package = Path(metrics.__file__).parents[1]
    subprocess.run([sys.executable, "-c", lines], cwd=package, check=True)
