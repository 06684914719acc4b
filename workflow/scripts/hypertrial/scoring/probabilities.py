"""Metrics of rankings and of probabilities."""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.scoring.sample import Rows, Sample, Vector


class Curve(NamedTuple):
    """Rows in descending order of their score; ``last`` are the last rows of equal scores."""

    order: npt.NDArray[np.intp]
    positive: npt.NDArray[np.bool_]
    last: npt.NDArray[np.intp]


def _curve(positive: npt.NDArray[np.bool_], scores: npt.NDArray[Any]) -> Curve | None:
    """Return the order of rows by their scores, None if a score is not finite."""
    if not np.isfinite(scores).all():
        return None
    order = np.argsort(scores, kind="stable")[::-1]
    ordered = scores[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(order) - 1)
    return Curve(order, positive[order], last)


def _binary(rows: Rows) -> Curve | None:
    return _curve(rows.y == 1, rows.ranking)


def _one_vs_rest(rows: Rows) -> list[Curve | None]:
    shares = rows.probabilities
    if not np.allclose(1, shares.sum(axis=1)):  # scikit-learn raises, of NaN too
        return [None]
    return [_curve(rows.y == code, shares[:, code]) for code in range(rows.classes)]


def _positives(sample: Sample, curve: Curve) -> tuple[Vector, Vector]:
    """Return the weights of the true and of the false positives at each threshold."""
    weight = sample.weight[curve.order]
    true = np.cumsum(weight * curve.positive)[curve.last]
    return true, np.cumsum(weight * ~curve.positive)[curve.last]


def _area(sample: Sample, curve: Curve | None) -> float:
    """Return the area under a ROC curve; without rows of either kind it is 0/0."""
    if curve is None:
        return math.nan
    true, false = _positives(sample, curve)
    twice = ((false[1:] - false[:-1]) * (true[1:] + true[:-1])).sum() + false[0] * true[0]
    return float(twice / (2 * true[-1] * false[-1]))


def roc_auc(sample: Sample) -> float:
    """Return the probability that a positive ranks above a negative, ties counting half.

    Hanley & McNeil (1982), Radiology 143, 29-36. For more than two classes: the mean over the
    classes, each against the rest. Not defined if a class has no rows.
    """
    if sample.rows.task == "binary":
        return _area(sample, sample.rows.once(_binary))
    areas = [_area(sample, curve) for curve in sample.rows.once(_one_vs_rest)]
    return sum(areas) / len(areas)


def average_precision(sample: Sample) -> float:
    """Return the mean of precision over the steps of recall: Manning et al. (2008), section 8.4.

    Not defined without positive rows, where recall is 0/0; scikit-learn warns and says 0.
    """
    curve = sample.rows.once(_binary)
    if curve is None:
        return math.nan
    true, false = _positives(sample, curve)
    steps = true.copy()
    steps[1:] -= true[:-1]
    # Leading rows of weight zero: precision is 0/0 where recall does not step.
    precision = np.divide(true, true + false, out=np.zeros(len(true)), where=steps > 0)
    return float((steps * precision).sum() / true[-1])


def _are_probabilities(shares: npt.NDArray[Any]) -> bool:
    return bool(((shares >= 0) & (shares <= 1)).all())  # and no NaN


def log_losses(rows: Rows) -> npt.NDArray[Any]:
    """Return minus the logarithm of the probability of each row's class, shape (n,).

    Bishop (2006), p. 209. As in scikit-learn 1.9 probabilities are clipped to [eps, 1 - eps] of
    their own dtype, float32 from XGBoost, and not normalised again. All are nan if one is not a
    probability, where scikit-learn raises.
    """
    shares = rows.probabilities
    if not _are_probabilities(shares):
        return np.full(len(rows.y), np.nan)
    eps = np.finfo(shares.dtype).eps
    own = np.clip(shares[np.arange(len(rows.y)), rows.y], eps, 1 - eps)
    losses: npt.NDArray[Any] = -np.log(own)
    return losses


def brier_losses(rows: Rows) -> npt.NDArray[Any]:
    """Return the squared error of the positive class's probability, shape (n,): Brier (1950).

    As in scikit-learn it is half the sum over both classes, for the same bits of float32.
    """
    if not _are_probabilities(rows.probabilities):
        return np.full(len(rows.y), np.nan)
    share = rows.probabilities[:, 1]
    true = (rows.y == 1).astype(share.dtype)
    losses: npt.NDArray[Any] = (((1 - true) - (1 - share)) ** 2 + (true - share) ** 2) / 2
    return losses
