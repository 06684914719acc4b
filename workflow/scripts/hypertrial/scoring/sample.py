"""What a metric is, and the weighted rows that it is computed from."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from hypertrial.errors import HypertrialError
from hypertrial.families import Response, Task

Target = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]
Made = TypeVar("Made")
Centre = Literal["mean", "median"]


@dataclass(frozen=True, eq=False)
class Rows:
    """The targets ``y``, of shape (n,), and the predictions of ``n`` rows.

    ``y`` holds class codes below ``classes``, or numbers for regression. What a function makes
    of the rows alone, whatever their weights, is made once (:meth:`once`): a bootstrap gives the
    same rows a thousand weights.
    """

    task: Task
    classes: int
    y: Target
    response: Response
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[["Rows"], Made]) -> Made:
        """Return what a function makes of these rows; it is called the first time only."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    @cached_property
    def labels(self) -> npt.NDArray[np.intp]:
        """The predicted class codes, shape (n,)."""
        return np.asarray(self.response.labels).astype(np.intp, copy=False)

    @cached_property
    def values(self) -> Vector:
        """The predicted numbers of a regression, shape (n,)."""
        return np.asarray(self.response.labels).astype(np.float64, copy=False)

    @property
    def probabilities(self) -> npt.NDArray[Any]:
        """The predicted probabilities, shape (n, classes).

        Raises
        ------
        ValueError
            If the response has none.
        """
        if self.response.probabilities is None:
            raise ValueError("the metric needs probabilities, and the response has none")
        return self.response.probabilities

    @property
    def ranking(self) -> npt.NDArray[Any]:
        """What orders the rows of a binary task, the positive class last, shape (n,).

        Raises
        ------
        ValueError
            If the response has none.
        """
        if self.response.ranking is None:
            raise ValueError("the metric needs a ranking, and the response has none")
        return self.response.ranking


class Counts(NamedTuple):
    """The margins and the diagonal of a weighted confusion matrix, each of shape (classes,).

    They are all that the metrics of labels need of it.
    """

    true: Vector
    predicted: Vector
    correct: Vector


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows and how much each counts: what a metric is computed from.

    ``given`` are the weights, of shape (n,), float64 and not negative; None stands for ones.
    A weight of 2 is to count as the same row twice: a bootstrap relies on it.
    """

    rows: Rows
    given: Vector | None = None

    @property
    def classes(self) -> int:
        """The number of classes, 0 for regression."""
        return self.rows.classes

    @property
    def y(self) -> Target:
        """The targets, shape (n,)."""
        return self.rows.y

    @property
    def response(self) -> Response:
        """The predictions."""
        return self.rows.response

    @cached_property
    def weight(self) -> Vector:
        """The weight of each row, shape (n,): always an array."""
        return np.ones(len(self.rows.y)) if self.given is None else self.given

    @cached_property
    def counts(self) -> Counts:
        """The margins and the diagonal of the confusion matrix, shared by metrics of labels."""
        y, labels, weight, classes = self.rows.y, self.rows.labels, self.weight, self.classes
        correct = weight * self.rows.once(_correct)
        return Counts(
            _totals(y, weight, classes),
            _totals(labels, weight, classes),
            _totals(y, correct, classes),
        )

    def mean(self, values: npt.NDArray[Any]) -> float:
        """Return the weighted mean of values of shape (n,).

        Without weights it is taken in the values' own dtype, as scikit-learn takes it: the
        float32 probabilities of XGBoost give the same score here and there.
        """
        if self.given is None:
            return float(values.mean())
        return float((self.given * values).sum() / self.given.sum())


def _totals(codes: npt.NDArray[Any], weight: Vector, classes: int) -> Vector:
    return np.asarray(np.bincount(codes, weight, classes), dtype=np.float64)


def _correct(rows: Rows) -> npt.NDArray[np.bool_]:
    hit: npt.NDArray[np.bool_] = rows.labels == rows.y
    return hit


Compute = Callable[[Sample], float]
ROUNDING = 1e-9
"""How far beyond its range rounding may put a score, whose bounds are 0, 1 and -1."""


def mean_of(loss: Callable[[Rows], npt.NDArray[Any]]) -> Compute:
    """Return the metric that is the weighted mean of a loss of each row, of shape (n,)."""

    def compute(sample: Sample) -> float:
        return sample.mean(sample.rows.once(loss))

    return compute


@dataclass(frozen=True)
class Metric:
    """A score of predictions against targets.

    ``needs`` says what it is computed from: labels (or values), probabilities, or, for a
    binary task, a ranking. ``compute`` takes a :class:`Sample`; it may return nan, and runs
    with NumPy's floating-point warnings off. ``low`` and ``high`` are the least and the greatest
    score there can be: no interval and no axis goes beyond them. ``centre`` is what predicts
    numbers best where no feature is known: the baseline of the metric.
    """

    name: str
    title: str
    greater_is_better: bool
    tasks: tuple[Task, ...]
    needs: Literal["labels", "probabilities", "ranking"]
    compute: Compute
    low: float = -math.inf
    high: float = math.inf
    centre: Centre = "mean"

    @property
    def span(self) -> float:
        """How far apart two scores can be."""
        return self.high - self.low

    def needs_probabilities(self, task: Task) -> bool:
        """Tell whether the metric can only be computed from probabilities."""
        return self.needs == "probabilities" or (self.needs == "ranking" and task != "binary")

    def gain(self, value: float, base: float) -> float:
        """Return by how much a value is better than a base; negative if it is worse."""
        return value - base if self.greater_is_better else base - value

    def losses_from(self, base: float) -> tuple[float, float]:
        """Return the least (negative: a gain) and the greatest loss of a score there can be."""
        ends = self.gain(base, self.low), self.gain(base, self.high)
        return min(ends), max(ends)

    def of(self, sample: Sample) -> float:
        """Return the score, nan where it is not defined, as when all weights are zero.

        What rounding leaves beyond the metric's range is taken away.

        Raises
        ------
        HypertrialError
            If a score lies beyond the range that the metric declares.
        """
        if not sample.weight.any():
            return math.nan
        with np.errstate(all="ignore"):
            value = float(self.compute(sample))
        if not math.isfinite(value):
            return math.nan
        bounded = min(max(value, self.low), self.high)
        if abs(value - bounded) > ROUNDING:
            raise HypertrialError(
                f"metrics: {self.name} gave {value:.6g}, but is declared to lie between "
                f"{self.low:g} and {self.high:g}; correct its low and high"
            )
        return bounded
