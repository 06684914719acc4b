"""Metrics equal scikit-learn's scorers; the positive class of a binary task has the code 1."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import get_scorer

from hypertrial.families import TASKS, Response
from hypertrial.metrics import METRICS, probabilities_needed, score

SCORERS = {
    "accuracy": ("accuracy", "accuracy", 1),
    "balanced_accuracy": ("balanced_accuracy", "balanced_accuracy", 1),
    "precision": ("precision", "precision_macro", 1),
    "recall": ("recall", "recall_macro", 1),
    "f1": ("f1", "f1_macro", 1),
    "roc_auc": ("roc_auc", "roc_auc_ovr", 1),
    "log_loss": ("neg_log_loss", "neg_log_loss", -1),
    "matthews": ("matthews_corrcoef", "matthews_corrcoef", 1),
}
REGRESSION = {
    "rmse": ("neg_root_mean_squared_error", -1),
    "mae": ("neg_mean_absolute_error", -1),
    "r2": ("r2", 1),
}


def data(classes, rows=120):
    rng = np.random.default_rng(classes)
    X = rng.normal(size=(rows, 3))
    noisy = X[:, 0] + X[:, 1] ** 2 + rng.normal(size=rows)
    if not classes:
        return X, noisy
    shares = [0.25, 1.0] if classes == 2 else np.linspace(0, 1, classes + 1)[1:]
    return X, np.searchsorted(np.quantile(noisy, shares[:-1]), noisy)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("name", SCORERS)
def test_a_classification_metric_is_scikit_learns(name, classes):
    X, y = data(classes)
    model = LogisticRegression().fit(X[:80], y[:80])
    shares = model.predict_proba(X[80:])
    ranking = model.decision_function(X[80:]) if classes == 2 else None
    response = Response(model.predict(X[80:]), shares, shares, ranking)
    task = "binary" if classes == 2 else "multiclass"
    binary, macro, sign = SCORERS[name]
    expected = sign * get_scorer(binary if classes == 2 else macro)(model, X[80:], y[80:])
    own = score([name], task, classes, y[80:], response)[name]
    assert own == pytest.approx(expected, rel=1e-12)
    assert METRICS[name].greater_is_better == (sign == 1)


@pytest.mark.parametrize("name", REGRESSION)
def test_a_regression_metric_is_scikit_learns(name):
    X, y = data(0)
    model = LinearRegression().fit(X[:80], y[:80])
    values = model.predict(X[80:])
    scorer, sign = REGRESSION[name]
    own = score([name], "regression", 0, y[80:], Response(values, values))[name]
    assert own == pytest.approx(sign * get_scorer(scorer)(model, X[80:], y[80:]), rel=1e-12)
    assert METRICS[name].greater_is_better == (sign == 1)


def test_every_metric_is_compared_here():
    assert set(METRICS) == set(SCORERS) | set(REGRESSION)
    assert all(set(metric.tasks) <= set(TASKS) for metric in METRICS.values())


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
