"""The kernel matrix of training rows, on which all machines with the same kernel are trained."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from hypertrial.families import Matrix, Value
from hypertrial.models.svm import replay
from hypertrial.sharing import Shared

MOST_ROWS = 8_000
"""Most training rows whose kernel matrix is computed: 512 MB."""

KEPT_BYTES = 256 * 2**20
"""Most bytes of kernel values that are kept of other rows, such as those of a validation."""

TILE = 256
"""Rows of the matrix that are computed at once."""


@contextmanager
def as_with_many_rows() -> Iterator[None]:
    """Have machines fitted without a kernel matrix, as they are on many rows."""
    global MOST_ROWS  # noqa: PLW0603 (a forecast's probes run alone in their process)
    bound, MOST_ROWS = MOST_ROWS, 0
    try:
        yield
    finally:
        MOST_ROWS = bound


@dataclass(frozen=True)
class _Others:
    """Rows that were asked for: which of them are new, and their kernel values if few enough.

    ``order`` gives for each row its place among first the new rows and then the training rows.
    """

    new: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    values: Matrix | None


class KernelMatrix:
    """The kernel values of training rows among themselves, and of other rows with them.

    ``X`` are the training rows, shape (rows, features); ``kernel`` tells the kernel, with a
    number for ``gamma``; ``training`` is the matrix, shape (rows, rows), symmetric to the bit.
    Kernel values of other rows are kept until others are asked for.
    """

    def __init__(self, X: Matrix, kernel: Mapping[str, Value]) -> None:
        self.kernel = kernel
        self.X: Matrix = np.ascontiguousarray(X)
        self.training = symmetric(self.X, kernel)
        self._asked: Matrix | None = None
        self._others = Shared(lambda: None)

    def rowwise(self, function: Callable[[Matrix], npt.NDArray[Any]], X: Matrix) -> Any:
        """Return what a function makes of the kernel values of rows X, an array with a row each.

        The function gets the values of some rows at a time, shape (some, training rows). Values
        of training rows that are all among X are not computed again.
        """
        if X is not self._asked:
            self._asked, self._others = X, Shared(partial(self._find, X))
        others: _Others = self._others()
        results = [function(values) for values in self._new(others, X)]
        if len(others.new) < len(X):
            results.append(function(self.training))
        return np.concatenate(results)[others.order]

    def _find(self, X: Matrix) -> _Others:
        positions = {row.tobytes(): position for position, row in enumerate(self.X)}
        places = np.array([positions.get(row.tobytes(), -1) for row in X], dtype=np.int64)
        if np.count_nonzero(places >= 0) < len(self.X):
            places[:] = -1
        new = np.flatnonzero(places < 0)
        order = len(new) + places
        order[new] = np.arange(len(new))
        fits = len(new) * self.training[:1].nbytes <= KEPT_BYTES
        return _Others(new, order, self._values(X[new]) if fits and len(new) else None)

    def _new(self, others: _Others, X: Matrix) -> Iterator[Matrix]:
        if others.values is not None:
            yield others.values
        elif len(others.new):
            for some in replay.blocks(len(others.new), len(self.X)):
                yield self._values(X[others.new[some]])

    def _values(self, X: Matrix) -> Matrix:
        return replay.kernel(X, self.X, self.kernel)


@cache
def _libraries() -> ThreadpoolController:
    """Return what sets the threads of the linear algebra libraries; finding them takes a while."""
    return ThreadpoolController()


def symmetric(X: Matrix, kernel: Mapping[str, Value]) -> Matrix:
    """Return the kernel matrix of rows X among themselves, each pair computed once.

    It is computed by one thread, since its last digits depend on their number.

    Raises
    ------
    ValueError
        If a value is too large for the single precision in which libsvm works.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        return _by_tiles(X, kernel)


def _by_tiles(X: Matrix, kernel: Mapping[str, Value]) -> Matrix:
    matrix = np.empty((len(X), len(X)))
    for at in range(0, len(X), TILE):
        with np.errstate(over="ignore", invalid="ignore"):
            values = replay.kernel(X[at : at + TILE], X[at:], kernel)
        if not np.abs(values).max() <= np.finfo(np.float32).max:
            raise ValueError("kernel values are not finite numbers of single precision")
        size = len(values)
        here, after = slice(at, at + size), slice(at + size, None)
        corner = np.triu(values[:, :size])
        if kernel["kernel"] == "rbf":
            np.fill_diagonal(corner, 1.0)
        matrix[here, here] = corner + np.triu(corner, 1).T
        matrix[here, after] = values[:, size:]
        matrix[after, here] = values[:, size:].T
    return matrix
