"""A booster from its trees, with NumPy."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected
from hypertrial.families import Inputs, Matrix, Parameters, Response, Task, Value
from hypertrial.models.xgboost import boosted_trees

LOG_LINKS = ("reg:gamma", "reg:tweedie", "count:poisson")
"""Objectives whose predictions are the exponentials of the margins."""


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Walk all trees with NumPy and add their leaves in order, in float32."""
    margins = boosted_trees.sums(learned, X.astype(np.float32), learned["base_margin"])
    if task == "regression":
        raw = margins[:, 0]
        return Response(labels=np.exp(raw) if needed["objective"] in LOG_LINKS else raw, raw=raw)
    if task == "binary":
        with np.errstate(over="ignore"):
            positive = np.float32(1) / (np.float32(1) + np.exp(-margins[:, 0]))
        return classified(margins[:, 0], np.column_stack([np.float32(1) - positive, positive]))
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return classified(margins, powers / powers.sum(axis=1, keepdims=True))


def classified(
    margins: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float32]
) -> Response:
    """Return the response of margins and of probabilities, shape (rows, classes)."""
    binary = probabilities.shape[1] == 2
    labels = probabilities[:, 1] > 0.5 if binary else np.argmax(probabilities, axis=1)
    ranking = probabilities[:, 1] if binary else None
    return Response(labels.astype(np.int64), margins, probabilities, ranking)


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that the arrays are trees, and the margin they start from.

    Raises
    ------
    ValueError
        If they are not.
    """
    boosted_trees.check(arrays, inputs)
    arrays.take("base_margin", "number", inputs.outputs)
