"""Kernel machines from their support vectors, with NumPy: decisions, votes, probabilities."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from hypertrial.families import Matrix, Parameters, Value

WIDEST_CANCELLATION = 1e-12
"""Largest error of a kernel's exponent that is left to rounding."""


def kernel(X: Matrix, vectors: Matrix, needed: Mapping[str, Value]) -> Matrix:
    """Return the kernel matrix of shape (rows, vectors)."""
    name = needed["kernel"]
    if name == "linear":
        products: Matrix = X @ vectors.T
        return products
    gamma = float(needed["gamma"])  # type: ignore[arg-type]
    if name == "rbf":
        similar: Matrix = np.exp(-gamma * _squared_distances(X, vectors, gamma))
        return similar
    inner: Matrix = gamma * (X @ vectors.T) + float(needed["coef0"])  # type: ignore[arg-type]
    if name == "sigmoid":
        return np.tanh(inner)
    return np.power(inner, int(needed["degree"]))  # type: ignore[arg-type]


def _squared_distances(X: Matrix, vectors: Matrix, gamma: float) -> Matrix:
    """Return the squared distance of each row and vector, shape (rows, vectors).

    Norms and products are quicker than differences, but cancel where numbers are large beside
    their distances; then differences are summed, as libsvm does.
    """
    centre = vectors.mean(axis=0)
    rows, others = X - centre, vectors - centre
    norms, other_norms = (rows**2).sum(axis=1), (others**2).sum(axis=1)
    largest = norms.max(initial=0.0) + other_norms.max(initial=0.0)
    if gamma * largest * np.finfo(float).eps < WIDEST_CANCELLATION:
        squares: Matrix = norms[:, None] + other_norms - 2 * (rows @ others.T)
        return np.maximum(squares, 0.0, out=squares)
    squares = np.zeros((len(X), len(vectors)))
    for row, vector in zip(X.T, vectors.T, strict=True):
        squares += np.subtract.outer(row, vector) ** 2
    return squares


def pairwise_decisions(similar: Matrix, learned: Parameters) -> Matrix:
    """Return a decision value for each pair of classes, shape (rows, pairs)."""
    counts = learned["support_per_class"]
    ends = np.cumsum(counts)
    parts = [slice(end - size, end) for end, size in zip(ends, counts, strict=True)]
    duals = learned["dual_coefficients"]
    columns = [
        similar[:, parts[i]] @ duals[j - 1, parts[i]] + similar[:, parts[j]] @ duals[i, parts[j]]
        for i, j in combinations(range(len(parts)), 2)
    ]
    return np.column_stack(columns) + learned["intercepts"]


def votes(raw: Matrix, classes: int) -> npt.NDArray[np.int64]:
    """Count the pairs that each class wins, shape (rows, classes), as libsvm does."""
    votes = np.zeros((len(raw), classes), dtype=np.int64)
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        votes[:, i] += raw[:, pair] > 0
        votes[:, j] += raw[:, pair] <= 0
    return votes


def one_versus_rest(raw: Matrix, classes: int) -> Matrix:
    """Turn pairwise decisions into one value a class: votes, and confidence within a vote.

    Source: the transformation that scikit-learn's calibration sees, where a pair's value of
    exactly zero counts for its first class.
    """
    votes = np.zeros((len(raw), classes))
    confidence = np.zeros((len(raw), classes))
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        confidence[:, i] += raw[:, pair]
        confidence[:, j] -= raw[:, pair]
        votes[:, i] += raw[:, pair] >= 0
        votes[:, j] += raw[:, pair] < 0
    values: Matrix = votes + confidence / (3 * (np.abs(confidence) + 1))
    return values


def calibrated(decisions: Matrix, learned: Parameters) -> Matrix | None:
    """Return class probabilities from Platt's sigmoids, normalised over the classes."""
    if "calibration_slope" not in learned:
        return None
    exponent = learned["calibration_slope"] * decisions + learned["calibration_offset"]
    with np.errstate(over="ignore"):
        sigmoid = 1.0 / (1.0 + np.exp(exponent))
    if sigmoid.shape[1] == 1:
        return np.column_stack([1.0 - sigmoid[:, 0], sigmoid[:, 0]])
    total = sigmoid.sum(axis=1, keepdims=True)
    uniform = np.full_like(sigmoid, 1.0 / sigmoid.shape[1])
    probabilities: Matrix = np.divide(sigmoid, total, out=uniform, where=total != 0)
    return probabilities
