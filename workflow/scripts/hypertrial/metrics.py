"""Validation metrics: each with its direction, its tasks and what it needs of a prediction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hypertrial.families import CLASSIFICATION, REGRESSION, Response, Task

Target = npt.NDArray[Any]


@dataclass(frozen=True)
class Metric:
    """A score of predictions against targets.

    ``needs`` says what it is computed from: labels (or values), probabilities, or, for a
    binary task, a ranking.
    """

    name: str
    title: str
    greater_is_better: bool
    tasks: tuple[Task, ...]
    needs: Literal["labels", "probabilities", "ranking"]
    compute: Callable[[Task, int, Target, Response], float]

    def needs_probabilities(self, task: Task) -> bool:
        """Tell whether the metric can only be computed from probabilities."""
        return self.needs == "probabilities" or (self.needs == "ranking" and task != "binary")

    def gain(self, value: float, base: float) -> float:
        """Return by how much a value is better than a base; negative if it is worse."""
        return value - base if self.greater_is_better else base - value


def _labels(name: str, averaged: bool = False) -> Callable[[Task, int, Target, Response], float]:
    """Return a scorer of labels; averaged: of the positive class, or the mean over classes."""

    def compute(task: Task, classes: int, y: Target, response: Response) -> float:
        from sklearn import metrics

        options: dict[str, Any] = {}
        if averaged:
            average = "binary" if task == "binary" else "macro"
            options = {"average": average, "zero_division": 0.0}
            if task != "binary":
                options["labels"] = np.arange(classes)
        return float(getattr(metrics, name)(y, response.labels, **options))

    return compute


def _roc_auc(task: Task, classes: int, y: Target, response: Response) -> float:
    from sklearn.metrics import roc_auc_score

    if task == "binary":
        return float(roc_auc_score(y, response.ranking))
    return float(
        roc_auc_score(
            y,
            response.probabilities,
            multi_class="ovr",
            average="macro",
            labels=np.arange(classes),
        )
    )


def _log_loss(task: Task, classes: int, y: Target, response: Response) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(y, response.probabilities, labels=np.arange(classes)))


_ALL = (
    Metric(
        "accuracy",
        "Accuracy",
        True,
        CLASSIFICATION,
        "labels",
        _labels("accuracy_score"),
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        True,
        CLASSIFICATION,
        "labels",
        _labels("balanced_accuracy_score"),
    ),
    Metric(
        "precision",
        "Precision",
        True,
        CLASSIFICATION,
        "labels",
        _labels("precision_score", averaged=True),
    ),
    Metric(
        "recall", "Recall", True, CLASSIFICATION, "labels", _labels("recall_score", averaged=True)
    ),
    Metric("f1", "F1", True, CLASSIFICATION, "labels", _labels("f1_score", averaged=True)),
    Metric("roc_auc", "ROC AUC", True, CLASSIFICATION, "ranking", _roc_auc),
    Metric("log_loss", "Log loss", False, CLASSIFICATION, "probabilities", _log_loss),
    Metric(
        "matthews",
        "Matthews correlation",
        True,
        CLASSIFICATION,
        "labels",
        _labels("matthews_corrcoef"),
    ),
    Metric("rmse", "RMSE", False, REGRESSION, "labels", _labels("root_mean_squared_error")),
    Metric("mae", "MAE", False, REGRESSION, "labels", _labels("mean_absolute_error")),
    Metric("r2", "R²", True, REGRESSION, "labels", _labels("r2_score")),
)
METRICS = {metric.name: metric for metric in _ALL}


def probabilities_needed(names: Sequence[str], task: Task) -> bool:
    """Tell whether any of the named metrics needs probabilities for this task."""
    return any(METRICS[name].needs_probabilities(task) for name in names)


def score(
    names: Sequence[str], task: Task, classes: int, y: Target, response: Response
) -> dict[str, float]:
    """Return the value of each named metric for targets y of shape (rows,)."""
    return {name: METRICS[name].compute(task, classes, y, response) for name in names}
