"""Prediction from learned parameters alone: ``y = M_H(Φ | D)`` with NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypertrial import preprocessing
from hypertrial.families import Family, Parameters, Response, Task, Value
from hypertrial.table import Table

MODEL = "model."
WIDEST_TIE = 1e-9
DESCRIPTIVE = ("columns", "classes")


def assemble(model: Parameters, prepared: Parameters, table: Table) -> Parameters:
    """Return Φ: the model's and the preprocessing's parameters, and the names they refer to."""
    return {
        "columns": np.array([column.name for column in table.columns], dtype=str),
        "classes": np.array(table.classes, dtype=str),
        **prepared,
        **{MODEL + name: np.asarray(values) for name, values in model.items()},
    }


def learned_sizes(learned: Parameters) -> tuple[int, int]:
    """Return the number of learned values and their bytes; names of columns do not count."""
    arrays = [array for name, array in learned.items() if name not in DESCRIPTIVE]
    return sum(array.size for array in arrays), sum(array.nbytes for array in arrays)


def predict(
    family: Family, task: Task, learned: Parameters, needed: Mapping[str, Value], table: Table
) -> Response:
    """Predict the rows of a raw table from Φ and the few hyperparameters that are needed."""
    X = preprocessing.replay(learned, table)
    model = {
        name.removeprefix(MODEL): values
        for name, values in learned.items()
        if name.startswith(MODEL)
    }
    return family.predict(task, model, needed, X)


@dataclass(frozen=True)
class Agreement:
    """How a replay compares with the estimator: differences and whether they are tolerated.

    ``ties_differ`` counts rows whose label rounding alone decides, and decided otherwise.
    """

    rows: int
    labels_differ: int
    ties_differ: int
    raw_difference: float
    probability_difference: float | None
    agrees: bool


def compare(family: Family, task: Task, own: Response, replayed: Response) -> Agreement:
    """Compare a replay with the estimator's own response to the same rows.

    ``raw_difference`` is relative to the largest absolute raw value, for classes at least to 1,
    the unit of a margin; a tolerance of 0 asks for equal bits. Labels must be equal, but where
    the tolerance is not 0 and a raw value is within it of zero: rounding decides such a tie. For
    regression labels are the raw values.
    """
    largest = float(np.abs(own.raw).max(initial=0.0 if task == "regression" else 1.0))
    scale = largest or 1.0
    raw = float(np.abs(own.raw - replayed.raw).max(initial=0.0)) / scale
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
    )
    return Agreement(
        rows=len(own.labels),
        labels_differ=int(apart[firm].sum()),
        ties_differ=int(apart[~firm].sum()),
        raw_difference=raw,
        probability_difference=probability,
        agrees=agrees,
    )


def _firm(response: Response, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which rows are not tied: none of their raw values is within a tolerance of zero."""
    rows = len(response.labels)
    if not tolerance:
        return np.ones(rows, dtype=bool)
    firm: npt.NDArray[np.bool_] = np.abs(response.raw).reshape(rows, -1).min(axis=1) > tolerance
    return firm
