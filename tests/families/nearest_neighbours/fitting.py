"""scikit-learn's nearest neighbours: built, asked, and read."""

from collections.abc import Mapping
from typing import Any

from hypertrial.models.nearest_neighbours.replay import margins

from hypertrial.families import Features, Matrix, Parameters, Response, Task, Value

MOST_ROWS = 10**9


def build(
    task: Task, values: Mapping[str, Value], seed: int, probabilities: bool, features: Features
) -> Any:
    """Return an unfitted estimator, whose tree has one leaf: then distances are summed in order."""
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    kind = KNeighborsRegressor if task == "regression" else KNeighborsClassifier
    return kind(algorithm="kd_tree", leaf_size=MOST_ROWS, **values)


def respond(estimator: Any, X: Matrix) -> Response:
    """Return the estimator's own predictions for X of shape (rows, features)."""
    labels = estimator.predict(X)
    if not hasattr(estimator, "classes_"):
        return Response(labels=labels, raw=labels)
    shares = estimator.predict_proba(X)
    ranking = shares[:, 1] if shares.shape[1] == 2 else None
    return Response(labels, margins(shares), shares, ranking)


def parameters(estimator: Any) -> Parameters:
    """Return the training rows and their targets."""
    targets = estimator._y
    if hasattr(estimator, "classes_"):
        targets = estimator.classes_[targets]
    return {"rows": estimator._fit_X, "targets": targets}
