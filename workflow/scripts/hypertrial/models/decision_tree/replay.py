"""A decision tree from its nodes, with NumPy."""

from collections.abc import Mapping

import numpy as np

from hypertrial.expected import Expected, check_trees
from hypertrial.families import Inputs, Matrix, Parameters, Response, Task, Value


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Walk the tree with NumPy; features are compared as float32, as in training."""
    table = X.astype(np.float32)
    rows = np.arange(len(table))
    node = np.zeros(len(table), dtype=np.int64)
    left, right, feature = learned["left"], learned["right"], learned["feature"]
    while True:
        inner = left[node] >= 0
        if not inner.any():
            break
        at, row = node[inner], rows[inner]
        value = table[row, feature[at]]
        goes_left = np.where(
            np.isnan(value), learned["missing_left"][at], value <= learned["threshold"][at]
        )
        node[inner] = np.where(goes_left, left[at], right[at])
    values = learned["value"][node]
    if task == "regression":
        return Response(labels=values[:, 0], raw=values[:, 0])
    return classified(values)


def classified(shares: Matrix) -> Response:
    """Return the response of the shares of the classes in the leaves, shape (rows, classes)."""
    ranking = shares[:, 1] if shares.shape[1] == 2 else None
    return Response(np.argmax(shares, axis=1), shares, shares, ranking)


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that the arrays are one tree.

    Raises
    ------
    ValueError
        If they are not.
    """
    feature = arrays.take("feature", "integer", None)
    nodes = len(feature)
    if not nodes:
        raise ValueError("there are no nodes")
    left, right = (arrays.take(name, "integer", nodes) for name in ("left", "right"))
    arrays.take("threshold", "number", nodes)
    arrays.take("missing_left", "flag", nodes)
    arrays.take("value", "number", nodes, inputs.classes or 1)
    check_trees(left, right, feature, np.zeros(1, dtype=np.int64), inputs.features)
