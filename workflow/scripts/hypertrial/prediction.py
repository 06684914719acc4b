"""Prediction from learned parameters alone: ``y = M_H(Φ | D)`` with NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data.table import Table
from hypertrial.expected import Expected
from hypertrial.families import Family, Parameters, Response, Task, Value
from hypertrial.preprocessing import checking, preparation, replaying, target

MODEL = "model."
WIDEST_TIE = 1e-9
MOST_PROOF_ROWS = 10_000
DESCRIPTIVE = ("columns", "kinds", "monotone", "levels", "level_columns", "classes")
"""Names that the parameters refer to: the table's, not learned."""


def assemble(model: Parameters, prepared: Parameters, table: Table) -> Parameters:
    """Return Φ: the model's and the preprocessing's parameters, and the names they refer to.

    ``levels`` are the labels of the ordered columns, ``level_columns`` the positions of theirs.
    """
    ordered = [i for i, column in enumerate(table.columns) if column.kind == "ordered"]
    levels = [(label, i) for i in ordered for label in table.columns[i].categories]
    return {
        "columns": np.array([column.name for column in table.columns], dtype=str),
        "kinds": np.array([column.kind for column in table.columns], dtype=str),
        "monotone": np.array([column.monotone for column in table.columns], dtype=np.int8),
        "levels": np.array([label for label, _ in levels], dtype=str),
        "level_columns": np.array([position for _, position in levels], dtype=np.int32),
        "classes": np.array(table.classes, dtype=str),
        **prepared,
        **{MODEL + name: np.asarray(values) for name, values in model.items()},
    }


def learned_sizes(learned: Parameters) -> dict[str, int]:
    """Return how many values were learned and their bytes, in all and by preprocessing."""
    arrays = {name: array for name, array in learned.items() if name not in DESCRIPTIVE}
    prepared = [each for name, each in arrays.items() if name.startswith(preparation.PREFIX)]
    return {
        "values": sum(array.size for array in arrays.values()),
        "bytes": sum(array.nbytes for array in arrays.values()),
        "preprocessing_values": sum(array.size for array in prepared),
        "preprocessing_bytes": sum(array.nbytes for array in prepared),
    }


def predict(
    family: Family, task: Task, learned: Parameters, needed: Mapping[str, Value], table: Table
) -> Response:
    """Predict the rows of a raw table from Φ and the few hyperparameters that are needed."""
    X = replaying.replay(learned, table)
    response = family.predict(task, of_model(learned), needed, X)
    return target.read(learned, needed).answer(response)


def of_model(learned: Parameters) -> Parameters:
    """Return the model's own arrays by the names that its family gives them."""
    return {
        name.removeprefix(MODEL): values
        for name, values in learned.items()
        if name.startswith(MODEL)
    }


def check(family: Family, task: Task, learned: Parameters) -> None:
    """Check that prediction can follow Φ, which may come from elsewhere, before anything is.

    Raises
    ------
    ValueError
        If an array is missing, or is not what a family or the preprocessing declares.
    """
    given = Expected({name: each for name, each in learned.items() if not name.startswith(MODEL)})
    inputs = checking.check(given, task)
    given.finish()
    model = Expected(of_model(learned))
    family.check(model, inputs)
    model.finish()


def proof_rows(data: Table) -> npt.NDArray[np.int64]:
    """Return the rows on which parameters are proved: all, or of very many some evenly spaced."""
    rows = len(data.y)
    return np.unique(np.linspace(0, rows - 1, min(rows, MOST_PROOF_ROWS), dtype=np.int64))


@dataclass(frozen=True)
class Agreement:
    """How a replay compares with the estimator: differences and whether they are tolerated.

    ``ties_differ`` counts rows whose label rounding alone decides, and decided otherwise.
    ``value_difference`` is that of predicted values that are not the raw ones themselves.
    """

    rows: int
    labels_differ: int
    ties_differ: int
    raw_difference: float
    probability_difference: float | None
    value_difference: float | None
    agrees: bool


def compare(family: Family, task: Task, own: Response, replayed: Response) -> Agreement:
    """Compare a replay with the estimator's own response to the same rows.

    ``raw_difference`` is relative to the largest absolute raw value, for classes at least to 1,
    the unit of a margin; a tolerance of 0 asks for equal bits. Labels must be equal, but where
    the tolerance is not 0 and a raw value is within it of zero: rounding decides such a tie.
    For regression labels are the raw values, or what a link function makes of them.
    """
    scale = float(np.abs(own.raw).max(initial=0.0 if task == "regression" else 1.0)) or 1.0
    raw = float(np.abs(own.raw - replayed.raw).max(initial=0.0)) / scale
    linked = task == "regression" and not np.array_equal(own.labels, own.raw)
    value = _relative(own.labels, replayed.labels) if linked else None
    firm = _firm(own, min(family.tolerance.raw * scale, WIDEST_TIE))
    apart = own.labels != replayed.labels if task != "regression" else np.zeros_like(firm)
    probability = None
    if own.probabilities is not None and replayed.probabilities is not None:
        differences = np.abs(own.probabilities - replayed.probabilities)[firm]
        probability = float(differences.max(initial=0.0))
    complete = (own.probabilities is None) == (replayed.probabilities is None)
    agrees = (
        complete
        and not apart[firm].any()
        and raw <= family.tolerance.raw
        and (probability or 0.0) <= family.tolerance.probabilities
        and (value or 0.0) <= family.tolerance.probabilities
    )
    return Agreement(
        rows=len(own.labels),
        labels_differ=int(apart[firm].sum()),
        ties_differ=int(apart[~firm].sum()),
        raw_difference=raw,
        probability_difference=probability,
        value_difference=value,
        agrees=agrees,
    )


def _relative(own: npt.NDArray[Any], replayed: npt.NDArray[Any]) -> float:
    """Return the largest difference of values, relative to the largest absolute value."""
    largest = float(np.abs(own).max(initial=0.0)) or 1.0
    return float(np.abs(own - replayed).max(initial=0.0)) / largest


def _firm(response: Response, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which rows are not tied: none of their raw values is within a tolerance of zero."""
    rows = len(response.labels)
    if not tolerance:
        return np.ones(rows, dtype=bool)
    firm: npt.NDArray[np.bool_] = np.abs(response.raw).reshape(rows, -1).min(axis=1) > tolerance
    return firm
