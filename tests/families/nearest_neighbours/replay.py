"""Nearest neighbours from the training rows, with NumPy."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected
from hypertrial.families import Inputs, Matrix, Parameters, Response, Task, Value

Places = npt.NDArray[np.int64]


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Find the neighbours of each row of X, shape (rows, features), and have them decide."""
    distances = _distances(X, learned["rows"], str(needed["metric"]))
    nearest = _nearest(distances, int(needed["n_neighbors"] or 0))
    if needed["metric"] == "euclidean":
        distances = np.sqrt(distances)
    weights = _weights(np.take_along_axis(distances, nearest, axis=1), str(needed["weights"]))
    targets = learned["targets"][nearest]
    if task == "regression":
        values = (targets * weights).sum(axis=1) / weights.sum(axis=1)
        return Response(labels=values, raw=values)
    counts = np.zeros((len(X), int(learned["targets"].max()) + 1))
    for place in range(nearest.shape[1]):
        counts[np.arange(len(X)), targets[:, place]] += weights[:, place]
    shares = counts / counts.sum(axis=1, keepdims=True)
    ranking = shares[:, 1] if shares.shape[1] == 2 else None
    return Response(counts.argmax(axis=1), margins(shares), shares, ranking)


def margins(shares: Matrix) -> npt.NDArray[np.float64]:
    """Return by how much each row's largest share is ahead of the next, shape (rows,)."""
    ordered = np.sort(shares, axis=1)
    ahead: npt.NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return ahead


def _distances(X: Matrix, rows: Matrix, metric: str) -> Matrix:
    """Return distances, squared ones if Euclidean, summed feature by feature as in the tree."""
    total = np.zeros((len(X), len(rows)))
    for mine, theirs in zip(X.T, rows.T, strict=True):
        apart = mine[:, None] - theirs
        total += apart * apart if metric == "euclidean" else np.abs(apart)
    return total


def _nearest(distances: Matrix, k: int) -> Places:
    """Return the places of the k nearest, the nearest first, shape (rows, k)."""
    order = np.argsort(distances, axis=1, kind="stable")
    nearest = order[:, :k].copy()
    if k < distances.shape[1]:
        ends = np.take_along_axis(distances, order[:, k - 1 : k + 1], axis=1)
        for row in np.flatnonzero(ends[:, 0] == ends[:, 1]):
            kept = _kept(distances[row], k)
            nearest[row] = kept[np.argsort(distances[row][kept], kind="stable")]
    return nearest


def _kept(distances: npt.NDArray[np.float64], k: int) -> Places:
    """Return which k of many distances stay in scikit-learn's heap, whose largest is at the top.

    So equally distant rows are chosen among as scikit-learn does.
    """
    values, places = np.full(k, np.inf), np.zeros(k, dtype=np.int64)
    for place, value in enumerate(distances):
        if value >= values[0]:
            continue
        at = 0
        while (child := 2 * at + 1) < k:
            if child + 1 < k and values[child] < values[child + 1]:
                child += 1
            if value >= values[child]:
                break
            values[at], places[at] = values[child], places[child]
            at = child
        values[at], places[at] = value, place
    return places


def _weights(distances: Matrix, kind: str) -> Matrix:
    """Return how much each neighbour counts; one at no distance, all of it."""
    if kind == "uniform":
        return np.ones_like(distances)
    with np.errstate(divide="ignore"):
        weights = 1.0 / distances
    exact = np.isinf(weights)
    return np.where(exact.any(axis=1, keepdims=True), exact.astype(float), weights)


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that the arrays are rows and their targets.

    Raises
    ------
    ValueError
        If they are not.
    """
    rows = arrays.take("rows", "number", None, inputs.features)
    if not len(rows):
        raise ValueError("there are no training rows")
    if inputs.classes:
        arrays.take("targets", "integer", len(rows), low=0, below=inputs.classes)
    else:
        arrays.take("targets", "number", len(rows))
