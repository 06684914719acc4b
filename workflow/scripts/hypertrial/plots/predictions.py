"""A winner's predictions of the held-out rows as the plots need them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect, compare, wording
from hypertrial.plots import style

PROBABILITY = "probability_"

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """What a winner says of n held-out rows; ``left_out`` others, of weight zero, are not there.

    ``actual`` and ``predicted``, of shape (n,), hold class codes, or values for regression.
    ``weight``, of shape (n,), is None where every row counts once. ``ranking``, of shape (n,),
    orders the rows of a binary task, the positive class last; ``probabilities`` has the shape
    (n, classes). Both are None where the model does not give them.
    """

    dataset: str
    model: str
    task: str
    classes: tuple[str, ...]
    actual: Vector
    predicted: Vector
    weight: Vector | None
    ranking: Vector | None
    probabilities: Vector | None
    left_out: int = 0

    @property
    def name(self) -> str:
        """The data set and the model, for a title."""
        return f"{style.shorten(self.dataset, 40)} · {style.shorten(self.model, 30)}"

    @property
    def counted(self) -> str:
        """How many rows there are, in words, and of how many where some are left out."""
        count = len(self.actual)
        if not self.left_out:
            return wording.counted(count, "held-out row")
        number = wording.count(count)
        rows = wording.counted(count + self.left_out, "held-out row")
        return f"the {number} with a weight above 0 of {rows}"

    @property
    def rows(self) -> str:
        """How many rows there are, in words, and whether what is drawn weights them."""
        return self.counted + (", weighted" if self.weight is not None else "")

    def scores(self) -> Vector | None:
        """Return a score for each class, of shape (n, classes), that orders the rows.

        For two classes the ranking stands for the positive class, its negative for the other.
        """
        if self.ranking is not None and len(self.classes) == 2:
            return np.column_stack([-self.ranking, self.ranking])
        return self.probabilities


def read(winner: str, predictions: str) -> Predictions:
    """Read a winner's record and its table of predictions."""
    record = compare.read_winners([winner])[0]
    found = collect.read_texts(predictions)
    classes = tuple(str(name) for name in record["classes"])
    weight = _numbers(found, ["weight"])
    counted = slice(None) if weight is None else weight[:, 0] > 0
    found = found[counted].reset_index(drop=True)
    if record["task"] == "regression":
        codes = {name: found[name].astype(float) for name in ("actual", "predicted")}
    else:
        code = {name: float(i) for i, name in enumerate(classes)}
        codes = {name: found[name].map(code) for name in ("actual", "predicted")}
    ranking = _numbers(found, ["ranking"])
    return Predictions(
        record["dataset"],
        record["model"],
        record["task"],
        classes,
        np.asarray(codes["actual"], dtype=np.float64),
        np.asarray(codes["predicted"], dtype=np.float64),
        None if weight is None else weight[counted, 0],
        None if ranking is None else ranking[:, 0],
        _numbers(found, [PROBABILITY + name for name in classes]) if classes else None,
        0 if weight is None else int((weight[:, 0] <= 0).sum()),
    )


def _numbers(table: pd.DataFrame, names: Sequence[str]) -> Vector | None:
    """Return columns of numbers of shape (n, names), None if the table lacks one."""
    if not set(names) <= set(table.columns):
        return None
    numbers: Vector = table[list(names)].to_numpy(dtype=float)
    return numbers
