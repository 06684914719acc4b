"""Metrics of predicted numbers."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.scoring.sample import Rows, Sample, Vector


def squared_errors(rows: Rows) -> Vector:
    """Return the squared error of each row, shape (n,)."""
    errors: Vector = (rows.y - rows.values) ** 2
    return errors


def absolute_errors(rows: Rows) -> Vector:
    """Return the absolute error of each row, shape (n,)."""
    errors: Vector = np.abs(rows.y - rows.values)
    return errors


def relative_errors(rows: Rows) -> Vector:
    """Return the absolute error of each row relative to its target, shape (n,).

    A target of zero counts as the float64 epsilon, as in scikit-learn: the mean is then huge.
    """
    errors: Vector = rows.once(absolute_errors) / np.maximum(
        np.abs(rows.y), np.finfo(np.float64).eps
    )
    return errors


def rmse(sample: Sample) -> float:
    """Return the root of the mean squared error."""
    return math.sqrt(sample.mean(sample.rows.once(squared_errors)))


def r2(sample: Sample) -> float:
    """Return the share of the targets' variance that is explained; nan for one row.

    Draper & Smith (1998), chapter 1. Of constant targets it is 1 if all are met, else 0, as in
    scikit-learn; deviations are taken from a target that counts, so that those of constant
    targets are exactly zero.
    """
    y, weight = sample.y, sample.weight
    if len(y) < 2:
        return math.nan
    unexplained = (weight * sample.rows.once(squared_errors)).sum()
    deviations = y - y[np.argmax(weight)]
    deviations = deviations - (weight * deviations).sum() / weight.sum()
    variance = (weight * deviations**2).sum()
    if variance == 0:
        return 0.0 if unexplained else 1.0
    return float(1 - unexplained / variance)


class _Ordered(NamedTuple):
    errors: Vector
    order: npt.NDArray[np.intp]


def _ordered(rows: Rows) -> _Ordered:
    errors = rows.once(absolute_errors)
    order = np.argsort(errors, kind="stable")
    return _Ordered(errors[order], order)


def median_absolute_error(sample: Sample) -> float:
    """Return the weighted median of the absolute errors.

    It is the second of Hyndman & Fan (1996), The American Statistician 50, 361-365: the mean of
    two neighbours where exactly half of the weight is below. So a weight of 2 equals the same
    row twice here as well; where weights are not integers, rounding may decide such a tie.
    """
    errors, order = sample.rows.once(_ordered)
    if not np.isfinite(errors[-1]):  # NaN and infinity come last
        return math.nan
    return middle(errors, sample.weight[order])


def middle(ordered: Vector, weight: Vector) -> float:
    """Return the weighted median of ascending numbers, as in :func:`median_absolute_error`."""
    counts = weight > 0
    ordered, cumulated = ordered[counts], np.cumsum(weight[counts])
    half = cumulated[-1] / 2
    place = int(np.searchsorted(cumulated, half))
    following = place + 1 if cumulated[place] - half <= np.finfo(np.float64).eps else place
    return float((ordered[place] + ordered[min(following, len(ordered) - 1)]) / 2)


def poisson_deviances(rows: Rows) -> Vector:
    """Return the unit Poisson deviance of each row, shape (n,).

    McCullagh & Nelder (1989), table 2.1. All are nan if a target is negative or a prediction not
    positive, even of a row of weight zero, where scikit-learn raises.
    """
    y, values = rows.y, rows.values
    if (y < 0).any() or (values <= 0).any():
        return np.full(len(y), np.nan)
    logarithms = np.log(np.where(y > 0, y, values) / values)
    deviances: Vector = 2 * (y * logarithms - y + values)
    return np.maximum(deviances, 0.0)  # rounding puts those of good predictions below


def gamma_deviances(rows: Rows) -> Vector:
    """Return the unit gamma deviance of each row, shape (n,).

    McCullagh & Nelder (1989), table 2.1. All are nan if a target or a prediction is not
    positive, even of a row of weight zero, where scikit-learn raises.
    """
    y, values = rows.y, rows.values
    if (y <= 0).any() or (values <= 0).any():
        return np.full(len(y), np.nan)
    deviances: Vector = 2 * (np.log(values / y) + y / values - 1)
    return np.maximum(deviances, 0.0)  # rounding puts those of good predictions below
