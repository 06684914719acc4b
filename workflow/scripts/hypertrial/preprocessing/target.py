"""The transformation of a regression's target: learned in training, undone in predictions.

A model is then fitted to transformed targets, and its raw values, as well as what it learned, are
in transformed units. Its answers are turned back, so that scores are in the target's own units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hypertrial import wording
from hypertrial.families import Parameters, Response, Value
from hypertrial.preprocessing.preparation import MOST_QUANTILES, PREFIX, TARGET

Vector = npt.NDArray[np.float64]
STANDARD = ("target_center", "target_scale")
QUANTILE = ("target_quantiles", "target_scores")


@dataclass(frozen=True)
class Target:
    """A transformation of the target: what it learned, and whether it takes logarithms.

    ``arrays`` are those of :data:`preparation.ARRAYS` whose names begin with ``target_``; there
    are none where targets are left as they are, or logarithms are taken.
    """

    arrays: Parameters
    log: bool = False

    @property
    def idle(self) -> bool:
        """Whether it leaves targets as they are."""
        return not (self.arrays or self.log)

    def apply(self, y: Vector) -> Vector:
        """Return targets in transformed units."""
        if self.log:
            logs: Vector = np.log(y)
            return logs
        if "target_scale" in self.arrays:
            center, scale = (self.arrays[name][0] for name in STANDARD)
            standardised: Vector = (y - center) / scale
            return standardised
        if "target_quantiles" in self.arrays:
            quantiles, scores = (self.arrays[name] for name in QUANTILE)
            ranked: Vector = np.interp(y, quantiles, scores)
            return ranked
        return y

    def undo(self, values: npt.ArrayLike) -> Vector:
        """Return values in the target's own units."""
        given = np.asarray(values, dtype=float)
        if self.log:
            with np.errstate(over="ignore"):
                powers: Vector = np.exp(given)
            return powers
        if any(name in self.arrays for name in STANDARD):
            center, scale = (self.arrays[name][0] for name in STANDARD)
            whole: Vector = given * scale + center
            return whole
        if any(name in self.arrays for name in QUANTILE):
            quantiles, scores = (self.arrays[name] for name in QUANTILE)
            between: Vector = np.interp(given, scores, quantiles)
            return between
        return given

    def answer(self, response: Response) -> Response:
        """Return a model's response with its answers in the target's own units.

        The raw values stay in transformed units.
        """
        return response if self.idle else replace(response, labels=self.undo(response.labels))

    def words(self) -> str:
        """Say what a target became, empty if it was left as it is."""
        if self.log:
            return "its natural logarithm"
        if "target_scale" in self.arrays:
            center, scale = (float(self.arrays[name][0]) for name in STANDARD)
            return f"(the target less {_number(center)}) divided by {_number(scale)}"
        return "the normal score of its rank among training rows" if self.arrays else ""

    def undoing(self, value: float) -> str:
        """Say how a value in transformed units becomes one in the target's own units."""
        given, answer = _number(value), _number(float(self.undo(value)))
        if self.log:
            return f"exp({given}) = {answer}"
        if "target_scale" in self.arrays:
            center, scale = (float(self.arrays[name][0]) for name in STANDARD)
            sign = wording.MINUS if center < 0 else "+"
            return f"{given} × {_number(scale)} {sign} {_number(abs(center))} = {answer}"
        if self.arrays:
            return f"{answer}, between the training targets whose scores are next to {given}"
        return answer

    def parameters(self) -> Parameters:
        """Return what was learned by the names that it has among a trial's parameters."""
        return {PREFIX + name: array for name, array in self.arrays.items()}


def _number(value: float) -> str:
    return wording.number(value, 6, apart=False)


def fit(name: Value, y: Vector, weight: Vector | None = None) -> Target:
    """Learn a transformation from training targets and their weights, each of shape (rows,).

    Raises
    ------
    ValueError
        If logarithms are to be taken and a target is not above 0.
    """
    if name == "log":
        if not y.min() > 0:
            raise ValueError(f"{TARGET}: log needs targets above 0, not {float(y.min())!r}")
        return Target({}, log=True)
    counts = np.ones(len(y)) if weight is None else weight
    if name == "standard":
        center = np.average(y, weights=counts)
        scale = np.sqrt(np.average((y - center) ** 2, weights=counts))
        learned = center, scale if scale > 0 else 1.0
        return Target({key: np.array([each]) for key, each in zip(STANDARD, learned, strict=True)})
    if name == "quantile":
        return Target(dict(zip(QUANTILE, _quantiles(y, counts), strict=True)))
    return Target({})


def _quantiles(y: Vector, weight: Vector) -> tuple[Vector, Vector]:
    """Return training targets in ascending order, and the normal scores of their ranks.

    A target's rank is the share of the weight below it and half of its own, so that the extremes
    have finite scores (Hazen, 1914). Of very many targets those of evenly spaced ranks are kept.
    """
    from scipy.special import ndtri

    known = weight > 0
    values, place = np.unique(y[known], return_inverse=True)
    own = np.bincount(place, weight[known])
    ranks = (np.cumsum(own) - own / 2) / own.sum()
    if len(values) > MOST_QUANTILES:
        kept = np.linspace(ranks[0], ranks[-1], MOST_QUANTILES)
        values, ranks = np.interp(kept, ranks, values), kept
    return values, ndtri(ranks)


def read(learned: Parameters, needed: Mapping[str, Value]) -> Target:
    """Return the transformation that a trial's parameters and needed hyperparameters tell."""
    start = f"{PREFIX}target_"
    arrays = {
        name.removeprefix(PREFIX): array
        for name, array in learned.items()
        if name.startswith(start)
    }
    return Target(arrays, needed.get(TARGET) == "log")
