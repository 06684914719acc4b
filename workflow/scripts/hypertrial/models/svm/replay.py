"""Kernel machines from their support vectors, with NumPy: decisions, votes, probabilities."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected
from hypertrial.families import Inputs, Matrix, Parameters, Response, Task, Value

WIDEST_CANCELLATION = 1e-12
"""Largest error of a kernel value that is left to rounding."""

BLOCK_VALUES = 2**22
"""Kernel values of a block of rows: 32 MB."""

CACHE_VALUES = 2**17
"""Kernel values that are worked on at once, so that they stay in the processor's cache."""


def kernel(X: Matrix, vectors: Matrix, needed: Mapping[str, Value]) -> Matrix:
    """Return the kernel matrix of shape (rows, vectors)."""
    if not len(vectors):
        return np.empty((len(X), 0))
    if needed["kernel"] == "rbf":
        return _rbf(X, vectors, float(needed["gamma"]))  # type: ignore[arg-type]
    values: Matrix = X @ vectors.T
    if needed["kernel"] == "linear":
        return values
    for rows in blocks(len(X), len(vectors), CACHE_VALUES):
        part = values[rows]
        part *= float(needed["gamma"])  # type: ignore[arg-type]
        part += float(needed["coef0"])  # type: ignore[arg-type]
        if needed["kernel"] == "sigmoid":
            np.tanh(part, out=part)
        else:
            np.power(part, int(needed["degree"]), out=part)  # type: ignore[arg-type]
    return values


