"""Validation metrics: each with its direction, its tasks and what it needs of a prediction.

Each equals scikit-learn's function of the same name or scorer, ``sample_weight`` included. A
score that is not defined is nan, without a warning; a trial with such a score fails.
"""

from collections.abc import Iterable, Sequence

from hypertrial.custom_metrics import CUSTOM
from hypertrial.errors import HypertrialError
from hypertrial.families import CLASSIFICATION, REGRESSION, Response, Task
from hypertrial.scoring import labels, probabilities, values
from hypertrial.scoring.sample import Metric, Rows, Sample, Target, Vector, mean_of

__all__ = ["BUILT_IN", "METRICS", "Metric", "probabilities_needed", "score"]

BINARY: tuple[Task, ...] = ("binary",)

BUILT_IN = (
    Metric("accuracy", "Accuracy", True, CLASSIFICATION, "labels", labels.accuracy, low=0, high=1),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        True,
        CLASSIFICATION,
        "labels",
        labels.balanced_accuracy,
        low=0,
        high=1,
    ),
    Metric(
        "precision", "Precision", True, CLASSIFICATION, "labels", labels.precision, low=0, high=1
    ),
    Metric("recall", "Recall", True, CLASSIFICATION, "labels", labels.recall, low=0, high=1),
    Metric("f1", "F1", True, CLASSIFICATION, "labels", labels.f1, low=0, high=1),
    Metric(
        "roc_auc", "ROC AUC", True, CLASSIFICATION, "ranking", probabilities.roc_auc, low=0, high=1
    ),
    Metric(
        "average_precision",
        "Average precision",
        True,
        BINARY,
        "ranking",
        probabilities.average_precision,
        low=0,
        high=1,
    ),
    Metric(
        "log_loss",
        "Log loss",
        False,
        CLASSIFICATION,
        "probabilities",
        mean_of(probabilities.log_losses),
        low=0,
    ),
    Metric(
        "brier_score",
        "Brier score",
        False,
        BINARY,
        "probabilities",
        mean_of(probabilities.brier_losses),
        low=0,
        high=1,
    ),
    Metric(
        "matthews",
        "Matthews correlation",
        True,
        CLASSIFICATION,
        "labels",
        labels.matthews,
        low=-1,
        high=1,
    ),
    Metric("rmse", "RMSE", False, REGRESSION, "labels", values.rmse, low=0),
    Metric(
        "mae",
        "MAE",
        False,
        REGRESSION,
        "labels",
        mean_of(values.absolute_errors),
        low=0,
        centre="median",
    ),
    Metric(
        "median_absolute_error",
        "Median absolute error",
        False,
        REGRESSION,
        "labels",
        values.median_absolute_error,
        low=0,
        centre="median",
    ),
    Metric(
        "mape",
        "MAPE",
        False,
        REGRESSION,
        "labels",
        mean_of(values.relative_errors),
        low=0,
        centre="median",
    ),
    Metric("r2", "R²", True, REGRESSION, "labels", values.r2, high=1),
    Metric(
        "mean_poisson_deviance",
        "Mean Poisson deviance",
        False,
        REGRESSION,
        "labels",
        mean_of(values.poisson_deviances),
        low=0,
    ),
    Metric(
        "mean_gamma_deviance",
        "Mean gamma deviance",
        False,
        REGRESSION,
        "labels",
        mean_of(values.gamma_deviances),
        low=0,
    ),
)


def registered(built_in: Iterable[Metric], custom: Iterable[Metric]) -> dict[str, Metric]:
    """Return all metrics by name.

    Raises
    ------
    HypertrialError
        If a custom metric has the name of another metric.
    """
    known = {metric.name: metric for metric in built_in}
    for metric in custom:
        if metric.name in known:
            raise HypertrialError(
                f"custom_metrics.py: there is already a metric {metric.name!r}; "
                "give yours another name"
            )
        known[metric.name] = metric
    return known


METRICS = registered(BUILT_IN, CUSTOM)


def probabilities_needed(names: Sequence[str], task: Task) -> bool:
    """Tell whether any of the named metrics needs probabilities for this task."""
    return any(METRICS[name].needs_probabilities(task) for name in names)


def score(
    names: Sequence[str],
    task: Task,
    classes: int,
    y: Target,
    response: Response,
    weight: Vector | None = None,
) -> dict[str, float]:
    """Return the value of each named metric, nan where it is not defined.

    Targets ``y`` and weights, not negative, have shape (rows,); without weights each row
    counts once.
    """
    sample = Sample(Rows(task, classes, y, response), weight)
    return {name: METRICS[name].of(sample) for name in names}