def blocks(rows: int, columns: int, values: int = BLOCK_VALUES) -> Iterator[slice]:
    """Cut the rows of a matrix into blocks of about as many values: at least a row, and a block."""
    height = max(1, values // max(1, columns))
    for at in range(0, max(1, rows), height):
        yield slice(at, min(at + height, rows))


def _rbf(X: Matrix, vectors: Matrix, gamma: float) -> Matrix:
    """Return exp(-gamma * squared distance) of each row and vector, shape (rows, vectors).

    Squared distances come from norms and products, which is quicker than differences, but
    cancels where numbers are large beside their distances: such pairs are done again.
    """
    centre = vectors.mean(axis=0)
    rows, others = X - centre, vectors - centre
    norms, other_norms = (rows**2).sum(axis=1), (others**2).sum(axis=1)
    error = gamma * np.finfo(float).eps
    largest = norms.max(initial=0.0) + other_norms.max(initial=0.0)
    values: Matrix = rows @ others.T
    for some in blocks(len(X), len(vectors), CACHE_VALUES):
        part, sums = values[some], norms[some, None] + other_norms
        part *= -2
        part += sums
        np.maximum(part, 0.0, out=part)
        part *= -gamma
        np.exp(part, out=part)
        if error * largest >= WIDEST_CANCELLATION:
            _correct(part, X[some], vectors, gamma, error * sums)
    return values


def _correct(part: Matrix, X: Matrix, vectors: Matrix, gamma: float, errors: Matrix) -> None:
    """Compute again, from differences, those values of an RBF kernel that cancellation spoils.

    ``errors`` bounds the error of each value's exponent.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        spoilt = ~(part * np.exp(errors) * errors < WIDEST_CANCELLATION)
    i, j = np.nonzero(spoilt)
    for some in blocks(len(i), X.shape[1], CACHE_VALUES):
        differences = X[i[some]] - vectors[j[some]]
        part[i[some], j[some]] = np.exp(-gamma * (differences**2).sum(axis=1))


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Evaluate the decision function of rows X from the support vectors, as libsvm votes."""
    vectors = learned["support_vectors"]
    some = blocks(len(X), len(vectors))
    return response(task, learned, (kernel(X[rows], vectors, needed) for rows in some))


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that arrays are a machine's support vectors and what weighs them.

    Raises
    ------
    ValueError
        If they are not.
    """
    vectors = len(arrays.take("support_vectors", "number", None, inputs.features))
    classes = inputs.classes
    pairs = max(1, classes * (classes - 1) // 2)
    arrays.take("dual_coefficients", "number", max(1, classes - 1), vectors)
    arrays.take("intercepts", "number", pairs)
    if classes:
        counts = arrays.take("support_per_class", "integer", classes, low=0)
        if counts.sum() != vectors:
            raise ValueError("support_per_class: does not add up to the support vectors")
    if "calibration_slope" in arrays and classes:
        for name in ("calibration_slope", "calibration_offset"):
            arrays.take(name, "number", inputs.outputs)


def response(task: Task, learned: Parameters, similar: Iterable[Matrix]) -> Response:
    """Return the response to rows, given their kernel values with the support vectors in blocks."""
    raw = np.concatenate([decisions(each, learned) for each in similar])
    if task == "regression":
        return Response(labels=raw, raw=raw)
    return Response(
        labels=winners(raw),
        raw=raw,
        probabilities=calibrated(raw, learned),
        ranking=raw if task == "binary" else None,
    )


def decisions(similar: Matrix, learned: Parameters) -> Matrix:
    """Return a decision value for each pair of classes, shape (rows, pairs), or one: (rows,)."""
    duals = learned["dual_coefficients"]
    if len(duals) == 1:
        values: Matrix = similar @ duals[0] + learned["intercepts"][0]
        return values
    counts = learned["support_per_class"]
    ends = np.cumsum(counts)
    parts = [slice(end - size, end) for end, size in zip(ends, counts, strict=True)]
    sums = [duals[:, part] @ similar[:, part].T for part in parts]
    pairs = combinations(range(len(parts)), 2)
    values = np.array([sums[i][j - 1] + sums[j][i] for i, j in pairs]).T
    return values + learned["intercepts"]


def winners(raw: Matrix) -> npt.NDArray[np.int64]:
    """Return the class of each row, from decision values as :func:`decisions` gives them.

    Of two classes the value is that of the second against the first, the opposite of libsvm's.
    """
    if raw.ndim == 1:
        return (raw >= 0).astype(np.int64)
    most: npt.NDArray[np.int64] = votes(raw).argmax(axis=1)
    return most


def classes_of(raw: Matrix) -> int:
    """Return how many classes there are, k, given values for k * (k - 1) / 2 pairs of them."""
    return (1 + math.isqrt(1 + 8 * raw.shape[1])) // 2


def votes(raw: Matrix) -> npt.NDArray[np.int64]:
    """Count the pairs that each class wins, shape (rows, classes), as libsvm does."""
    classes = classes_of(raw)
    votes = np.zeros((len(raw), classes), dtype=np.int64)
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        votes[:, i] += raw[:, pair] > 0
        votes[:, j] += raw[:, pair] <= 0
    return votes


def one_versus_rest(raw: Matrix) -> Matrix:
    """Turn pairwise decisions into one value a class: votes, and confidence within a vote.

    Source: the transformation that scikit-learn's calibration sees, where a pair's value of
    exactly zero counts for its first class.
    """
    classes = classes_of(raw)
    votes = np.zeros((len(raw), classes))
    confidence = np.zeros((len(raw), classes))
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        confidence[:, i] += raw[:, pair]
        confidence[:, j] -= raw[:, pair]
        votes[:, i] += raw[:, pair] >= 0
        votes[:, j] += raw[:, pair] < 0
    values: Matrix = votes + confidence / (3 * (np.abs(confidence) + 1))
    return values


def calibrated(raw: Matrix, learned: Parameters) -> Matrix | None:
    """Return class probabilities from Platt's sigmoids, normalised; None if there are none."""
    if "calibration_slope" not in learned:
        return None
    values = raw[:, None] if raw.ndim == 1 else one_versus_rest(raw)
    exponent = learned["calibration_slope"] * values + learned["calibration_offset"]
    with np.errstate(over="ignore"):
        sigmoid = 1.0 / (1.0 + np.exp(exponent))
    if sigmoid.shape[1] == 1:
        return np.column_stack([1.0 - sigmoid[:, 0], sigmoid[:, 0]])
    total = sigmoid.sum(axis=1, keepdims=True)
    uniform = np.full_like(sigmoid, 1.0 / sigmoid.shape[1])
    probabilities: Matrix = np.divide(sigmoid, total, out=uniform, where=total != 0)
    return probabilities
